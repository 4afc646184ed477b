package dev.millrace.broker.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.api.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// How many connections there may be, and how long one may say nothing.
@Timeout(60)
final class ConnectionLimitsTest {
    private static final MetadataRequestData METADATA = new MetadataRequestData();

    @Test
    void aThousandConnections() throws Exception {
        try (var broker = new FakeBroker()) {
            var clients = new ArrayList<Wire>();
            for (int i = 0; i < 1_000; i++) {
                clients.add(broker.connect());
            }
            for (int i = 0; i < clients.size(); i++) {
                clients.get(i).send(ApiKeys.METADATA, i, METADATA);
            }
            for (int i = 0; i < clients.size(); i++) {
                assertEquals(i, clients.get(i).receiveCorrelationId());
            }
            assertTrue(
                    broker.connections.buffers().allocatedBytes() < 4L << 20,
                    "an idle connection holds a small buffer only");
            for (Wire client : clients) {
                client.close();
            }
            broker.awaitConnections(0);
        }
    }

    @Test
    void connectionsAreCountedPerAddress() throws Exception {
        var d = NetworkSettings.DEFAULTS;
        var three =
                new NetworkSettings(
                        d.maxFrameBytes(),
                        d.requestMemoryBytes(),
                        new ConnectionLimits(20_000, 15_000, Map.of("127.0.0.1", 3)),
                        d.idleMs(),
                        d.firstFrameMs(),
                        d.stalledFrameMs(),
                        d.wholeFrameMs(),
                        d.pipelinedAnswers(),
                        d.backlog(),
                        -1,
                        -1);
        try (var broker = new FakeBroker(three)) {
            for (int round = 0; round < 3; round++) {
                try (var a = broker.connect();
                        var b = broker.connect();
                        var c = broker.connect()) {
                    for (var client : List.of(a, b, c)) {
                        client.send(ApiKeys.METADATA, 1, METADATA);
                        assertEquals(1, client.receiveCorrelationId());
                    }
                    try (var tooMany = broker.connect()) {
                        assertTrue(tooMany.closedByPeer());
                    }
                }
                broker.awaitConnections(0);
            }
        }
    }

    @Test
    void idleAndSilentConnectionsAreSweptAway() throws Exception {
        try (var broker = new FakeBroker();
                var silent = broker.connect();
                var idle = broker.connect();
                var busy = broker.connect()) {
            var parked = new CompletableFuture<FetchResponseData>();
            var begun = new CountDownLatch(1);
            broker.fetch =
                    (_, _) -> {
                        begun.countDown();
                        return Outcome.when(parked);
                    };
            idle.send(ApiKeys.METADATA, 1, METADATA);
            assertEquals(1, idle.receiveCorrelationId());
            busy.send(ApiKeys.FETCH, 2, new FetchRequestData());
            begun.await();
            long now = System.nanoTime();
            broker.awaitConnections(3);
            broker.connections.sweep(now + TimeUnit.SECONDS.toNanos(31));
            assertTrue(silent.closedByPeer(), "no request within first.frame time");
            broker.connections.sweep(now + TimeUnit.SECONDS.toNanos(602));
            assertTrue(idle.closedByPeer(), "idle for connections.max.idle.ms");
            parked.complete(new FetchResponseData());
            assertEquals(2, busy.receiveCorrelationId(), "a request in progress is not idle");
        }
    }
}
