package dev.millrace.engine.metadata;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData.ReassignablePartition;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.jspecify.annotations.Nullable;

/// Moves of partitions between brokers (KIP-455). A move is begun here, and done when everybody who is to hold the partition
/// is in sync: at once where that is so already, else by [InSyncDecisions].
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
        return alter(image, topicName, target, mayChangeFactor, _ -> List.of(), records);
    }

    /// The same for a move of the balancer: a broker that takes nothing new may keep what it has. (Kafka refuses to name it at all.)
    static ApiError balance(
            MetadataImage image,
            String topicName,
            ReassignablePartition target,
            List<ApiMessageAndVersion> records) {
        return alter(image, topicName, target, false, PartitionImage::replicas, records);
    }

    /// @param mayKeep brokers that may be named though they take nothing new
    private static ApiError alter(
            MetadataImage image,
            String topicName,
            ReassignablePartition target,
            boolean mayChangeFactor,
            Function<PartitionImage, List<Integer>> mayKeep,
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
        try {
            if (target.replicas() == null) {
                cancel(image, topic, index).addTo(records);
            } else {
                NewPartitions.checkManual(
                        image.cluster(), target.replicas(), mayKeep.apply(now), -1);
                checkFactor(now, target.replicas().size(), mayChangeFactor);
                begin(image, topic, index, target.replicas()).addTo(records);
            }
        } catch (ApiException refusal) {
            return ApiError.fromThrowable(refusal);
        }
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

    /// While a move is under way, what it leads to counts.
    private static void checkFactor(PartitionImage now, int target, boolean mayChangeFactor) {
        int factor = minus(now.replicas(), now.removing()).size();
        if (!mayChangeFactor && target != factor) {
            throw new InvalidReplicationFactorException(
                    "The replication factor is changed from " + factor + " to " + target);
        }
    }

    /// What a move before this one was adding stays until this one is done, too: it may be all that holds what is committed.
    private static PartitionChange begin(
            MetadataImage image, TopicImage topic, int index, List<Integer> target) {
        PartitionImage now = topic.partitions().get(index);
        List<Integer> adding = minus(target, before(now));
        List<Integer> removing = minus(now.replicas(), target);
        var replicas = new ArrayList<>(target);
        replicas.addAll(removing);
        return PartitionChange.of(image, topic, index).replicas(replicas, adding, removing);
    }

    /// What the move was adding goes at once. Where nobody is left who is in sync that may lose records.
    private static PartitionChange cancel(MetadataImage image, TopicImage topic, int index) {
        PartitionImage now = topic.partitions().get(index);
        if (!moving(now)) {
            throw Errors.NO_REASSIGNMENT_IN_PROGRESS.exception();
        }
        List<Integer> replicas = before(now);
        List<Integer> isr = now.isr().stream().filter(replicas::contains).toList();
        var change =
                PartitionChange.of(image, topic, index)
                        .isr(isr)
                        .replicas(replicas, List.of(), List.of());
        if (!isr.isEmpty()) {
            return change;
        }
        if (!TopicRules.uncleanElection(image, topic.name())) {
            throw Errors.INVALID_REPLICA_ASSIGNMENT.exception(
                    "Unable to revert partition assignment for "
                            + topic.name()
                            + ":"
                            + index
                            + " because it would require an unclean leader election.");
        }
        return change.elect(PartitionChange.Election.UNCLEAN);
    }

    private static List<Integer> minus(List<Integer> all, List<Integer> without) {
        return all.stream().filter(id -> !without.contains(id)).toList();
    }
}
