package dev.millrace.engine.log;

import java.nio.ByteBuffer;

/// Steps over the records of an uncompressed batch by their lengths, making no objects: are they as many as the header says, in
/// order, and do they fill the batch exactly? What a consumer could not read must not get into a log.
///
/// A record: length (varint), attributes (1), timestamp delta (varlong), offset delta (varint), key length (varint, -1 for null) and
/// key, value length and value, number of headers (varint); of each header key length and key, value length and value. They fill it exactly.
final class RecordWalk {
    /// Of a varint and of a varlong, the bits in their bytes: Kafka's readers refuse longer ones.
    private static final int VARINT_BITS = 5 * 7;

    private static final int VARLONG_BITS = 10 * 7;

    private final ByteBuffer b;
    private int at;
    private int end;
    private long maxTimestampDelta = Long.MIN_VALUE;
    private boolean broken;

    RecordWalk(ByteBuffer b) {
        this.b = b;
    }

    /// @return false when the records are not what the header of the batch at `batch` says
    boolean walk(int batch) {
        int batchEnd = batch + (int) BatchHeader.size(b, batch);
        int count = BatchHeader.count(b, batch);
        at = batch + BatchHeader.BYTES;
        end = batchEnd;
        for (int i = 0; i < count && !broken; i++) {
            long length = varint();
            int recordEnd = (int) Math.min(Integer.MAX_VALUE, at + length);
            if (broken || length <= 0 || recordEnd > batchEnd) {
                return false;
            }
            end = recordEnd;
            record(i);
            if (broken || at != recordEnd) {
                return false;
            }
            at = recordEnd;
            end = batchEnd;
        }
        return !broken && at == batchEnd;
    }

    /// The greatest timestamp among the records.
    long maxTimestamp(int batch) {
        return BatchHeader.baseTimestamp(b, batch) + maxTimestampDelta;
    }

    private void record(int index) {
        at++;
        maxTimestampDelta = Math.max(maxTimestampDelta, varint(VARLONG_BITS));
        broken |= varint() != index;
        skipBytes(-1);
        skipBytes(-1);
        long headers = varint();
        broken |= headers < 0;
        for (; headers > 0 && !broken; headers--) {
            skipBytes(0);
            skipBytes(-1);
        }
    }

    /// @param least -1 where there may be none
    private void skipBytes(int least) {
        long length = varint();
        if (length < least || length > end - at) {
            broken = true;
        } else {
            at += (int) Math.max(0, length);
        }
    }

    private long varint() {
        return varint(VARINT_BITS);
    }

    /// A zigzag number.
    private long varint(int bits) {
        long raw = 0;
        for (int shift = 0; shift < bits; shift += 7) {
            if (at >= end) {
                broken = true;
                return 0;
            }
            byte next = b.get(at++);
            raw |= (long) (next & 0x7f) << shift;
            if (next >= 0) {
                return (raw >>> 1) ^ -(raw & 1);
            }
        }
        broken = true;
        return 0;
    }
}
