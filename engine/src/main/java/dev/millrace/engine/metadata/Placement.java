package dev.millrace.engine.metadata;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;

/// Where the replicas of new partitions go: a rotation over the brokers, the same on every node for the same image.
///
/// ```
/// brokers 1 2 3, two replicas:   partition 0: 1 2   1: 2 3   2: 3 1   3: 1 3   4: 2 1   5: 3 2   (the followers shift)
/// ```
/// Racks are not looked at.
final class Placement {
    private Placement() {}

    /// @param rotation where to begin, so that small topics do not all sit on the first broker
    /// @param first the index of the first new partition
    /// @return the replicas of each new partition, its preferred leader first
    /// @throws InvalidReplicationFactorException with Kafka's sentence, when there are too few brokers
    static List<List<Integer>> place(
            ClusterImage cluster, int rotation, int first, int count, short replicationFactor) {
        List<Integer> brokers = candidates(cluster, replicationFactor);
        var placed = new ArrayList<List<Integer>>(count);
        for (int partition = first; partition < first + count; partition++) {
            placed.add(replicas(brokers, rotation, partition, replicationFactor));
        }
        return placed;
    }

    /// Brokers that can serve now; only when they are too few also those that are registered and fenced, behind them.
    private static List<Integer> candidates(ClusterImage cluster, short replicationFactor) {
        var active = new ArrayList<Integer>();
        var fenced = new ArrayList<Integer>();
        for (BrokerImage broker : cluster.brokers().values()) {
            if (!broker.cordonedWhole()) {
                (broker.fenced() ? fenced : active).add(broker.id());
            }
        }
        if (replicationFactor > active.size() + fenced.size()) {
            throw new InvalidReplicationFactorException(
                    "The target replication factor of "
                            + replicationFactor
                            + " cannot be reached because only "
                            + (active.size() + fenced.size())
                            + " broker(s) are registered or some brokers have all their log directories cordoned.");
        }
        if (active.isEmpty()) {
            throw new InvalidReplicationFactorException("All brokers are currently fenced.");
        }
        if (active.size() < replicationFactor) {
            active.addAll(fenced.subList(0, replicationFactor - active.size()));
        }
        return active;
    }

    private static List<Integer> replicas(
            List<Integer> brokers, int rotation, int partition, short replicationFactor) {
        int size = brokers.size();
        int leader = Math.floorMod(rotation + partition, size);
        int shift = size == 1 ? 0 : Math.floorMod(partition / size, size - 1);
        var replicas = new ArrayList<Integer>(replicationFactor);
        replicas.add(brokers.get(leader));
        for (int i = 0; i < replicationFactor - 1; i++) {
            int step = 1 + (shift + i) % (size - 1);
            replicas.add(brokers.get((leader + step) % size));
        }
        return replicas;
    }
}
