package dev.millrace.broker.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Long requests that arrive slowly hold memory: for how long, and what is left for others.
@Timeout(60)
final class ShortMemoryTest {
    private static final MetadataRequestData METADATA = new MetadataRequestData();
    private static final int MB = 1 << 20;

    private static NetworkSettings settings(long memory, long stalledFrameMs, int connections) {
        var d = NetworkSettings.DEFAULTS;
        return new NetworkSettings(
                d.maxFrameBytes(),
                memory,
                new ConnectionLimits(connections, connections, Map.of()),
                d.idleMs(),
                d.firstFrameMs(),
                stalledFrameMs,
                d.wholeFrameMs(),
                d.pipelinedAnswers(),
                d.backlog(),
                -1,
                -1);
    }

    private static byte[] produce(int bytes) {
        var records = MemoryRecords.readableRecords(ByteBuffer.allocate(bytes));
        var topic = new TopicProduceData().setName("orders");
        topic.partitionData().add(new PartitionProduceData().setRecords(records));
        var request = new ProduceRequestData().setAcks((short) 1).setTimeoutMs(1000);
        request.topicData().add(topic);
        return Wire.frame(ApiKeys.PRODUCE, (short) 12, 7, request);
    }

    /// A connection past its first request, which has time limits of its own.
    private static Wire connected(FakeBroker broker) throws Exception {
        Wire client = broker.connect();
        client.send(ApiKeys.METADATA, 1, METADATA);
        assertEquals(1, client.receiveCorrelationId());
        return client;
    }

    private static void awaitMemory(FakeBroker broker, long bytes) {
        while (broker.connections.buffers().allocatedBytes() < bytes) {
            assertFalse(Thread.interrupted(), "so much should have been taken by now");
        }
    }

    /// Memory is counted a moment before the connection that has taken it says so.
    private static void awaitHolders(FakeBroker broker, int many) {
        while (broker.connections.snapshot().stream()
                        .filter(each -> each.holdsMemoryNs(System.nanoTime() + 1) > 0)
                        .count()
                < many) {
            assertFalse(Thread.interrupted(), "they should hold it by now");
        }
    }

    @Test
    void theWholeRequestHasAMinuteAndWhatItsLengthTakes() throws Exception {
        try (var broker = new FakeBroker(settings(256L * MB, 3_600_000, 100));
                var shorter = connected(broker);
                var longer = connected(broker)) {
            byte[] whole = produce(16 * MB); // 256 s
            shorter.send(Arrays.copyOf(produce(100_000), 50_000));
            longer.send(Arrays.copyOf(whole, 50_000));
            awaitMemory(broker, MB + (128 << 10));
            broker.connections.sweep(System.nanoTime() + TimeUnit.SECONDS.toNanos(62));
            assertTrue(shorter.closedByPeer());
            longer.send(Arrays.copyOfRange(whole, 50_000, whole.length));
            assertEquals(7, longer.receiveCorrelationId());
        }
    }

    @Test
    void aRequestThatTakesLongerIsClosed() throws Exception {
        try (var broker = new FakeBroker(settings(256L * MB, 3_600_000, 100));
                var client = connected(broker)) {
            client.send(Arrays.copyOf(produce(16 * MB), 50_000));
            awaitMemory(broker, MB);
            broker.connections.sweep(System.nanoTime() + TimeUnit.SECONDS.toNanos(60 + 257));
            assertTrue(client.closedByPeer());
        }
    }

    @Test
    void aHandfulOfLongRequestsLeavesMemoryForOthers() throws Exception {
        int holders = 4;
        long all = holders * (long) (MB + FrameBuffers.SMALLEST);
        var clients = new ArrayList<Wire>();
        try (var broker = new FakeBroker(settings(all, 60_000, 100))) {
            for (int i = 0; i < holders; i++) {
                clients.add(connected(broker));
            }
            byte[] begun = Arrays.copyOf(produce(2 * MB), 1_000);
            for (Wire client : clients) {
                client.send(begun);
            }
            awaitMemory(broker, all);
            for (int i = 0; i < 10; i++) {
                clients.add(connected(broker));
            }
            for (Wire client : clients) {
                client.close();
            }
        }
    }

    @Test
    void whoHoldsMemoryForTheLongestTimeGoesWhenItIsShort() throws Exception {
        long second = TimeUnit.SECONDS.toNanos(1);
        try (var broker = new FakeBroker(settings(256L * MB, 60_000, 100));
                var idle = connected(broker);
                var little = connected(broker);
                var first = connected(broker);
                var later = connected(broker)) {
            long before = System.nanoTime();
            byte[] begun = Arrays.copyOf(produce(2 * MB), 1_000);
            little.send(Arrays.copyOf(produce(200_000), 1_000));
            first.send(begun);
            awaitMemory(broker, MB + (256 << 10));
            later.send(begun);
            awaitMemory(broker, 2 * MB + (256 << 10));
            awaitHolders(broker, 2);
            assertFalse(broker.connections.closeSlowest(before + 15 * second), "none is slow yet");

            assertTrue(broker.connections.closeSlowest(System.nanoTime() + 16 * second));
            assertTrue(first.closedByPeer());
            broker.awaitConnections(3);
            assertTrue(broker.connections.closeSlowest(System.nanoTime() + 16 * second));
            assertTrue(later.closedByPeer());
            broker.awaitConnections(2);
            assertFalse(broker.connections.closeSlowest(System.nanoTime() + 16 * second));
            idle.send(ApiKeys.METADATA, 2, METADATA);
            assertEquals(2, idle.receiveCorrelationId());
        }
    }

    /// With one place: a connection that could not begin gives it back.
    @Test
    void withoutMemoryOneConnectionIsLostAndTheNextAccepted() throws Exception {
        var left = new AtomicInteger(1);
        var connections =
                new Connections(
                        settings(256L * MB, 60_000, 1),
                        ConnectionThreads.forThisMachine(),
                        () -> {
                            if (left.getAndDecrement() > 0) {
                                throw new OutOfMemoryError("on purpose");
                            }
                            return Arena.ofShared();
                        },
                        new WarningLimit());
        try (var broker = new FakeBroker(connections)) {
            try (var lost = broker.connect()) {
                assertTrue(lost.closedByPeer());
            }
            connected(broker).close();
        }
    }
}
