package dev.millrace.engine.metadata;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.InvalidReplicaAssignmentException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.jspecify.annotations.Nullable;

/// What new partitions look like, whether the client placed their replicas or we did.
final class NewPartitions {
    private NewPartitions() {}

    /// @param expected the number of replicas that the topic's other partitions have; -1 for any
    /// @throws InvalidReplicaAssignmentException with Kafka's sentence
    static void checkManual(ClusterImage cluster, List<Integer> replicas, int expected) {
        checkManual(cluster, replicas, List.of(), expected);
    }

    /// @param held brokers that need not take anything new for it
    static void checkManual(
            ClusterImage cluster, List<Integer> replicas, List<Integer> held, int expected) {
        if (replicas.isEmpty()) {
            throw new InvalidReplicaAssignmentException(
                    "The manual partition assignment includes an empty replica list.");
        }
        var sorted = new TreeSet<Integer>();
        for (int replica : replicas.stream().sorted().toList()) {
            @Nullable BrokerImage broker = cluster.broker(replica);
            if (broker == null) {
                throw new InvalidReplicaAssignmentException(
                        "The manual partition assignment includes broker "
                                + replica
                                + ", but no such broker is registered.");
            }
            if (broker.cordonedWhole() && !held.contains(replica)) {
                throw new InvalidReplicaAssignmentException(
                        "The manual partition assignment includes broker "
                                + replica
                                + ", but all its log directories are cordoned.");
            }
            if (!sorted.add(replica)) {
                throw new InvalidReplicaAssignmentException(
                        "The manual partition assignment includes the broker "
                                + replica
                                + " more than once.");
            }
        }
        if (expected != -1 && replicas.size() != expected) {
            throw new InvalidReplicaAssignmentException(
                    "The manual partition assignment includes a partition with "
                            + replicas.size()
                            + " replica(s), but this is not consistent with previous partitions, which have "
                            + expected
                            + " replica(s).");
        }
    }

    /// Those of the replicas that can serve now: the first in-sync set.
    static List<Integer> active(ClusterImage cluster, List<Integer> replicas) {
        var active = new ArrayList<Integer>();
        for (int replica : replicas) {
            @Nullable BrokerImage broker = cluster.broker(replica);
            if (broker != null && broker.active()) {
                active.add(replica);
            }
        }
        return List.copyOf(active);
    }

    /// The log directory of each replica: the broker's only one, or the broker says later.
    static List<Uuid> directories(ClusterImage cluster, List<Integer> replicas) {
        var directories = new ArrayList<Uuid>();
        for (int replica : replicas) {
            @Nullable BrokerImage broker = cluster.broker(replica);
            directories.add(
                    broker != null && broker.directories().size() == 1
                            ? broker.directories().getFirst()
                            : Directories.UNASSIGNED);
        }
        return List.copyOf(directories);
    }

    /// Places the replicas of partitions `first` to `first + count - 1`.
    ///
    /// @throws InvalidReplicationFactorException with Kafka's sentence
    static List<PartitionImage> place(
            ClusterImage cluster, String topic, int first, int count, short replicationFactor) {
        String prefix = "Unable to replicate the partition " + replicationFactor + " time(s): ";
        var partitions = new ArrayList<PartitionImage>(count);
        try {
            for (List<Integer> replicas :
                    Placement.place(cluster, topic.hashCode(), first, count, replicationFactor)) {
                List<Integer> isr = active(cluster, replicas);
                if (isr.isEmpty()) {
                    throw new InvalidReplicationFactorException(
                            "All brokers are currently fenced or in controlled shutdown.");
                }
                partitions.add(of(cluster, replicas, isr));
            }
        } catch (InvalidReplicationFactorException tooFew) {
            throw new InvalidReplicationFactorException(prefix + tooFew.getMessage());
        }
        return partitions;
    }

    static PartitionImage of(ClusterImage cluster, List<Integer> replicas, List<Integer> isr) {
        return new PartitionImage(
                List.copyOf(replicas),
                directories(cluster, replicas),
                isr,
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                isr.getFirst(),
                0,
                0,
                false);
    }
}
