package dev.millrace.engine.log;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/// The 61 bytes before the records of a batch of magic 2, read and written where they lie.
///
/// | at | field | | at | field |
/// |---|---|---|---|---|
/// | 0 | base offset, 8 | | 27 | base timestamp, 8 |
/// | 8 | length of what follows, 4 | | 35 | max timestamp, 8 |
/// | 12 | partition leader epoch, 4 | | 43 | producer id, 8 |
/// | 16 | magic, 1 | | 51 | producer epoch, 2 |
/// | 17 | CRC-32C of all from 21 on, 4 | | 53 | base sequence, 4 |
/// | 21 | attributes, 2 | | 57 | record count, 4 |
/// | 23 | last offset delta, 4 | | 61 | records |
///
/// Offset and leader epoch lie outside the checksum, so that a leader sets them without touching the rest.
final class BatchHeader {
    static final int BYTES = 61;

    /// Offset and length, which the length does not count.
    static final int LOG_OVERHEAD = 12;

    static final int CRC_FROM = 21;

    private static final int LENGTH = 8;
    static final int EPOCH = 12;
    private static final int MAGIC = 16;
    private static final int CRC = 17;
    private static final int ATTRIBUTES = 21;
    private static final int LAST_OFFSET_DELTA = 23;
    private static final int BASE_TIMESTAMP = 27;
    private static final int MAX_TIMESTAMP = 35;
    private static final int PRODUCER_ID = 43;
    private static final int PRODUCER_EPOCH = 51;
    private static final int BASE_SEQUENCE = 53;
    private static final int COUNT = 57;

    private static final int NONE = -1;

    private static final int CODEC_MASK = 0x07;
    private static final int LOG_APPEND_TIME = 0x08;
    private static final int TRANSACTIONAL = 0x10;
    private static final int CONTROL = 0x20;
    private static final int DELETE_HORIZON = 0x40;

    private BatchHeader() {}

    static long baseOffset(ByteBuffer b, int at) {
        return b.getLong(at);
    }

    /// Bytes of the whole batch; may be nonsense in bytes that nobody has checked.
    static long size(ByteBuffer b, int at) {
        return (long) b.getInt(at + LENGTH) + LOG_OVERHEAD;
    }

    static int leaderEpoch(ByteBuffer b, int at) {
        return b.getInt(at + EPOCH);
    }

    static byte magic(ByteBuffer b, int at) {
        return b.get(at + MAGIC);
    }

    static int crc(ByteBuffer b, int at) {
        return b.getInt(at + CRC);
    }

    static int codec(ByteBuffer b, int at) {
        return b.getShort(at + ATTRIBUTES) & CODEC_MASK;
    }

    static boolean logAppendTime(ByteBuffer b, int at) {
        return (b.getShort(at + ATTRIBUTES) & LOG_APPEND_TIME) != 0;
    }

    static boolean transactional(ByteBuffer b, int at) {
        return (b.getShort(at + ATTRIBUTES) & TRANSACTIONAL) != 0;
    }

    static boolean control(ByteBuffer b, int at) {
        return (b.getShort(at + ATTRIBUTES) & CONTROL) != 0;
    }

    /// The base timestamp is a delete horizon (KIP-534).
    static boolean hasDeleteHorizon(ByteBuffer b, int at) {
        return (b.getShort(at + ATTRIBUTES) & DELETE_HORIZON) != 0;
    }

    static int lastOffsetDelta(ByteBuffer b, int at) {
        return b.getInt(at + LAST_OFFSET_DELTA);
    }

    static long lastOffset(ByteBuffer b, int at) {
        return baseOffset(b, at) + lastOffsetDelta(b, at);
    }

    static long baseTimestamp(ByteBuffer b, int at) {
        return b.getLong(at + BASE_TIMESTAMP);
    }

    static long maxTimestamp(ByteBuffer b, int at) {
        return b.getLong(at + MAX_TIMESTAMP);
    }

    static long producerId(ByteBuffer b, int at) {
        return b.getLong(at + PRODUCER_ID);
    }

    static short producerEpoch(ByteBuffer b, int at) {
        return b.getShort(at + PRODUCER_EPOCH);
    }

    static int baseSequence(ByteBuffer b, int at) {
        return b.getInt(at + BASE_SEQUENCE);
    }

    static int count(ByteBuffer b, int at) {
        return b.getInt(at + COUNT);
    }

    static void setBaseOffset(ByteBuffer b, int at, long offset) {
        b.putLong(at, offset);
    }

    static void setLeaderEpoch(ByteBuffer b, int at, int epoch) {
        b.putInt(at + EPOCH, epoch);
    }

    /// Sets what a batch of that size must have in front of its checksum, but for offset and epoch.
    static void setFrame(ByteBuffer b, int size) {
        b.putInt(LENGTH, size - LOG_OVERHEAD);
        b.put(MAGIC, (byte) 2);
    }

