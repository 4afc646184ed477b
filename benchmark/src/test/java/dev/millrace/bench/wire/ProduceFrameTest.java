package dev.millrace.bench.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.bench.wire.RecordBatches.Codec;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.requests.RequestHeader;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProduceFrameTest {
    private static final TopicRef TOPIC = new TopicRef("orders", 0x0123456789abcdefL, 42);

    @ParameterizedTest
    @ValueSource(ints = {9, 11, 12, 13})
    void theClientLibraryReadsWhatWeEncode(int version) {
        ByteBuffer batch = RecordBatches.build(63, 1024, Codec.NONE, 1000, 7);
        ByteBuffer frame = ProduceFrame.encode(version, -1, TOPIC, 3, batch);
        ProduceFrame.setCorrelationId(frame, 77);

        assertEquals(frame.remaining() - 4, frame.getInt());
        RequestHeader header = RequestHeader.parse(frame);
        assertEquals(ApiKeys.PRODUCE, header.apiKey());
        assertEquals(version, header.apiVersion());
        assertEquals(77, header.correlationId());
        var data = new ProduceRequestData(new ByteBufferAccessor(frame), (short) version);
        assertEquals(0, frame.remaining());
        assertEquals(-1, data.acks());
        var topic = data.topicData().iterator().next();
        if (version >= 13) {
            assertEquals(new Uuid(TOPIC.idHigh(), TOPIC.idLow()), topic.topicId());
        } else {
            assertEquals("orders", topic.name());
        }
        assertEquals(3, topic.partitionData().getFirst().index());
        MemoryRecords records = (MemoryRecords) topic.partitionData().getFirst().records();
        assertEquals(batch, records.buffer());
    }

    @ParameterizedTest
    @ValueSource(ints = {11, 13})
    void aFrameIsSentToAnotherPartition(int version) {
        ByteBuffer batch = RecordBatches.build(63, 1024, Codec.NONE, 1000, 7);
        ByteBuffer frame = ProduceFrame.encode(version, 1, TOPIC, 0, batch);
        ProduceFrame.setPartition(frame, 199);
        assertEquals(ProduceFrame.encode(version, 1, TOPIC, 199, batch), frame);
    }

    @ParameterizedTest
    @EnumSource(Codec.class)
    void batchesAreValidToTheClientLibrary(Codec codec) {
        MemoryRecords records =
                MemoryRecords.readableRecords(RecordBatches.build(63, 1000, codec, 1234, 7));
        var batch = records.batches().iterator().next();
        batch.ensureValid();
        assertEquals(62, batch.lastOffset());
        assertEquals(1234, batch.maxTimestamp());
        assertEquals(codec.name(), batch.compressionType().name());
        int count = 0;
        for (var record : batch) {
            record.ensureValid();
            assertEquals(count, record.offset());
            assertEquals(1000, record.valueSize());
            assertTrue(!record.hasKey());
            count++;
        }
        assertEquals(63, count);
    }

    @ParameterizedTest
    @ValueSource(ints = {11, 13})
    void theFloorFindsTheBatchInAFrame(int version) {
        ByteBuffer batch = RecordBatches.build(2, 50, Codec.NONE, 1, 1);
        ByteBuffer frame = ProduceFrame.encode(version, 1, TOPIC, 0, batch);
        ByteBuffer found = ProduceFrame.batchOf(frame.slice(4, frame.remaining() - 4));
        assertEquals(batch, found);
        assertEquals(
                found.getInt(found.position() + RecordBatches.CRC_AT), RecordBatches.crcOf(found));
    }

    @ParameterizedTest
    @ValueSource(ints = {11, 13})
    void readsTheErrorOfAResponse(int version) {
        var data = new ProduceResponseData();
        data.responses()
                .add(
                        new ProduceResponseData.TopicProduceResponse()
                                .setName("orders")
                                .setTopicId(new Uuid(1, 2))
                                .setPartitionResponses(
                                        List.of(
                                                new ProduceResponseData.PartitionProduceResponse()
                                                        .setIndex(5)
                                                        .setErrorCode((short) 6)
                                                        .setErrorMessage("no"))));
        ByteBuffer body = MessageUtil.toByteBufferAccessor(data, (short) version).buffer();
        ByteBuffer response =
                ByteBuffer.allocate(body.remaining() + 5).putInt(9).put((byte) 0).put(body).flip();
        assertEquals(6, ProduceFrame.errorOf(response, version));
    }
}
