package dev.millrace.engine.api;

import dev.millrace.engine.coordinator.group.Groups;
import dev.millrace.engine.env.Timers;
import dev.millrace.engine.log.TransactionMarker;
import dev.millrace.engine.replica.Partition;
import dev.millrace.engine.replica.Replicas;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;

/// Writes the markers of transactions that have ended into the partitions that this broker leads: for the coordinators of other brokers
/// and for its own.
///
/// **Owner.** Immutable; any thread, holding no turn.
public final class TransactionMarkers {
    private final Replicas replicas;
    private final Groups groups;
    private final Timers timers;
    private final long timeoutMs;

    /// @param timeoutMs how long a marker may take to be committed (`request.timeout.ms`)
    public TransactionMarkers(Replicas replicas, Groups groups, Timers timers, long timeoutMs) {
        this.replicas = replicas;
        this.groups = groups;
        this.timers = timers;
        this.timeoutMs = timeoutMs;
    }

    /// Completes with `NONE` when the marker is committed, as acks=all promises, else with why it is not; never fails. A marker may
    /// be written again after any error: of several the first one counts.
    public CompletionStage<Errors> append(TopicPartition name, TransactionMarker marker) {
        if (!marker.namesAProducer()) {
            return done(Errors.INVALID_REQUEST);
        }
        Partition partition = replicas.byName(name.topic(), name.partition()).partition();
        if (partition == null) {
            return done(Errors.UNKNOWN_TOPIC_OR_PARTITION);
        }
        return name.topic().equals(Groups.TOPIC)
                ? groups.completeTransaction(name.partition(), marker)
                        .thenApply(TransactionMarkers::asOfPartition)
                : append(partition, marker);
    }

    private CompletionStage<Errors> append(Partition partition, TransactionMarker marker) {
        var committed = partition.appendAwaited(marker).committed();
        return committed.isDone() ? committed : inTime(committed);
    }

    private CompletionStage<Errors> inTime(CompletableFuture<Errors> committed) {
        Timers.Timer timeout =
                timers.schedule(timeoutMs, () -> committed.complete(Errors.REQUEST_TIMED_OUT));
        return committed.whenComplete((_, _) -> timeout.cancel());
    }

    /// A coordinator of transactions does not know that a partition has a coordinator of its own.
    private static Errors asOfPartition(Errors error) {
        return switch (error) {
            case COORDINATOR_NOT_AVAILABLE, COORDINATOR_LOAD_IN_PROGRESS, NOT_COORDINATOR ->
                    Errors.NOT_LEADER_OR_FOLLOWER;
            default -> error;
        };
    }

    private static CompletionStage<Errors> done(Errors error) {
        return CompletableFuture.completedFuture(error);
    }
}
