package dev.millrace.engine.metadata;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData.ReassignablePartition;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.jspecify.annotations.Nullable;

/// Moves of partitions between brokers (KIP-455). A move that only drops or reorders replicas is done at once; one that
/// adds replicas is begun here, and ends when they are in sync.
public final class ReassignmentDecisions {
    private ReassignmentDecisions() {}

    /// Begins, replaces or cancels (no replicas named) the move of one partition.
    ///
    /// @param mayChangeFactor false: a target with another number of replicas is refused (KIP-860)
    /// @param records takes the record of the change, when there is one
    public static ApiError alter(
            MetadataImage image,
            String topicName,
            ReassignablePartition target,
            boolean mayChangeFactor,
            List<ApiMessageAndVersion> records) {
        @Nullable TopicImage topic = image.topics().byName(topicName);
        int index = target.partitionIndex();
        if (topic == null || index < 0 || index >= topic.partitions().size()) {
            return new ApiError(
                    Errors.UNKNOWN_TOPIC_OR_PARTITION,
                    topic == null
                            ? "Unable to find a topic named " + topicName + "."
                            : "Unable to find partition " + topicName + ":" + index + ".");
        }
        PartitionImage now = topic.partitions().get(index);
        var change = PartitionDecisions.change(image, topic.id(), index);
        try {
            if (target.replicas() == null) {
                ApiError refusal = cancel(image, now, change);
                if (refusal.isFailure()) {
                    return refusal;
                }
            } else {
                NewPartitions.checkManual(image.cluster(), target.replicas(), -1);
                checkFactor(now, target.replicas().size(), mayChangeFactor);
                if (!begin(image, now, target.replicas(), change)) {
                    return ApiError.NONE;
                }
            }
        } catch (ApiException refusal) {
            return ApiError.fromThrowable(refusal);
        }
        records.add(change.record());
        return ApiError.NONE;
    }

    /// True while replicas are being added or removed.
    public static boolean moving(PartitionImage partition) {
        return !partition.adding().isEmpty() || !partition.removing().isEmpty();
    }

    /// What the partition had before the move began.
    private static List<Integer> before(PartitionImage now) {
        return minus(now.replicas(), now.adding());
    }

    private static void checkFactor(PartitionImage now, int target, boolean mayChangeFactor) {
        int factor = before(now).size();
        if (!mayChangeFactor && target != factor) {
            throw new InvalidReplicationFactorException(
                    "The replication factor is changed from " + factor + " to " + target);
        }
    }

    private static boolean begin(
            MetadataImage image,
            PartitionImage now,
            List<Integer> target,
            PartitionDecisions.Change change) {
        List<Integer> adding = minus(target, before(now));
        List<Integer> removing = minus(before(now), target);
        List<Integer> replicas =
                adding.stream().allMatch(now.isr()::contains) && !target.isEmpty()
                        ? target
                        : plus(target, removing);
        boolean done = replicas.size() == target.size();
        if (done && target.equals(now.replicas()) && !moving(now)) {
            return false;
        }
        change.replicas(replicas, directories(image, now, replicas))
                .moving(done ? List.of() : adding, done ? List.of() : removing);
        settle(image, now, replicas, change);
        return true;
    }

    private static ApiError cancel(
            MetadataImage image, PartitionImage now, PartitionDecisions.Change change) {
        if (!moving(now)) {
            return new ApiError(Errors.NO_REASSIGNMENT_IN_PROGRESS, null);
        }
        List<Integer> replicas = before(now);
        change.replicas(replicas, directories(image, now, replicas)).moving(List.of(), List.of());
        settle(image, now, replicas, change);
        return ApiError.NONE;
    }

    /// Keeps the in-sync set within the replicas (R2) and the leader within the in-sync set.
    private static void settle(
            MetadataImage image,
            PartitionImage now,
            List<Integer> replicas,
            PartitionDecisions.Change change) {
        List<Integer> isr = now.isr().stream().filter(replicas::contains).toList();
        if (isr.isEmpty()) {
            throw Errors.INVALID_REPLICA_ASSIGNMENT.exception(
                    "None of the replicas that remain is in sync.");
        }
        if (!isr.equals(now.isr())) {
            change.isr(isr);
        }
        if (now.hasLeader() && !isr.contains(now.leader())) {
            change.leader(
                    replicas.stream()
                            .filter(id -> isr.contains(id) && PartitionDecisions.active(image, id))
                            .findFirst()
                            .orElse(PartitionImage.NO_LEADER));
        }
    }

    private static List<Uuid> directories(
            MetadataImage image, PartitionImage now, List<Integer> replicas) {
        List<Uuid> fresh = NewPartitions.directories(image.cluster(), replicas);
        var directories = new ArrayList<Uuid>();
        for (int i = 0; i < replicas.size(); i++) {
            int old = now.replicas().indexOf(replicas.get(i));
            directories.add(old < 0 ? fresh.get(i) : now.directories().get(old));
        }
        return directories;
    }

    private static List<Integer> minus(List<Integer> all, List<Integer> without) {
        return all.stream().filter(id -> !without.contains(id)).toList();
    }

    private static List<Integer> plus(List<Integer> first, List<Integer> second) {
        var all = new ArrayList<>(first);
        all.addAll(second);
        return List.copyOf(all);
    }
}
