package dev.millrace.bench.wire;

import java.nio.ByteBuffer;

/// One Produce request (v11: topic by name, v13: by id) that carries one batch, sized frame included.
///
/// A frame is encoded once and sent many times: `setCorrelationId` patches the only thing that changes.
public final class ProduceFrame {
    public static final int API_KEY = 0;
    private static final int CORRELATION_AT = 8;

    private ProduceFrame() {}

    /// @param version 9 to 12 (name) or 13 (id)
    /// @param acks 1 or -1
    /// @param batch one whole record batch, from position to limit; not consumed
    public static ByteBuffer encode(
            int version, int acks, TopicRef topic, int partition, ByteBuffer batch) {
        ByteBuffer out =
                ByteBuffer.allocateDirect(batch.remaining() + topic.name().length() * 4 + 128);
        out.putInt(0);
        Wire.putRequestHeader(out, API_KEY, version, 0, true);
        Wire.putUnsignedVarint(out, 0);
        out.putShort((short) acks).putInt(TIMEOUT_MS);
        Wire.putUnsignedVarint(out, 2);
        if (version >= 13) {
            out.putLong(topic.idHigh()).putLong(topic.idLow());
        } else {
            Wire.putCompactString(out, topic.name());
        }
        Wire.putUnsignedVarint(out, 2);
        out.putInt(partition);
        Wire.putUnsignedVarint(out, batch.remaining() + 1);
        out.put(batch.duplicate());
        out.put((byte) 0).put((byte) 0).put((byte) 0);
        out.putInt(0, out.position() - Integer.BYTES);
        return out.flip();
    }

    /// Another partition for a whole frame.
    public static void setPartition(ByteBuffer frame, int partition) {
        ByteBuffer body = frame.slice(Integer.BYTES, frame.remaining() - Integer.BYTES);
        frame.putInt(Integer.BYTES + partitionAt(body), partition);
    }

    public static void setCorrelationId(ByteBuffer frame, int correlationId) {
        frame.putInt(CORRELATION_AT, correlationId);
    }

    /// Where the partition's index stands in a request frame without its size field.
    public static int partitionAt(ByteBuffer frame) {
        ByteBuffer batch = batchOf(frame);
        return batch.position() - Wire.sizeOfUnsignedVarint(batch.remaining() + 1) - Integer.BYTES;
    }

    /// The position of the record batch in a request frame without its size field; its end is in `limit` of the slice.
    public static ByteBuffer batchOf(ByteBuffer frame) {
        ByteBuffer in = frame.duplicate();
        int version = in.getShort(2);
        in.position(8);
        Wire.skipString(in);
        Wire.skipTags(in);
        Wire.skipCompactString(in);
        in.position(in.position() + Short.BYTES + Integer.BYTES);
        Wire.unsignedVarint(in);
        if (version >= 13) {
            in.position(in.position() + 16);
        } else {
            Wire.skipCompactString(in);
        }
        Wire.unsignedVarint(in);
        in.position(in.position() + Integer.BYTES);
        int size = Wire.unsignedVarint(in) - 1;
        return in.limit(in.position() + size);
    }

    /// The error code of the one partition in a response without its size field; 0 is success.
    public static short errorOf(ByteBuffer response, int version) {
        ByteBuffer in = response.duplicate();
        in.position(in.position() + Integer.BYTES);
        Wire.skipTags(in);
        Wire.unsignedVarint(in);
        if (version >= 13) {
            in.position(in.position() + 16);
        } else {
            Wire.skipCompactString(in);
        }
        Wire.unsignedVarint(in);
        in.position(in.position() + Integer.BYTES);
        return in.getShort();
    }

    private static final int TIMEOUT_MS = 30_000;
}
