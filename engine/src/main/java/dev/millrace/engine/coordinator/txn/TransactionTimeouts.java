package dev.millrace.engine.coordinator.txn;

import dev.millrace.engine.coordinator.Decision;
import dev.millrace.engine.coordinator.ShardHost;
import dev.millrace.engine.coordinator.txn.TransactionState.Ongoing;
import dev.millrace.engine.coordinator.txn.TransactionState.Prepared;
import dev.millrace.engine.env.Clock;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Aborts transactions that are open for longer than their producers said (T5): all of them are looked through at intervals.
final class TransactionTimeouts {
    private static final Object CHECK = "transaction time-outs";
    private static final Logger LOG = LoggerFactory.getLogger(TransactionTimeouts.class);

    private final TransactionShard shard;
    private final ShardHost<TransactionRecord> host;
    private final Fencing fencing;
    private final NewProducerIds producerIds;
    private final Clock clock;
    private final int intervalMs;

    private record Abort(String transactionalId) {}

    TransactionTimeouts(
            TransactionShard shard,
            ShardHost<TransactionRecord> host,
            Fencing fencing,
            NewProducerIds producerIds,
            Clock clock,
            int intervalMs) {
        this.shard = shard;
        this.host = host;
        this.fencing = fencing;
        this.producerIds = producerIds;
        this.clock = clock;
        this.intervalMs = intervalMs;
    }

    void schedule() {
        host.schedule(CHECK, intervalMs, this::check);
    }

    private Decision<TransactionRecord, Boolean> check() {
        var over = new ArrayList<String>();
        for (Transaction transaction : shard.all()) {
            if (timedOut(transaction) != null) {
                over.add(transaction.id());
            }
        }
        return Decision.answer(
                true,
                () -> {
                    over.forEach(id -> host.schedule(new Abort(id), 0, () -> abort(id, null)));
                    schedule();
                });
    }

    private @Nullable Ongoing timedOut(@Nullable Transaction transaction) {
        return transaction != null
                        && transaction.state() instanceof Ongoing ongoing
                        && ongoing.hasTimedOut(clock.wallMs())
                ? ongoing
                : null;
    }

    private Decision<TransactionRecord, Boolean> abort(String id, @Nullable Long newProducerId) {
        Transaction transaction = shard.find(id);
        Ongoing ongoing = timedOut(transaction);
        if (transaction == null || ongoing == null) {
            return Decision.answer(true);
        }
        Prepared aborted = fencing.fence(ongoing, newProducerId);
        if (aborted == null) {
            return Decision.answer(true, () -> host.outside(() -> abortWithNewProducerId(id)));
        }
        return Decision.write(
                List.of(new TransactionRecord.Stored(id, aborted)),
                true,
                () -> {
                    LOG.info(
                            "The transaction of {} (producer id {}) is aborted: it was open for more than {} ms",
                            id,
                            ongoing.producer().id(),
                            ongoing.producer().timeoutMs());
                    fencing.fenced(transaction);
                });
    }

    /// Where there is none now, the next check asks again.
    private void abortWithNewProducerId(String id) {
        producerIds
                .next()
                .whenComplete((producerId, _) -> {
                    if (producerId != null) {
                        host.decide(new Abort(id), () -> abort(id, producerId));
                    }
                });
    }
}
