package dev.millrace.engine.coordinator.txn;

import dev.millrace.engine.coordinator.Decision;
import dev.millrace.engine.coordinator.ShardHost;
import dev.millrace.engine.coordinator.txn.TransactionState.Idle;
import dev.millrace.engine.env.Clock;
import java.util.ArrayList;

/// Forgets transactional ids that nobody has used for `transactional.id.expiration.ms`, at intervals.
final class TransactionExpiry {
    private static final Object CHECK = "expiry of transactional ids";

    private final TransactionShard shard;
    private final ShardHost<TransactionRecord> host;
    private final Clock clock;
    private final TransactionConfig config;

    TransactionExpiry(
            TransactionShard shard,
            ShardHost<TransactionRecord> host,
            Clock clock,
            TransactionConfig config) {
        this.shard = shard;
        this.host = host;
        this.clock = clock;
        this.config = config;
    }

    void schedule() {
        host.schedule(CHECK, config.expirationCheckMs(), this::check);
    }

    private Decision<TransactionRecord, Boolean> check() {
        long usedSinceMs = clock.wallMs() - config.expirationMs();
        var expired = new ArrayList<TransactionRecord>();
        for (Transaction transaction : shard.all()) {
            if (transaction.state() instanceof Idle idle && idle.changedMs() <= usedSinceMs) {
                expired.add(new TransactionRecord.Forgotten(transaction.id()));
            }
        }
        return Decision.writeSpread(expired, true, this::schedule);
    }
}
