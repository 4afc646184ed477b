package dev.millrace.engine.coordinator.txn;

import dev.millrace.engine.coordinator.Decision;
import dev.millrace.engine.coordinator.ShardHost;
import dev.millrace.engine.coordinator.txn.TransactionState.Ongoing;
import dev.millrace.engine.coordinator.txn.TransactionState.Prepared;
import dev.millrace.engine.env.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Aborts transactions that are open for longer than their producers said (T5): all of them are looked through at intervals.
///
/// When one began is a time of the wall clock of the broker that coordinated it then. Where that is still to come by this one's (clocks
/// differ, or somebody has set one), it counts from when it was first seen here, by the clock that nobody sets.
final class TransactionTimeouts {
    private static final Object CHECK = "transaction time-outs";
    private static final Logger LOG = LoggerFactory.getLogger(TransactionTimeouts.class);

    private final TransactionShard shard;
    private final ShardHost<TransactionRecord> host;
    private final Fencing fencing;
    private final NewProducerIds producerIds;
    private final Clock clock;
    private final int intervalMs;

    /// Those that began in the future when they were first seen, by transactional id; as of the last check.
    private Map<String, Sight> fromTheFuture = Map.of();

    private record Abort(String transactionalId) {}

    /// @param startMs which of the producer's transactions it was
    /// @param firstMs of the monotonic clock
    private record Sight(long startMs, long firstMs) {}

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
        var seen = new HashMap<String, Sight>();
        var over = new ArrayList<String>();
        for (Transaction transaction : shard.all()) {
            if (transaction.state() instanceof Ongoing ongoing) {
                Sight first = firstSight(transaction.id(), ongoing);
                if (first != null) {
                    seen.put(transaction.id(), first);
                }
                if (isOpenForTooLong(ongoing, first)) {
                    over.add(transaction.id());
                }
            }
        }
        return Decision.answer(
                true,
                () -> {
                    fromTheFuture = seen;
                    over.forEach(id -> host.schedule(new Abort(id), 0, () -> abort(id, null)));
                    schedule();
                });
    }

    /// Null where nobody has seen its beginning in the future.
    private @Nullable Sight firstSight(String id, Ongoing ongoing) {
        Sight before = fromTheFuture.get(id);
        if (before != null && before.startMs == ongoing.startMs()) {
            return before;
        }
        return ongoing.startMs() > clock.wallMs()
                ? new Sight(ongoing.startMs(), clock.monotonicMs())
                : null;
    }

    private boolean isOpenForTooLong(Ongoing ongoing, @Nullable Sight first) {
        return ongoing.mayNotBeOpenFor(clock.wallMs() - ongoing.startMs())
                || (first != null && ongoing.mayNotBeOpenFor(clock.monotonicMs() - first.firstMs));
    }

    private @Nullable Ongoing timedOut(@Nullable Transaction transaction) {
        return transaction != null
                        && transaction.state() instanceof Ongoing ongoing
                        && isOpenForTooLong(ongoing, firstSight(transaction.id(), ongoing))
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
