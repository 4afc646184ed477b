package dev.millrace.engine.coordinator.txn;

import dev.millrace.engine.coordinator.txn.TransactionState.Ongoing;
import dev.millrace.engine.coordinator.txn.TransactionState.Prepared;
import dev.millrace.engine.env.Clock;
import java.util.function.Supplier;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.server.common.TransactionVersion;
import org.jspecify.annotations.Nullable;

/// Aborts a transaction against the will of its producer: another one has come, or the time is over. The epoch rises, so that whatever
/// the producer sends yet is refused.
///
/// Kafka 4.3 leaves the epoch where it is in a cluster with `transaction.version` below 2; we do as Kafka did before and raise it.
final class Fencing {
    private final TransactionCompletions completions;
    private final Clock clock;
    private final Supplier<TransactionVersion> version;

    Fencing(TransactionCompletions completions, Clock clock, Supplier<TransactionVersion> version) {
        this.completions = completions;
        this.clock = clock;
        this.version = version;
    }

    /// The decision to be written, or null when it takes a new producer id.
    @Nullable Prepared fence(Ongoing ongoing, @Nullable Long newProducerId) {
        TransactionVersion by = version.get();
        boolean rotates = by.supportsEpochBump() && ongoing.producer().isExhausted();
        if (rotates && newProducerId == null) {
            return null;
        }
        long nextId = rotates && newProducerId != null ? newProducerId : RecordBatch.NO_PRODUCER_ID;
        return ongoing.fenced(by, nextId, clock.wallMs());
    }

    /// An effect.
    void fenced(Transaction transaction) {
        completions.begin(transaction);
    }
}
