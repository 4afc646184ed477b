package dev.millrace.engine.coordinator.txn;

import dev.millrace.engine.check.Invariant;
import dev.millrace.engine.coordinator.CoordinatorState;
import dev.millrace.engine.coordinator.ShardHost;
import dev.millrace.engine.env.Clock;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.SequencedCollection;
import java.util.SequencedMap;
import java.util.function.Supplier;
import org.apache.kafka.server.common.TransactionVersion;
import org.jspecify.annotations.Nullable;

/// The transactional ids of one partition of `__transaction_state`, and who decides what about them.
final class TransactionShard implements CoordinatorState<TransactionRecord> {
    /// In the order in which they came to be.
    private final SequencedMap<String, Transaction> transactions = new LinkedHashMap<>();

    private final TransactionCompletions completions;
    private final TransactionTimeouts timeouts;
    private final TransactionExpiry expiry;

    final ProducerInits inits;
    final PartitionAdditions additions;
    final TransactionEnds ends;
    final TransactionViews views;

    /// What the shards share.
    ///
    /// @param version the level of `transaction.version` now
    record Surroundings(
            TransactionConfig config,
            Clock clock,
            Supplier<TransactionVersion> version,
            NewProducerIds producerIds,
            Markers markers) {}

    TransactionShard(ShardHost<TransactionRecord> host, Surroundings around) {
        completions = new TransactionCompletions(host, around.markers, around.clock);
        var fencing = new Fencing(completions, around.clock, around.version);
        var parking = new Parking(host);
        timeouts =
                new TransactionTimeouts(
                        this,
                        host,
                        fencing,
                        around.producerIds,
                        around.clock,
                        around.config.abortCheckMs());
        expiry = new TransactionExpiry(this, host, around.clock, around.config);
        inits = new ProducerInits(this, parking, fencing, around.clock);
        additions = new PartitionAdditions(this, parking, around.clock);
        ends = new TransactionEnds(this, completions, around.clock);
        views = new TransactionViews(this, around.clock);
    }

    @Nullable Transaction find(String id) {
        return transactions.get(id);
    }

    SequencedCollection<Transaction> all() {
        return Collections.unmodifiableSequencedCollection(transactions.sequencedValues());
    }

    @Override
    public void replay(TransactionRecord fact, long offset, long producerId) {
        Invariant.check(producerId == NO_PRODUCER, "transactions are not kept in transactions");
        switch (fact) {
            case TransactionRecord.Stored(var id, var state) -> {
                Transaction known = transactions.get(id);
                if (known == null) {
                    transactions.put(id, new Transaction(id, state));
                } else {
                    known.replay(state);
                }
            }
            case TransactionRecord.Forgotten(var id) -> transactions.remove(id);
        }
    }

    @Override
    public void replayMarker(long producerId, boolean committed) {}

    /// What was decided and not completed is carried out again.
    @Override
    public void loaded() {
        transactions.values().forEach(completions::begin);
        timeouts.schedule();
        expiry.schedule();
    }
}
