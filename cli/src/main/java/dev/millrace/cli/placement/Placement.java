package dev.millrace.cli.placement;

import static dev.millrace.cli.cluster.Connection.await;

import dev.millrace.cli.cluster.ClusterView;
import dev.millrace.cli.cluster.TopicState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeLogDirsOptions;
import org.apache.kafka.clients.admin.LogDirDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.jspecify.annotations.Nullable;

/// Which broker holds what: all that a planner knows.
///
/// @param brokers by id
public record Placement(List<Site> brokers, List<Held> partitions) {
    /// A broker that has just gone away is not waited for.
    private static final DescribeLogDirsOptions QUICKLY =
            new DescribeLogDirsOptions().timeoutMs(5_000);

    /// A broker.
    ///
    /// @param spared whether it is being emptied
    /// @param cordoned whether all its log directories are (`cordoned.log.dirs`): no target of a move may name it
    public record Site(
            int id, @Nullable String rack, boolean up, boolean spared, boolean cordoned) {
        /// Replicas may be put there.
        boolean usable() {
            return mayLead() && !cordoned;
        }

        /// What it holds may be led from there.
        boolean mayLead() {
            return up && !spared;
        }
    }

    /// A partition.
    ///
    /// @param replicas where it is meant to lie, the preferred leader first: a move under way counts as done
    /// @param leader -1 for none
    /// @param moving whether a move is under way
    /// @param bytes of its largest replica
    public record Held(
            TopicPartition partition,
            List<Integer> replicas,
            int leader,
            List<Integer> inSync,
            boolean moving,
            long bytes) {}

    /// Asks the cluster.
    public static Placement of(Admin admin, ClusterView view) {
        List<Integer> up =
                view.brokers().stream().filter(node -> !node.isFenced()).map(Node::id).toList();
        Map<Integer, Map<String, LogDirDescription>> directories = directories(admin, up);
        List<Site> sites =
                view.brokers().stream()
                        .map(node -> site(node, directories.getOrDefault(node.id(), Map.of())))
                        .toList();
        Map<TopicPartition, Long> bytes = sizes(directories);
        var held = new ArrayList<Held>();
        for (TopicState topic : view.topics()) {
            for (TopicPartitionInfo partition : topic.description().partitions()) {
                var name = new TopicPartition(topic.name(), partition.partition());
                held.add(held(topic, partition, name, bytes.getOrDefault(name, 0L)));
            }
        }
        return new Placement(sites, held);
    }

    private static Held held(
            TopicState topic, TopicPartitionInfo partition, TopicPartition name, long bytes) {
        var moving = topic.reassignments().get(partition.partition());
        List<Integer> replicas = new ArrayList<>(TopicState.ids(partition.replicas()));
        if (moving != null) {
            replicas.removeAll(moving.removingReplicas());
        }
        return new Held(
                name,
                List.copyOf(replicas),
                TopicState.unavailable(partition) ? -1 : partition.leader().id(),
                TopicState.ids(partition.isr()),
                moving != null,
                bytes);
    }

    private static Site site(Node node, Map<String, LogDirDescription> directories) {
        List<LogDirDescription> served =
                directories.values().stream().filter(each -> each.error() == null).toList();
        boolean cordoned =
                !served.isEmpty() && served.stream().allMatch(LogDirDescription::isCordoned);
        return new Site(node.id(), node.rack(), !node.isFenced(), false, cordoned);
    }

    /// A broker that does not answer tells of nothing: others hold the same.
    private static Map<Integer, Map<String, LogDirDescription>> directories(
            Admin admin, List<Integer> brokers) {
        var directories = new HashMap<Integer, Map<String, LogDirDescription>>();
        admin.describeLogDirs(brokers, QUICKLY)
                .descriptions()
                .forEach((id, answer) -> {
                    try {
                        directories.put(id, await(answer));
                    } catch (KafkaException unknown) {
                        // as said above
                    }
                });
        return directories;
    }

    private static Map<TopicPartition, Long> sizes(
            Map<Integer, Map<String, LogDirDescription>> directories) {
        var sizes = new HashMap<TopicPartition, Long>();
        for (Map<String, LogDirDescription> ofBroker : directories.values()) {
            for (LogDirDescription directory : ofBroker.values()) {
                directory
                        .replicaInfos()
                        .forEach((name, info) -> sizes.merge(name, info.size(), Math::max));
            }
        }
        return sizes;
    }

    /// How many bytes each broker is meant to hold.
    public Map<Integer, Long> bytes() {
        var bytes = new TreeMap<Integer, Long>();
        brokers.forEach(site -> bytes.put(site.id(), 0L));
        for (Held held : partitions) {
            held.replicas().forEach(id -> bytes.merge(id, held.bytes(), Long::sum));
        }
        return bytes;
    }

    /// How many racks these brokers stand in; brokers without a rack stand alone.
    int racks(List<Integer> ids) {
        Set<String> racks = new HashSet<>();
        for (int id : ids) {
            racks.add(rackOf(id));
        }
        return racks.size();
    }

    private String rackOf(int id) {
        return brokers.stream()
                .filter(site -> site.id() == id && site.rack() != null)
                .map(site -> "rack " + site.rack())
                .findFirst()
                .orElse("broker " + id);
    }

    /// The same, but that nothing is to be put on some brokers.
    public Placement sparing(Set<Integer> ids) {
        return new Placement(
                brokers.stream()
                        .map(site ->
                                new Site(
                                        site.id(),
                                        site.rack(),
                                        site.up(),
                                        site.spared() || ids.contains(site.id()),
                                        site.cordoned()))
                        .toList(),
                partitions);
    }

    /// A broker among these that no target of a move may name; null when there is none.
    @Nullable Integer cordoned(List<Integer> replicas) {
        return brokers.stream()
                .filter(site -> site.cordoned() && replicas.contains(site.id()))
                .map(Site::id)
                .findFirst()
                .orElse(null);
    }

    List<Integer> usable() {
        return brokers.stream().filter(Site::usable).map(Site::id).toList();
    }
}
