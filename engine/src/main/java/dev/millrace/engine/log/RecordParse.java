package dev.millrace.engine.log;

import java.nio.ByteBuffer;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.utils.internals.BufferSupplier;
import org.apache.kafka.common.utils.internals.CloseableIterator;
import org.jspecify.annotations.Nullable;

/// Whether a batch holds the records that its header promises. Keys and values are stepped over, not held.
final class RecordParse {
    private RecordParse() {}

    /// @param b with the whole batch, whose checksum is right
    /// @return what is wrong; null when nothing is
    static @Nullable String problem(ByteBuffer b, int at) {
        if (BatchHeader.codec(b, at) == 0 && new RecordWalk(b).walk(at)) {
            return null;
        }
        if (SnappyChunks.areDamaged(b, at)) {
            return "it cannot be unpacked: it is no stream of snappy";
        }
        ByteBuffer bytes = b.slice(at, (int) BatchHeader.size(b, at));
        try {
            var batch =
                    (DefaultRecordBatch)
                            MemoryRecords.readableRecords(bytes).batchIterator().next();
            return problem(batch);
        } catch (InvalidRecordException
                | IllegalArgumentException
                | java.nio.BufferUnderflowException e) {
            return "its records cannot be read: " + e.getMessage();
        } catch (KafkaException e) {
            return "it cannot be unpacked: " + e.getMessage();
        } catch (StackOverflowError e) {
            return "it cannot be unpacked: it has too many empty parts";
        }
    }

    private static @Nullable String problem(DefaultRecordBatch batch) {
        long last = batch.baseOffset() - 1;
        try (CloseableIterator<Record> records =
                batch.skipKeyValueIterator(BufferSupplier.NO_CACHING)) {
            while (records.hasNext()) {
                long offset = records.next().offset();
                if (offset <= last || offset > batch.lastOffset()) {
                    return "a record in it has offset %d, after %d and up to %d"
                            .formatted(offset, last, batch.lastOffset());
                }
                last = offset;
            }
        }
        return null;
    }
}
