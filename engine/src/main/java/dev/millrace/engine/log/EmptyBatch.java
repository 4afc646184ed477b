package dev.millrace.engine.log;

import java.nio.ByteBuffer;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.RecordBatch;

/// A batch without records that covers some offsets, as compaction leaves it: clients step over it.
final class EmptyBatch {
    private EmptyBatch() {}

    /// @param last at most 2^31-1 behind `first`
    static ByteBuffer of(long first, long last, int leaderEpoch) {
        ByteBuffer b = ByteBuffer.allocate(BatchHeader.BYTES);
        DefaultRecordBatch.writeEmptyHeader(
                b,
                RecordBatch.CURRENT_MAGIC_VALUE,
                RecordBatch.NO_PRODUCER_ID,
                RecordBatch.NO_PRODUCER_EPOCH,
                RecordBatch.NO_SEQUENCE,
                first,
                last,
                leaderEpoch,
                TimestampType.CREATE_TIME,
                RecordBatch.NO_TIMESTAMP,
                false,
                false);
        return b.rewind();
    }
}
