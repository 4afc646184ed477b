package dev.millrace.engine.coordinator;

import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.AbstractRecords;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.SimpleRecord;

/// How many records go into one batch when there may be too many for one.
final class BatchSize {
    private BatchSize() {}

    /// @return the index after the last record of a batch that begins at `from` and stays within `maxBytes`; one record is
    ///     always taken, so that what is too large by itself is refused by the log and not for ever put off
    static int fitting(SimpleRecord[] records, int from, int maxBytes) {
        long bytes = DefaultRecordBatch.RECORD_BATCH_OVERHEAD;
        int to = from;
        while (to < records.length) {
            bytes += recordBytes(records[to]);
            if (to > from && bytes > maxBytes) {
                break;
            }
            to++;
        }
        return to;
    }

    /// At most: it may take some bytes less.
    private static int recordBytes(SimpleRecord record) {
        return AbstractRecords.estimateSizeInBytesUpperBound(
                        RecordBatch.CURRENT_MAGIC_VALUE,
                        Compression.NONE.type(),
                        record.key(),
                        record.value(),
                        record.headers())
                - DefaultRecordBatch.RECORD_BATCH_OVERHEAD;
    }
}
