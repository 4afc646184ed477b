package dev.millrace.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.broker.config.BrokerConfig;
import dev.millrace.broker.config.Settings;
import java.io.IOException;
import java.net.ConnectException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A controller whose cluster does not begin, since the others are not there.
@Timeout(60)
final class WaitingFounderTest {
    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private static HttpResponse<String> get(HttpClient client, int port, String path)
            throws IOException, InterruptedException {
        var uri = URI.create("http://localhost:" + port + path);
        while (true) {
            try {
                return client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
            } catch (ConnectException notYet) {
                Thread.sleep(20);
            }
        }
    }

    @Test
    void itIsLiveAndSaysThatItIsNotReady() throws Exception {
        int http = freePort();
        int controller = freePort();
        Settings settings =
                Settings.of(
                        Map.of(
                                "process.roles",
                                "broker,controller",
                                "node.id",
                                "1",
                                "listeners",
                                "PLAINTEXT://localhost:0,CONTROLLER://localhost:" + controller,
                                "controller.listener.names",
                                "CONTROLLER",
                                "controller.quorum.voters",
                                "1@localhost:%d,2@localhost:%d".formatted(controller, freePort()),
                                "millrace.http.listener",
                                "localhost:" + http));
        BrokerConfig config = BrokerConfig.from(settings, new ArrayList<>());
        var ended = new CompletableFuture<Broker>();
        Thread starting =
                Thread.ofPlatform()
                        .start(() -> {
                            try {
                                ended.complete(Broker.start(config, true));
                            } catch (StartFailed failed) {
                                ended.completeExceptionally(failed);
                            }
                        });
        try (var client = HttpClient.newHttpClient()) {
            assertEquals(200, get(client, http, "/live").statusCode());
            HttpResponse<String> ready = get(client, http, "/ready");
            assertEquals(503, ready.statusCode());
            assertTrue(ready.body().contains("it has not found its cluster yet"), ready.body());
            assertEquals(503, get(client, http, "/metrics").statusCode());
        } finally {
            starting.interrupt();
            starting.join();
        }
        Throwable failed = assertThrows(CompletionException.class, ended::join);
        assertInstanceOf(StartFailed.class, failed.getCause());
    }
}
