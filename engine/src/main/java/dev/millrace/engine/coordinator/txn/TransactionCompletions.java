package dev.millrace.engine.coordinator.txn;

import dev.millrace.engine.coordinator.Decision;
import dev.millrace.engine.coordinator.ShardHost;
import dev.millrace.engine.coordinator.txn.Markers.Fate;
import dev.millrace.engine.coordinator.txn.TransactionState.Prepared;
import dev.millrace.engine.env.Clock;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Carries out what was decided: the decision is committed, then every partition gets its marker, then the transaction is complete.
///
/// ```
///   begin ──committed──> markers to all partitions ──all told──> Completed, written without hurry ──> who waited for it
///                             '── unknown: once more, after a while
/// ```
/// Nobody hears of a completion that is not written yet, and one that is lost is found out by sending the markers again (T2): that is
/// why it asks for no flush of its own.
final class TransactionCompletions {
    /// Before a marker is sent again; doubled each time, up to [#MOST_RETRY_MS].
    static final long RETRY_MS = 20;

    static final long MOST_RETRY_MS = 1_000;

    private static final Logger LOG = LoggerFactory.getLogger(TransactionCompletions.class);

    private final ShardHost<TransactionRecord> host;
    private final Markers markers;
    private final Clock clock;

    TransactionCompletions(ShardHost<TransactionRecord> host, Markers markers, Clock clock) {
        this.host = host;
        this.markers = markers;
        this.clock = clock;
    }

    /// The transaction has just been decided, or the decision was found in the log. An effect. Anything but a decision is left alone.
    void begin(Transaction transaction) {
        if (transaction.state() instanceof Prepared prepared) {
            var delivery = new Delivery(transaction, prepared);
            host.onceCommitted(delivery::start);
        }
    }

    /// The markers of one transaction.
    private final class Delivery {
        private final Transaction transaction;
        private final Prepared prepared;
        private final Marker marker;

        /// Partitions of which nobody has said that they have their marker.
        private final Set<TopicPartition> missing;

        /// Those of the missing that are to be tried again; the others are under way.
        private final Set<TopicPartition> again = new LinkedHashSet<>();

        private long retryMs = RETRY_MS;
        private boolean over;

        private record Retry(Delivery delivery) {}

        private record Told(Delivery delivery, TopicPartition partition) {}

        Delivery(Transaction transaction, Prepared prepared) {
            this.transaction = transaction;
            this.prepared = prepared;
            this.missing = new LinkedHashSet<>(prepared.partitions());
            this.marker =
                    new Marker(
                            prepared.producer().id(),
                            prepared.producer().epoch(),
                            host.leaderEpoch(),
                            prepared.result(),
                            prepared.version().featureLevel());
        }

        Decision<TransactionRecord, Boolean> start() {
            return missing.isEmpty()
                    ? complete()
                    : Decision.answer(true, () -> send(List.copyOf(missing)));
        }

        private void send(List<TopicPartition> partitions) {
            host.outside(() ->
                    markers.send(
                            marker,
                            partitions,
                            (partition, fate) ->
                                    host.decide(
                                            new Told(this, partition),
                                            () -> told(partition, fate))));
        }

        private Decision<TransactionRecord, Boolean> told(TopicPartition partition, Fate fate) {
            boolean isLast = missing.isEmpty() || missing.equals(Set.of(partition));
            if (over) {
                return Decision.answer(true);
            }
            return switch (fate) {
                case UNKNOWN -> Decision.answer(true, () -> tryAgain(partition));
                case WRITTEN, GONE, OVERTAKEN ->
                        isLast
                                ? complete()
                                : Decision.answer(true, () -> missing.remove(partition));
            };
        }

        private void tryAgain(TopicPartition partition) {
            if (missing.contains(partition) && again.add(partition) && again.size() == 1) {
                host.schedule(new Retry(this), retryMs, this::retry);
                retryMs = Math.min(MOST_RETRY_MS, 2 * retryMs);
            }
        }

        private Decision<TransactionRecord, Boolean> retry() {
            return Decision.answer(
                    true,
                    () -> {
                        List<TopicPartition> partitions = List.copyOf(again);
                        again.clear();
                        LOG.debug("{}: {} once more to {}", transaction.id(), marker, partitions);
                        send(partitions);
                    });
        }

        private Decision<TransactionRecord, Boolean> complete() {
            var completed = prepared.completed(clock.wallMs());
            return Decision.writeUnhurried(
                    List.of(new TransactionRecord.Stored(transaction.id(), completed)),
                    true,
                    () -> {
                        over = true;
                        transaction.wakeAll();
                    });
        }
    }
}
