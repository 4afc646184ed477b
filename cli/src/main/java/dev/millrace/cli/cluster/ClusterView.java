package dev.millrace.cli.cluster;

import static dev.millrace.cli.cluster.Connection.await;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.clients.admin.QuorumInfo;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.jspecify.annotations.Nullable;

/// A cluster at one look: its brokers, its quorum, and every partition.
///
/// @param brokers by id; fenced ones too
/// @param quorum null when the cluster does not tell
public record ClusterView(
        String clusterId,
        List<Node> brokers,
        @Nullable QuorumInfo quorum,
        List<TopicState> topics) {
    /// Asks. The answers are of different moments: what moves meanwhile may be seen twice or half.
    public static ClusterView of(Admin admin) {
        return new ClusterView(
                await(admin.describeCluster().clusterId()),
                brokers(admin),
                quorum(admin),
                new Topics(admin).describeAll());
    }

    /// All that are registered, fenced ones too where the cluster tells of them; by id.
    public static List<Node> brokers(Admin admin) {
        List<Node> nodes;
        try {
            var options = new DescribeClusterOptions().includeFencedBrokers(true);
            nodes = new ArrayList<>(await(admin.describeCluster(options).nodes()));
        } catch (UnsupportedVersionException older) {
            nodes = new ArrayList<>(await(admin.describeCluster().nodes()));
        }
        nodes.sort(Comparator.comparingInt(Node::id));
        return nodes;
    }

    private static @Nullable QuorumInfo quorum(Admin admin) {
        try {
            return await(admin.describeMetadataQuorum().quorumInfo());
        } catch (UnsupportedVersionException older) {
            return null;
        }
    }

    /// How many partitions each broker leads; 0 for those that lead none.
    public Map<Integer, Integer> leaders() {
        return count(partition ->
                TopicState.unavailable(partition)
                        ? List.of()
                        : TopicState.ids(List.of(partition.leader())));
    }

    /// How many replicas each broker has.
    public Map<Integer, Integer> replicas() {
        return count(partition -> TopicState.ids(partition.replicas()));
    }

    private Map<Integer, Integer> count(
            java.util.function.Function<TopicPartitionInfo, List<Integer>> where) {
        var counts = new TreeMap<Integer, Integer>();
        brokers.forEach(broker -> counts.put(broker.id(), 0));
        for (TopicState topic : topics) {
            for (TopicPartitionInfo partition : topic.description().partitions()) {
                where.apply(partition).forEach(id -> counts.merge(id, 1, Integer::sum));
            }
        }
        return counts;
    }

    /// Names of the partitions for which something holds, `topic-0` and so on.
    private List<String> names(Predicate<Seen> what) {
        var names = new ArrayList<String>();
        for (TopicState topic : topics) {
            for (TopicPartitionInfo partition : topic.description().partitions()) {
                if (what.test(new Seen(topic, partition))) {
                    names.add(topic.name() + "-" + partition.partition());
                }
            }
        }
        return names;
    }

    private record Seen(TopicState topic, TopicPartitionInfo partition) {}

    /// Those without a leader.
    public List<String> offline() {
        return names(seen -> TopicState.unavailable(seen.partition()));
    }

    /// Those with fewer replicas in sync than they should have.
    public List<String> underReplicated() {
        return names(seen -> seen.topic().underReplicated(seen.partition()));
    }

    /// Those that refuse writes with acks=all.
    public List<String> underMinIsr() {
        return names(seen -> seen.topic().underMinIsr(seen.partition()));
    }

    /// Those on their way to other brokers.
    public List<String> moving() {
        return names(
                seen -> seen.topic().reassignments().containsKey(seen.partition().partition()));
    }

    /// How many partitions there are.
    public int partitions() {
        return topics.stream().mapToInt(t -> t.description().partitions().size()).sum();
    }
}
