package dev.millrace.cli.tools;

import static dev.millrace.cli.cluster.Connection.await;

import dev.millrace.cli.Terminal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.PartitionReassignment;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;

/// The throttles of `kafka-reassign-partitions`: set when a reassignment is begun, taken away by `--verify` or `--cancel` once all is done.
///
/// As Kafka's tool does it, whose habits people's scripts rely on: the list of a topic is written anew, and what is taken away is taken
/// from all brokers. `millrace cluster` ([dev.millrace.cli.placement.Throttle]) takes away what it set itself.
record ReassignmentThrottle(Admin admin, Terminal terminal) {
    private static final String LEADER_RATE = "leader.replication.throttled.rate";
    private static final String FOLLOWER_RATE = "follower.replication.throttled.rate";
    private static final String DIRECTORY_RATE = "replica.alter.log.dirs.io.max.bytes.per.second";
    private static final String LEADER_REPLICAS = "leader.replication.throttled.replicas";
    private static final String FOLLOWER_REPLICAS = "follower.replication.throttled.replicas";

    /// One partition's move: who sends, and who gets a copy.
    record Copy(Set<Integer> from, Set<Integer> to) {}

    /// What moves already, and what is to: a partition that moves already is sent by those that held it before.
    static SortedMap<TopicPartition, Copy> copies(
            Map<TopicPartition, PartitionReassignment> underWay,
            Map<TopicPartition, List<Integer>> wanted,
            Map<TopicPartition, List<Integer>> now) {
        var copies = new TreeMap<TopicPartition, Copy>(KafkaDeleteRecords::compare);
        underWay.forEach((partition, move) -> {
            var from = new TreeSet<>(move.replicas());
            move.addingReplicas().forEach(from::remove);
            copies.put(partition, new Copy(from, new TreeSet<>(move.addingReplicas())));
        });
        wanted.forEach((partition, replicas) -> {
            Copy moving = copies.get(partition);
            Set<Integer> from =
                    moving != null
                            ? moving.from()
                            : new TreeSet<>(now.getOrDefault(partition, List.of()));
            var to = new TreeSet<>(replicas);
            to.removeAll(from);
            copies.put(partition, new Copy(from, to));
        });
        return copies;
    }

    /// Which settings keep these below a rate, by resource.
    static Map<ConfigResource, Map<String, String>> settings(
            Map<TopicPartition, Copy> copies, long bytesPerSecond) {
        var senders = new TreeMap<String, Set<String>>();
        var receivers = new TreeMap<String, Set<String>>();
        var brokers = new TreeSet<Integer>();
        copies.forEach((partition, copy) -> {
            add(senders, partition, copy.from());
            add(receivers, partition, copy.to());
            brokers.addAll(copy.from());
            brokers.addAll(copy.to());
        });
        var settings = new HashMap<ConfigResource, Map<String, String>>();
        senders.forEach((topic, from) ->
                settings.put(
                        new ConfigResource(ConfigResource.Type.TOPIC, topic),
                        Map.of(
                                LEADER_REPLICAS,
                                String.join(",", from),
                                FOLLOWER_REPLICAS,
                                String.join(",", receivers.getOrDefault(topic, Set.of())))));
        String rate = Long.toString(bytesPerSecond);
        brokers.forEach(
                id -> settings.put(broker(id), Map.of(LEADER_RATE, rate, FOLLOWER_RATE, rate)));
        return settings;
    }

    private static void add(
            Map<String, Set<String>> all, TopicPartition partition, Set<Integer> brokers) {
        Set<String> of = all.computeIfAbsent(partition.topic(), _ -> new TreeSet<>());
        brokers.forEach(broker -> of.add(partition.partition() + ":" + broker));
    }

    private static ConfigResource broker(int id) {
        return new ConfigResource(ConfigResource.Type.BROKER, Integer.toString(id));
    }

    void betweenBrokers(Map<TopicPartition, Copy> copies, long bytesPerSecond) {
        set(settings(copies, bytesPerSecond));
        terminal.line("The inter-broker throttle limit was set to " + bytesPerSecond + " B/s");
    }

    void betweenDirectories(Collection<Integer> brokers, long bytesPerSecond) {
        var settings = new HashMap<ConfigResource, Map<String, String>>();
        String rate = Long.toString(bytesPerSecond);
        brokers.forEach(id -> settings.put(broker(id), Map.of(DIRECTORY_RATE, rate)));
        set(settings);
        terminal.line("The replica-alter-dir throttle limit was set to " + bytesPerSecond + " B/s");
    }

    private void set(Map<ConfigResource, Map<String, String>> settings) {
        var changes = new HashMap<ConfigResource, Collection<AlterConfigOp>>();
        settings.forEach((resource, values) -> {
            var ops = new ArrayList<AlterConfigOp>();
            values.forEach((key, value) ->
                    ops.add(
                            new AlterConfigOp(
                                    new ConfigEntry(key, value), AlterConfigOp.OpType.SET)));
            changes.put(resource, ops);
        });
        await(admin.incrementalAlterConfigs(changes).all());
    }

    /// Takes all throttles away: which brokers have sent is not known any more.
    void clear(ReassignmentFile file) {
        var brokers = new TreeSet<Integer>();
        await(admin.describeCluster().nodes()).forEach(node -> brokers.add(node.id()));
        file.targets().forEach(target -> brokers.addAll(target.replicas()));
        terminal.line(
                "Clearing broker-level throttles on broker%s %s"
                        .formatted(brokers.size() == 1 ? "" : "s", ReassignmentFile.text(brokers)));
        clear(
                brokers.stream().map(ReassignmentThrottle::broker).toList(),
                List.of(LEADER_RATE, FOLLOWER_RATE, DIRECTORY_RATE));
        Set<String> topics = file.topics();
        terminal.line(
                "Clearing topic-level throttles on topic%s %s"
                        .formatted(topics.size() == 1 ? "" : "s", String.join(",", topics)));
        clear(
                topics.stream()
                        .map(topic -> new ConfigResource(ConfigResource.Type.TOPIC, topic))
                        .toList(),
                List.of(LEADER_REPLICAS, FOLLOWER_REPLICAS));
    }

    private void clear(Collection<ConfigResource> resources, List<String> keys) {
        var changes = new HashMap<ConfigResource, Collection<AlterConfigOp>>();
        for (ConfigResource resource : new HashSet<>(resources)) {
            changes.put(
                    resource,
                    keys.stream()
                            .map(key ->
                                    new AlterConfigOp(
                                            new ConfigEntry(key, ""), AlterConfigOp.OpType.DELETE))
                            .toList());
        }
        await(admin.incrementalAlterConfigs(changes).all());
    }
}
