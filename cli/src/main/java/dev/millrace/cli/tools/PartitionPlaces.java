package dev.millrace.cli.tools;

import static dev.millrace.cli.cluster.Connection.await;

import dev.millrace.cli.cluster.CommandFailed;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionReplica;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/// Where partitions lie now.
record PartitionPlaces(Admin admin) {
    /// The brokers that are there.
    Collection<Node> brokers() {
        return await(admin.describeCluster().nodes());
    }

    /// Refuses brokers that are not there.
    void require(Collection<List<Integer>> replicas) {
        List<Integer> there = brokers().stream().map(Node::id).toList();
        replicas.stream()
                .flatMap(List::stream)
                .filter(id -> !there.contains(id))
                .findFirst()
                .ifPresent(id -> {
                    throw CommandFailed.because("Unknown broker id " + id);
                });
    }

    /// Topics by name; one that is not there is refused.
    SortedMap<String, TopicDescription> topics(Collection<String> names) {
        var described = new TreeMap<String, TopicDescription>();
        admin.describeTopics(names)
                .topicNameValues()
                .forEach((name, answer) -> {
                    try {
                        described.put(name, await(answer));
                    } catch (UnknownTopicOrPartitionException missing) {
                        throw CommandFailed.because("Topic " + name + " not found.");
                    }
                });
        return described;
    }

    static SortedMap<TopicPartition, List<Integer>> replicas(Collection<TopicDescription> topics) {
        var replicas = new TreeMap<TopicPartition, List<Integer>>(KafkaDeleteRecords::compare);
        for (TopicDescription topic : topics) {
            topic.partitions()
                    .forEach(each ->
                            replicas.put(
                                    new TopicPartition(topic.name(), each.partition()),
                                    each.replicas().stream().map(Node::id).toList()));
        }
        return replicas;
    }

    /// The replicas of the file's partitions; one that is not there is refused.
    SortedMap<TopicPartition, List<Integer>> of(ReassignmentFile file) {
        var now = replicas(topics(file.topics()).values());
        var missing = new ArrayList<>(file.replicas().keySet());
        missing.removeAll(now.keySet());
        if (!missing.isEmpty()) {
            throw CommandFailed.because(
                    "Unable to find partition: "
                            + missing.stream()
                                    .map(TopicPartition::toString)
                                    .collect(Collectors.joining(", ")));
        }
        now.keySet().retainAll(file.replicas().keySet());
        return now;
    }

    /// The log directories that replicas lie in, as far as their brokers are there and tell.
    Map<TopicPartitionReplica, String> directories(
            SortedMap<TopicPartition, List<Integer>> assignment) {
        List<Integer> there = brokers().stream().map(Node::id).toList();
        var replicas = new ArrayList<TopicPartitionReplica>();
        assignment.forEach((partition, ids) ->
                ids.stream()
                        .filter(there::contains)
                        .map(id ->
                                new TopicPartitionReplica(
                                        partition.topic(), partition.partition(), id))
                        .forEach(replicas::add));
        var directories = new HashMap<TopicPartitionReplica, String>();
        if (!replicas.isEmpty()) {
            await(admin.describeReplicaLogDirs(replicas).all())
                    .forEach((replica, info) -> {
                        String current = info.getCurrentReplicaLogDir();
                        if (current != null) {
                            directories.put(replica, current);
                        }
                    });
        }
        return directories;
    }
}
