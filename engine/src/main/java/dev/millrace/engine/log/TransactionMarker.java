package dev.millrace.engine.log;

import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;

/// Ends a producer's transaction in one partition: what its coordinator writes there.
///
/// @param transactionVersion 2 when every transaction has an epoch of its own (KIP-890), else 1 or 0
public record TransactionMarker(
        long producerId,
        short producerEpoch,
        int coordinatorEpoch,
        boolean commit,
        int transactionVersion) {
    /// From this version on a marker's epoch is above that of the transaction which it ends.
    static final int OWN_EPOCHS = 2;

    /// Whether it names a producer at all.
    public boolean namesAProducer() {
        return producerId >= 0 && producerEpoch >= 0;
    }

    boolean ownEpoch() {
        return transactionVersion >= OWN_EPOCHS;
    }

    /// The control batch, at base offset 0.
    MemoryRecords records(long timestampMs) {
        return MemoryRecords.withEndTransactionMarker(
                timestampMs,
                producerId,
                producerEpoch,
                new EndTransactionMarker(
                        commit ? ControlRecordType.COMMIT : ControlRecordType.ABORT,
                        coordinatorEpoch));
    }
}
