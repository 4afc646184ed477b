package dev.millrace.engine.log;

import java.nio.ByteBuffer;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.jspecify.annotations.Nullable;

/// What has to be known of a producer's batch in a transaction before it is appended.
///
/// @param producerId negative when the batch names none: it is appended then and belongs to no transaction, as in Kafka
public record TransactionalBatch(long producerId, short producerEpoch, int sequence) {
    /// Of the first batch; null when that is of no transaction, or not a batch at all.
    public static @Nullable TransactionalBatch in(MemoryRecords records) {
        ByteBuffer b = records.buffer();
        int at = b.position();
        if (b.remaining() < BatchHeader.BYTES
                || BatchHeader.magic(b, at) != 2
                || !BatchHeader.transactional(b, at)) {
            return null;
        }
        return new TransactionalBatch(
                BatchHeader.producerId(b, at),
                BatchHeader.producerEpoch(b, at),
                BatchHeader.baseSequence(b, at));
    }
}
