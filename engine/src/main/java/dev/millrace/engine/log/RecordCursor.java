package dev.millrace.engine.log;

/// Steps over the records of a batch of magic 2 as they lie, making no objects. A record is described at [RecordWalk]; here its offset need
/// not follow the one before.
final class RecordCursor {
    private byte[] bytes = new byte[0];
    private int limit;
    private int at;
    private int end;
    private int left;

    private int start;
    private int afterLength;
    private int afterTimestamp;
    private long timestampDelta;
    private int offsetDelta;
    private int keyAt;
    private int keyLength;
    private boolean hasValue;

    /// @param count of the records that follow from `from` on
    void begin(byte[] records, int from, int to, int count) {
        bytes = records;
        at = from;
        limit = to;
        left = count;
    }

    /// Goes to the next record; false behind the last.
    ///
    /// @throws IllegalArgumentException when the bytes are no records
    boolean next() {
        if (left == 0) {
            check(at == limit);
            return false;
        }
        left--;
        start = at;
        end = limit;
        long length = varint();
        check(length > 0 && length <= limit - at);
        end = at + (int) length;
        afterLength = at;
        at++; // attributes
        timestampDelta = varint();
        afterTimestamp = at;
        long delta = varint();
        check(delta >= 0 && delta <= Integer.MAX_VALUE);
        offsetDelta = (int) delta;
        keyLength = length();
        keyAt = at;
        at += Math.max(0, keyLength);
        hasValue = length() >= 0;
        at = end;
        return true;
    }

    private int length() {
        long length = varint();
        check(length >= -1 && length <= end - at);
        return (int) length;
    }

    /// Nearly all are of one byte.
    private long varint() {
        if (at < end && bytes[at] >= 0) {
            long raw = bytes[at++];
            return (raw >>> 1) ^ -(raw & 1);
        }
        return longerVarint();
    }

    private long longerVarint() {
        long raw = 0;
        for (int shift = 0; shift < 70; shift += 7) {
            check(at < end);
            byte next = bytes[at++];
            raw |= (long) (next & 0x7f) << shift;
            if (next >= 0) {
                return (raw >>> 1) ^ -(raw & 1);
            }
        }
        throw new IllegalArgumentException("a number of more than ten bytes");
    }

    private void check(boolean holds) {
        if (!holds) {
            throw new IllegalArgumentException("not a record at byte " + start);
        }
    }

    byte[] bytes() {
        return bytes;
    }

    /// Where the record begins, with its length.
    int start() {
        return start;
    }

    int end() {
        return end;
    }

    /// Behind all records.
    int limit() {
        return limit;
    }

    byte attributes() {
        return bytes[afterLength];
    }

    /// Where the offset delta stands: all from here on is the same whatever the base timestamp.
    int afterTimestamp() {
        return afterTimestamp;
    }

    long timestampDelta() {
        return timestampDelta;
    }

    int offsetDelta() {
        return offsetDelta;
    }

    boolean hasKey() {
        return keyLength >= 0;
    }

    int keyAt() {
        return keyAt;
    }

    int keyLength() {
        return keyLength;
    }

    boolean hasValue() {
        return hasValue;
    }
}
