package dev.millrace.broker.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What is too long, or would need too much memory, is refused; what only looks so is not.
@Timeout(60)
final class LongRequestsTest {
    private static final int LONGER = (8 << 20) + 1;

    @Test
    void onlyProduceMayBeLong() throws Exception {
        try (var broker = AllApis.scripted((_, _) -> new ProduceResponseData())) {
            try (var client = broker.connect()) {
                var begun = ByteBuffer.allocate(6).putInt(LONGER).putShort(ApiKeys.METADATA.id);
                client.send(begun.array());
                assertTrue(client.closedByPeer());
            }
            try (var client = broker.connect()) {
                var records = MemoryRecords.readableRecords(ByteBuffer.allocate(LONGER));
                var topic = new TopicProduceData().setName("orders");
                topic.partitionData().add(new PartitionProduceData().setRecords(records));
                var request = new ProduceRequestData().setAcks((short) 1).setTimeoutMs(1000);
                request.topicData().add(topic);
                client.send(Wire.frame(ApiKeys.PRODUCE, (short) 12, 7, request));
                assertEquals(7, client.receiveCorrelationId());
            }
        }
    }

    @Test
    void heapIsLentUpToTheBudget() throws Exception {
        var heap = new HeapBudget(1 << 20);
        assertEquals(0, heap.take(1_000), "little is not counted");
        assertThrows(HeapBudget.Exceeded.class, () -> heap.take((1 << 20) + 1));
        long all = heap.take(1 << 20);
        assertEquals(0, heap.take(1_000), "little never waits");
        var waiting = new Thread(() -> heap.giveBack(all));
        waiting.start();
        heap.giveBack(heap.take(1 << 20));
        waiting.join();
    }
}
