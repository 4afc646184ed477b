package dev.millrace.engine.metadata;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.jspecify.annotations.Nullable;

/// Where the replicas of new partitions go: a rotation over the brokers, the same on every node for the same image.
///
/// ```
/// brokers 1 2 3, two replicas:   partition 0: 1 2   1: 2 3   2: 3 1   3: 1 3   4: 2 1   5: 3 2   (the followers shift)
/// racks a: 1 2, b: 3 4           partition 0: 1 3   1: 3 1   2: 2 4   3: 4 2   4: 1 4   5: 3 2
/// ```
/// - The first replica, the preferred leader, is on a broker that serves; leaders go round all of those, rack by rack.
/// - The replicas go round the racks, so that no rack has a second one before each has one (KIP-36); brokers without a rack are
///   one rack.
/// - Within a rack those that serve come first, fenced ones last. A broker that stops, or whose directories are all cordoned,
///   gets nothing.
final class Placement {
    private final List<Rack> racks;

    /// Those that serve, one of each rack in turn.
    private final List<Place> leaders = new ArrayList<>();

    private Placement(List<Rack> racks) {
        this.racks = racks;
        int largest = racks.stream().mapToInt(rack -> rack.active.size()).max().orElse(0);
        for (int member = 0; member < largest; member++) {
            for (int rack = 0; rack < racks.size(); rack++) {
                if (member < racks.get(rack).active.size()) {
                    leaders.add(new Place(rack, member));
                }
            }
        }
    }

    private record Rack(List<Integer> active, List<Integer> fenced) {}

    /// One broker that serves.
    private record Place(int rack, int member) {}

    /// @param rotation where to begin, so that small topics do not all sit on the first broker
    /// @param first the index of the first new partition
    /// @return the replicas of each new partition, its preferred leader first
    /// @throws InvalidReplicationFactorException with Kafka's sentence, when there are too few brokers
    static List<List<Integer>> place(
            ClusterImage cluster, int rotation, int first, int count, short replicationFactor) {
        var placement = new Placement(racks(cluster, replicationFactor));
        var placed = new ArrayList<List<Integer>>(count);
        for (int partition = first; partition < first + count; partition++) {
            placed.add(placement.replicas(rotation, partition, replicationFactor));
        }
        return placed;
    }

    private static List<Rack> racks(ClusterImage cluster, short replicationFactor) {
        Comparator<@Nullable String> byName = Comparator.nullsFirst(Comparator.naturalOrder());
        var racks = new TreeMap<@Nullable String, Rack>(byName);
        int usable = 0;
        int serving = 0;
        for (BrokerImage broker : cluster.brokers().values()) {
            // Who has stopped takes part as one that is fenced, and may come back; who is about to
            // stop does not.
            boolean stopping = broker.inControlledShutdown() && !broker.fenced();
            if (!broker.cordonedWhole() && !stopping) {
                Rack rack =
                        Objects.requireNonNull(
                                racks.computeIfAbsent(
                                        broker.rack(),
                                        _ -> new Rack(new ArrayList<>(), new ArrayList<>())));
                (broker.fenced() ? rack.fenced : rack.active).add(broker.id());
                usable++;
                serving += broker.fenced() ? 0 : 1;
            }
        }
        if (replicationFactor > usable) {
            throw new InvalidReplicationFactorException(
                    "The target replication factor of "
                            + replicationFactor
                            + " cannot be reached because only "
                            + usable
                            + " broker(s) are registered or some brokers have all their log directories cordoned.");
        }
        if (serving == 0) {
            throw new InvalidReplicationFactorException("All brokers are currently fenced.");
        }
        return List.copyOf(racks.values());
    }

    private List<Integer> replicas(int rotation, int partition, short replicationFactor) {
        Place leader = leaders.get(Math.floorMod(rotation + partition, leaders.size()));
        int shift = partition / leaders.size();
        var orders = new ArrayList<List<Integer>>();
        for (int i = 0; i < racks.size(); i++) {
            int rack = (leader.rack + i) % racks.size();
            orders.add(order(racks.get(rack), leader, rack == leader.rack, shift));
        }
        var replicas = new ArrayList<Integer>(replicationFactor);
        for (int round = 0; replicas.size() < replicationFactor; round++) {
            for (List<Integer> order : orders) {
                if (round < order.size() && replicas.size() < replicationFactor) {
                    replicas.add(order.get(round));
                }
            }
        }
        return replicas;
    }

    /// In which order a rack's brokers are taken: in the leader's rack the leader and those behind it, elsewhere from the same
    /// place on; one place further each time that all have led.
    private static List<Integer> order(Rack rack, Place leader, boolean leaders, int shift) {
        var order = new ArrayList<Integer>();
        int size = rack.active.size();
        if (leaders) {
            order.add(rack.active.get(leader.member));
            for (int i = 0; i < size - 1; i++) {
                int step = 1 + Math.floorMod(shift + i, size - 1);
                order.add(rack.active.get((leader.member + step) % size));
            }
        } else {
            for (int i = 0; i < size; i++) {
                order.add(rack.active.get(Math.floorMod(leader.member + shift + i, size)));
            }
        }
        for (int i = 0; i < rack.fenced.size(); i++) {
            order.add(
                    rack.fenced.get(Math.floorMod(leader.member + shift + i, rack.fenced.size())));
        }
        return order;
    }
}
