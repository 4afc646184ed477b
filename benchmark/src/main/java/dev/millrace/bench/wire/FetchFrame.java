package dev.millrace.bench.wire;

import java.nio.ByteBuffer;

/// One Fetch request (v13 or newer: topic by id) for one partition without a fetch session, and what is read of its answer.
public final class FetchFrame {
    public static final int API_KEY = 1;

    /// Topic ids came with 13; from 15 the replica id is a tagged field, left out by consumers.
    public static final int VERSION = 16;

    private FetchFrame() {}

    /// The whole frame, size field included.
    ///
    /// @param maxBytes bound of the answer, for the request and the partition alike
    public static ByteBuffer encode(
            int correlationId,
            TopicRef topic,
            int partition,
            long offset,
            int maxWaitMs,
            int maxBytes) {
        ByteBuffer out = ByteBuffer.allocate(160);
        out.putInt(0);
        Wire.putRequestHeader(out, API_KEY, VERSION, correlationId, true);
        out.putInt(maxWaitMs).putInt(1).putInt(maxBytes).put((byte) 0);
        out.putInt(0).putInt(-1);
        Wire.putUnsignedVarint(out, 2);
        out.putLong(topic.idHigh()).putLong(topic.idLow());
        Wire.putUnsignedVarint(out, 2);
        out.putInt(partition).putInt(-1).putLong(offset).putInt(-1).putLong(-1).putInt(maxBytes);
        out.put((byte) 0).put((byte) 0);
        Wire.putUnsignedVarint(out, 1);
        Wire.putCompactString(out, "");
        out.put((byte) 0);
        out.putInt(0, out.position() - Integer.BYTES);
        return out.flip();
    }

    /// Where the one partition's index stands in a request frame (without its size field) of this class's own making.
    public static int partitionAt(ByteBuffer frame) {
        ByteBuffer in = frame.duplicate();
        in.position(8);
        Wire.skipString(in);
        Wire.skipTags(in);
        in.position(in.position() + 13 + 8);
        Wire.unsignedVarint(in);
        in.position(in.position() + 16);
        Wire.unsignedVarint(in);
        return in.position();
    }

    /// How long such a frame lets its answer wait for records.
    public static int maxWaitMsOf(ByteBuffer frame) {
        ByteBuffer in = frame.duplicate();
        in.position(8);
        Wire.skipString(in);
        Wire.skipTags(in);
        return in.getInt();
    }

    /// The fetch offset of such a frame.
    public static long offsetOf(ByteBuffer frame) {
        return frame.getLong(partitionAt(frame) + 8);
    }

    /// The most record bytes that such a frame asks for.
    public static int maxBytesOf(ByteBuffer frame) {
        return frame.getInt(partitionAt(frame) + 28);
    }

    /// What a consumer needs of an answer.
    ///
    /// @param error Kafka's error code, of the request or of the partition
    /// @param recordsAt index of the first batch in the response
    /// @param recordsBytes their size, 0 when there are none
    public record Answer(short error, int recordsAt, int recordsBytes) {}

    /// Reads a response without its size field.
    public static Answer read(ByteBuffer response) {
        ByteBuffer in = response.duplicate();
        in.position(in.position() + Integer.BYTES);
        Wire.skipTags(in);
        in.getInt();
        short error = in.getShort();
        in.getInt();
        if (error != 0 || Wire.unsignedVarint(in) <= 1) {
            return new Answer(error, 0, 0);
        }
        in.position(in.position() + 16);
        Wire.unsignedVarint(in);
        in.getInt();
        short partitionError = in.getShort();
        in.position(in.position() + 24);
        int aborted = Wire.unsignedVarint(in) - 1;
        for (int i = 0; i < aborted; i++) {
            in.position(in.position() + 16);
            Wire.skipTags(in);
        }
        in.getInt();
        int size = Math.max(0, Wire.unsignedVarint(in) - 1);
        return new Answer(partitionError, in.position(), size);
    }

    /// The offset after the last whole batch of an answer; a batch cut off at the end is asked for again.
    ///
    /// @param offset the one asked for, which is the result where nothing came
    public static long nextOffset(ByteBuffer response, Answer answer, long offset) {
        long next = offset;
        int end = answer.recordsAt() + answer.recordsBytes();
        for (int at = answer.recordsAt(); at < end; ) {
            int size = RecordBatches.sizeAt(response, at);
            if (size < 0 || at + size > end) {
                break;
            }
            next = RecordBatches.nextOffsetAt(response, at);
            at += size;
        }
        return next;
    }

    /// Everything of a response before the records, size field included, for a sender that is not a broker (the floor).
    public static ByteBuffer responseHead(
            int correlationId, TopicRef topic, long highWatermark, int recordsBytes) {
        ByteBuffer out = ByteBuffer.allocate(128);
        out.putInt(0).putInt(correlationId).put((byte) 0);
        out.putInt(0).putShort((short) 0).putInt(0);
        Wire.putUnsignedVarint(out, 2);
        out.putLong(topic.idHigh()).putLong(topic.idLow());
        Wire.putUnsignedVarint(out, 2);
        out.putInt(0).putShort((short) 0).putLong(highWatermark).putLong(highWatermark).putLong(0);
        Wire.putUnsignedVarint(out, 1);
        out.putInt(-1);
        Wire.putUnsignedVarint(out, recordsBytes + 1);
        out.putInt(0, out.position() - Integer.BYTES + recordsBytes + RESPONSE_TAIL.length);
        return out.flip();
    }

    /// What follows the records: no tagged fields of partition, topic and response.
    public static byte[] responseTail() {
        return RESPONSE_TAIL.clone();
    }

    private static final byte[] RESPONSE_TAIL = {0, 0, 0};
}
