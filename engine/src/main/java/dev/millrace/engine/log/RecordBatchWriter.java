package dev.millrace.engine.log;

import static dev.millrace.engine.check.Invariant.check;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.utils.internals.ByteUtils;
import org.jspecify.annotations.Nullable;

/// Writes the small batches of a coordinator, one after the other, into one buffer: magic 2, not compressed, no producer, no headers,
/// one timestamp. The bytes are those of Kafka's own builder. What a record looks like is told at [RecordWalk].
///
/// ```
///   begin  add add add  end -> records, valid until  release
/// ```
///
/// **Whose bytes.** What [#end()] returns is a view of the buffer, which the next batch overwrites. It goes to an append, which has
/// written or copied all of it when it returns, and never further. With `-ea` [#release()] overwrites the bytes, so that a
/// late reader is found by every test that has one; and the log compares the checksum, as with everybody's batches.
///
/// **Owner.** One thread at a time: a shard, in its turn.
public final class RecordBatchWriter {
    private static final int FIRST_BYTES = 512;

    /// A larger buffer is not kept for the next batch.
    static final int KEPT_BYTES = 16 << 10;

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);
    private static final int NULL = -1;

    /// Attributes, timestamp delta 0, number of headers 0.
    private static final int FIXED_BYTES = 3;

    private final SerializationCache sizes = new SerializationCache();
    private ByteBuffer bytes = NOTHING;
    private ByteBufferAccessor out = new ByteBufferAccessor(bytes);
    private long timestampMs;
    private int count;

    /// A new batch; what was not ended is forgotten.
    public void begin(long timestampMs) {
        this.timestampMs = timestampMs;
        count = 0;
        bytes.clear();
        makeRoom(BatchHeader.BYTES);
        bytes.position(BatchHeader.BYTES);
    }

    /// Adds a record, unless the batch has one and would come to more than `maxBytes`.
    ///
    /// @return whether it was added
    public boolean add(VersionedMessage key, @Nullable VersionedMessage value, int maxBytes) {
        ObjectSerializationCache cache = sizes.table();
        int keyBytes = key.size(cache);
        int valueBytes = value == null ? NULL : value.size(cache);
        int body =
                FIXED_BYTES
                        + ByteUtils.sizeOfVarint(count)
                        + sizeOfBytes(keyBytes)
                        + sizeOfBytes(valueBytes);
        int size = Math.addExact(ByteUtils.sizeOfVarint(body), body);
        int end = Math.addExact(bytes.position(), size);
        if (count > 0 && end > maxBytes) {
            return false;
        }
        makeRoom(size);
        head(body);
        message(keyBytes, key, cache);
        message(valueBytes, value, cache);
        bytes.put((byte) 0);
        check(bytes.position() == end, "a record has the size it said", bytes.position(), end);
        sizes.written(size);
        count++;
        return true;
    }

    private static int sizeOfBytes(int length) {
        return Math.addExact(ByteUtils.sizeOfVarint(length), Math.max(0, length));
    }

    private void head(int body) {
        ByteUtils.writeVarint(body, bytes);
        bytes.put((byte) 0).put((byte) 0);
        ByteUtils.writeVarint(count, bytes);
    }

    private void message(
            int length, @Nullable VersionedMessage message, ObjectSerializationCache cache) {
        ByteUtils.writeVarint(length, bytes);
        if (message != null) {
            message.write(out, cache);
        }
    }

    private void makeRoom(int more) {
        int needed = Math.addExact(bytes.position(), more);
        if (needed > bytes.capacity()) {
            int twice = (int) Math.min(Integer.MAX_VALUE - 8, 2L * bytes.capacity());
            bytes =
                    ByteBuffer.allocate(Math.max(needed, Math.max(FIRST_BYTES, twice)))
                            .put(bytes.flip());
            out = new ByteBufferAccessor(bytes);
        }
    }

    /// The batch, at base offset 0; at least one record was added.
    ///
    /// @return valid until [#release()]
    public MemoryRecords end() {
        check(count > 0, "a batch has records");
        BatchHeader.writePlain(bytes, bytes.position(), count, timestampMs);
        return MemoryRecords.readableRecords(bytes.flip());
    }

    /// As [#end()], of a batch in a producer's transaction. Its sequences begin at 0 each time, as Kafka's coordinators write them:
    /// nobody checks them.
    public MemoryRecords end(long producerId, short producerEpoch) {
        check(count > 0, "a batch has records");
        BatchHeader.writeTransactional(
                bytes, bytes.position(), count, timestampMs, producerId, producerEpoch);
        return MemoryRecords.readableRecords(bytes.flip());
    }

    /// Nobody looks at the batch any more.
    public void release() {
        assert overwrite();
        if (bytes.capacity() > KEPT_BYTES) {
            bytes = NOTHING;
            out = new ByteBufferAccessor(bytes);
        }
    }

    private boolean overwrite() {
        Arrays.fill(bytes.array(), (byte) 0xA5);
        return true;
    }
}
