package dev.millrace.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.broker.config.BrokerConfig;
import dev.millrace.broker.config.Settings;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A controller whose cluster does not begin, since the others are not there.
@Timeout(60)
final class WaitingFounderTest {
    private static final int TRIES = 10;

    /// A start that goes on.
    private record Start(int http, Thread thread, CompletableFuture<Broker> ended) {
        static Start begin() throws Exception {
            int http = FreePort.find();
            int controller = FreePort.find();
            Settings settings =
                    Settings.of(
                            Map.of(
                                    "process.roles",
                                    "broker,controller",
                                    "node.id",
                                    "1",
                                    "listeners",
                                    "PLAINTEXT://127.0.0.1:0,CONTROLLER://127.0.0.1:" + controller,
                                    "controller.listener.names",
                                    "CONTROLLER",
                                    "controller.quorum.voters",
                                    "1@127.0.0.1:%d,2@127.0.0.1:%d"
                                            .formatted(controller, FreePort.find()),
                                    "millrace.http.listener",
                                    "127.0.0.1:" + http));
            BrokerConfig config = BrokerConfig.from(settings, new ArrayList<>());
            var ended = new CompletableFuture<Broker>();
            Thread thread =
                    Thread.ofPlatform()
                            .start(() -> {
                                try {
                                    ended.complete(Broker.start(config, true));
                                } catch (StartFailed failed) {
                                    ended.completeExceptionally(failed);
                                }
                            });
            return new Start(http, thread, ended);
        }

        HttpResponse<String> get(HttpClient client, String path)
                throws IOException, InterruptedException {
            var uri = URI.create("http://127.0.0.1:" + http + path);
            return client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
        }

        /// @return null when the start has ended: somebody else has taken a port
        @Nullable HttpResponse<String> live(HttpClient client)
                throws IOException, InterruptedException {
            while (!ended.isDone()) {
                try {
                    return get(client, "/live");
                } catch (ConnectException notYet) {
                    Thread.sleep(20);
                }
            }
            return null;
        }
    }

    @Test
    void itIsLiveAndSaysThatItIsNotReady() throws Exception {
        try (var client = HttpClient.newHttpClient()) {
            Start start = Start.begin();
            HttpResponse<String> live = start.live(client);
            for (int i = 0; i < TRIES && live == null; i++) {
                start = Start.begin();
                live = start.live(client);
            }
            if (live == null) {
                start.ended.join();
            }
            try {
                assertEquals(200, live == null ? 0 : live.statusCode());
                HttpResponse<String> ready = start.get(client, "/ready");
                assertEquals(503, ready.statusCode());
                assertTrue(ready.body().contains("it has not found its cluster yet"), ready.body());
                assertEquals(503, start.get(client, "/metrics").statusCode());
            } finally {
                start.thread.interrupt();
                start.thread.join();
            }
            Throwable failed = assertThrows(CompletionException.class, start.ended::join);
            assertInstanceOf(StartFailed.class, failed.getCause());
        }
    }
}
