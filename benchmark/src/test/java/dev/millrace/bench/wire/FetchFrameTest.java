package dev.millrace.bench.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.bench.wire.RecordBatches.Codec;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.requests.RequestHeader;
import org.junit.jupiter.api.Test;

class FetchFrameTest {
    private static final TopicRef TOPIC = new TopicRef("orders", 11, 12);

    @Test
    void theClientLibraryReadsTheRequest() {
        ByteBuffer frame = FetchFrame.encode(5, TOPIC, 2, 9000, 500, 1 << 20);
        assertEquals(frame.remaining() - 4, frame.getInt());
        assertEquals(5, RequestHeader.parse(frame).correlationId());
        var data = new FetchRequestData(new ByteBufferAccessor(frame), (short) FetchFrame.VERSION);
        assertEquals(0, frame.remaining());
        assertEquals(500, data.maxWaitMs());
        assertEquals(1 << 20, data.maxBytes());
        assertEquals(-1, data.sessionEpoch());
        var topic = data.topics().getFirst();
        assertEquals(new Uuid(11, 12), topic.topicId());
        var partition = topic.partitions().getFirst();
        assertEquals(2, partition.partition());
        assertEquals(9000, partition.fetchOffset());
        assertEquals(-1, partition.currentLeaderEpoch());
        assertEquals(1 << 20, partition.partitionMaxBytes());
    }

    @Test
    void theFloorReadsTheRequest() {
        ByteBuffer frame = FetchFrame.encode(5, TOPIC, 2, 9000, 500, 12345);
        ByteBuffer body = frame.slice(4, frame.remaining() - 4);
        assertEquals(2, body.getInt(FetchFrame.partitionAt(body)));
        assertEquals(9000, FetchFrame.offsetOf(body));
        assertEquals(12345, FetchFrame.maxBytesOf(body));
        assertEquals(500, FetchFrame.maxWaitMsOf(body));
    }

    @Test
    void findsTheRecordsOfAResponseOfTheClientLibrary() {
        ByteBuffer batch = RecordBatches.build(10, 100, Codec.NONE, 1, 1);
        var data =
                new FetchResponseData()
                        .setResponses(
                                List.of(
                                        new FetchResponseData.FetchableTopicResponse()
                                                .setTopicId(new Uuid(11, 12))
                                                .setPartitions(
                                                        List.of(
                                                                new FetchResponseData
                                                                                .PartitionData()
                                                                        .setPartitionIndex(2)
                                                                        .setAbortedTransactions(
                                                                                List.of(
                                                                                        new FetchResponseData
                                                                                                        .AbortedTransaction()
                                                                                                .setProducerId(
                                                                                                        3)
                                                                                                .setFirstOffset(
                                                                                                        4)))
                                                                        .setRecords(
                                                                                MemoryRecords
                                                                                        .readableRecords(
                                                                                                batch))))));
        ByteBuffer body =
                MessageUtil.toByteBufferAccessor(data, (short) FetchFrame.VERSION).buffer();
        ByteBuffer response =
                ByteBuffer.allocate(body.remaining() + 5).putInt(9).put((byte) 0).put(body).flip();
        FetchFrame.Answer answer = FetchFrame.read(response);
        assertEquals(0, answer.error());
        assertEquals(batch.remaining(), answer.recordsBytes());
        assertEquals(batch, response.slice(answer.recordsAt(), answer.recordsBytes()));
        assertEquals(batch.remaining(), RecordBatches.sizeAt(response, answer.recordsAt()));
        assertEquals(10, RecordBatches.nextOffsetAt(response, answer.recordsAt()));
        assertEquals(10, FetchFrame.nextOffset(response, answer, 3));
        assertEquals(
                3,
                FetchFrame.nextOffset(
                        response,
                        new FetchFrame.Answer((short) 0, answer.recordsAt(), batch.remaining() - 1),
                        3),
                "a batch that is cut off");
    }

    @Test
    void theFloorsResponseIsOneToTheClientLibrary() {
        ByteBuffer batch = RecordBatches.build(10, 100, Codec.NONE, 1, 1);
        ByteBuffer head = FetchFrame.responseHead(8, TOPIC, 10, batch.remaining());
        ByteBuffer whole =
                ByteBuffer.allocate(4096)
                        .put(head)
                        .put(batch.duplicate())
                        .put(FetchFrame.responseTail())
                        .flip();
        assertEquals(whole.remaining() - 4, whole.getInt());
        assertEquals(8, whole.getInt());
        assertEquals(0, whole.get());
        var data = new FetchResponseData(new ByteBufferAccessor(whole), (short) FetchFrame.VERSION);
        assertEquals(0, whole.remaining());
        var partition = data.responses().getFirst().partitions().getFirst();
        assertEquals(10, partition.highWatermark());
        assertEquals(batch, ((MemoryRecords) partition.records()).buffer());
    }
}
