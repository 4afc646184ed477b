package dev.millrace.broker.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.broker.host.Host;
import dev.millrace.engine.api.Outcome;
import java.io.ByteArrayOutputStream;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Who flushes: the connection's thread when nothing else is to be done on it, a worker otherwise.
@Timeout(60)
final class FlushOnConnectionTest {
    private final Host host = new Host(_ -> {});

    /// The names of the threads that flushed.
    private final BlockingQueue<String> flushers = new LinkedBlockingQueue<>();

    @AfterEach
    void stop() throws InterruptedException {
        host.stop(10_000);
    }

    /// Answered once the "flush" that it asks for has run.
    private Outcome<ProduceResponseData> appended() {
        var flushed = new CompletableFuture<ProduceResponseData>();
        host.workers()
                .executeOrLend(
                        "flush",
                        () -> {
                            flushers.add(Thread.currentThread().getName());
                            flushed.complete(new ProduceResponseData());
                        });
        return Outcome.when(flushed);
    }

    private static ProduceRequestData produce() {
        return new ProduceRequestData().setAcks((short) -1).setTimeoutMs(1000);
    }

    private static byte[] frame(ApiKeys api, int id) {
        return Wire.frame(
                api,
                api.latestVersion(),
                id,
                api == ApiKeys.PRODUCE ? produce() : new MetadataRequestData());
    }

    @Test
    void aRequestAloneFlushesForItself() throws Exception {
        try (var broker = new FakeBroker();
                var client = broker.connect()) {
            broker.produce = (_, _) -> appended();
            for (int i = 0; i < 3; i++) {
                client.send(frame(ApiKeys.PRODUCE, i));
                assertEquals(i, client.receiveCorrelationId());
                assertTrue(flushers.take().startsWith("connection-"));
            }
        }
    }

    @Test
    void thoseThatComeTogetherShareAWorkersFlush() throws Exception {
        var sent = new CountDownLatch(1);
        try (var broker = new FakeBroker();
                var client = broker.connect()) {
            broker.produce =
                    (context, _) -> {
                        awaitQuietly(sent);
                        return appended();
                    };
            client.send(frame(ApiKeys.PRODUCE, 0));
            client.send(frame(ApiKeys.PRODUCE, 1));
            sent.countDown();
            assertEquals(0, client.receiveCorrelationId());
            assertEquals(1, client.receiveCorrelationId());
            assertTrue(flushers.take().startsWith("worker-"), "the second had arrived");
        }
    }

    @Test
    void aPeerThatHasAnswersToReadHoldsUpNoFlush() throws Exception {
        try (var broker = new FakeBroker();
                var client = broker.connect()) {
            broker.produce = (_, _) -> appended();
            var together = new ByteArrayOutputStream();
            together.write(frame(ApiKeys.METADATA, 0));
            together.write(frame(ApiKeys.PRODUCE, 1));
            client.send(together.toByteArray());
            assertEquals(0, client.receiveCorrelationId());
            assertEquals(1, client.receiveCorrelationId());
            assertTrue(flushers.take().startsWith("worker-"));
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