    static void setCrc(ByteBuffer b, int crc) {
        b.putInt(CRC, crc);
    }

    /// Sets the batch's greatest timestamp and whose time it is, and its checksum anew.
    static void setMaxTimestamp(ByteBuffer b, int at, long timestamp, boolean logAppendTime) {
        int attributes = b.getShort(at + ATTRIBUTES);
        int wanted = logAppendTime ? attributes | LOG_APPEND_TIME : attributes & ~LOG_APPEND_TIME;
        b.putShort(at + ATTRIBUTES, (short) wanted);
        b.putLong(at + MAX_TIMESTAMP, timestamp);
        b.putInt(at + CRC, computeCrc(b, at, (int) size(b, at)));
    }

    /// Sets what has changed when a batch's records were packed otherwise, and its checksum.
    static void setCodec(ByteBuffer b, int at, int size, int codec) {
        b.putInt(at + LENGTH, size - LOG_OVERHEAD);
        b.putShort(at + ATTRIBUTES, (short) ((b.getShort(at + ATTRIBUTES) & ~CODEC_MASK) | codec));
        b.putInt(at + CRC, computeCrc(b, at, size));
    }

    /// Sets what has changed when some of a batch's records have gone, and its checksum.
    static void setRecords(
            ByteBuffer b,
            int at,
            int size,
            int count,
            long baseTimestamp,
            long maxTimestamp,
            boolean deleteHorizon) {
        int attributes = b.getShort(at + ATTRIBUTES);
        b.putInt(at + LENGTH, size - LOG_OVERHEAD);
        b.putShort(
                at + ATTRIBUTES,
                (short) (deleteHorizon ? attributes | DELETE_HORIZON : attributes));
        b.putLong(at + BASE_TIMESTAMP, baseTimestamp);
        b.putLong(at + MAX_TIMESTAMP, maxTimestamp);
        b.putInt(at + COUNT, count);
        b.putInt(at + CRC, computeCrc(b, at, size));
    }

    /// Makes a header that stands alone of a header whose records have all gone: what is left are offsets, the greatest timestamp,
    /// producer and sequences. Kafka's bytes.
    static void setEmpty(ByteBuffer b, int at) {
        int kept = LOG_APPEND_TIME | TRANSACTIONAL | CONTROL;
        b.putShort(at + ATTRIBUTES, (short) (b.getShort(at + ATTRIBUTES) & kept));
        setRecords(b, at, BYTES, 0, NONE, maxTimestamp(b, at), false);
    }

    /// The header of an uncompressed batch at the beginning of `b` that has no producer, no epoch and one timestamp, with the
    /// checksum of what stands behind it already.
    static void writePlain(ByteBuffer b, int size, int count, long timestamp) {
        b.putLong(0, 0);
        b.putInt(LENGTH, size - LOG_OVERHEAD);
        b.putInt(EPOCH, NONE);
        b.put(MAGIC, (byte) 2);
        b.putShort(ATTRIBUTES, (short) 0);
        b.putInt(LAST_OFFSET_DELTA, count - 1);
        b.putLong(BASE_TIMESTAMP, timestamp);
        b.putLong(MAX_TIMESTAMP, timestamp);
        b.putLong(PRODUCER_ID, NONE);
        b.putShort(PRODUCER_EPOCH, (short) NONE);
        b.putInt(BASE_SEQUENCE, NONE);
        b.putInt(COUNT, count);
        b.putInt(CRC, computeCrc(b, 0, size));
    }

    /// As [#writePlain], of a producer's transaction, from sequence 0 on.
    static void writeTransactional(
            ByteBuffer b, int size, int count, long timestamp, long producerId, short epoch) {
        writePlain(b, size, count, timestamp);
        b.putShort(ATTRIBUTES, (short) TRANSACTIONAL);
        b.putLong(PRODUCER_ID, producerId);
        b.putShort(PRODUCER_EPOCH, epoch);
        b.putInt(BASE_SEQUENCE, 0);
        b.putInt(CRC, computeCrc(b, 0, size));
    }

    static boolean crcMatches(ByteBuffer b, int at, int size) {
        return crc(b, at) == computeCrc(b, at, size);
    }

    /// Moves position and limit of `b` while it computes, and puts them back: a slice would be made for every batch.
    static int computeCrc(ByteBuffer b, int at, int size) {
        int position = b.position();
        int limit = b.limit();
        try {
            var crc = new CRC32C();
            crc.update(b.limit(at + size).position(at + CRC_FROM));
            return (int) crc.getValue();
        } finally {
            b.limit(limit).position(position);
        }
    }

    /// The last sequence number of a batch; sequences wrap from 2^31-1 to 0.
    static int lastSequence(int baseSequence, int lastOffsetDelta) {
        return baseSequence < 0 ? baseSequence : (baseSequence + lastOffsetDelta) & 0x7fffffff;
    }
}
