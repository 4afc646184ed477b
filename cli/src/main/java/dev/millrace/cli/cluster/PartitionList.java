package dev.millrace.cli.cluster;

import static dev.millrace.cli.cluster.Connection.await;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/// A topic, or some of its partitions: `orders` or `orders:0,2`.
///
/// @param partitions empty for all
public record PartitionList(String topic, List<Integer> partitions) {
    /// Reads the form of `--topic` in kafka-consumer-groups.
    public static PartitionList parse(String text) {
        int colon = text.indexOf(':');
        if (colon < 0) {
            return new PartitionList(text, List.of());
        }
        if (colon == text.length() - 1 || text.indexOf(':', colon + 1) >= 0) {
            throw CommandFailed.usage(
                    "Invalid topic arg '" + text + "', expected topic name and partitions");
        }
        var partitions = new ArrayList<Integer>();
        for (String number : text.substring(colon + 1).split(",", -1)) {
            try {
                partitions.add(Integer.valueOf(number));
            } catch (NumberFormatException wrong) {
                throw CommandFailed.usage(
                        "Invalid partition '" + number + "' specified in topic arg '" + text + "'");
            }
        }
        return new PartitionList(text.substring(0, colon), List.copyOf(partitions));
    }

    /// The partitions meant; the cluster is asked when all are.
    public List<TopicPartition> resolve(Admin admin) {
        var resolved = new ArrayList<TopicPartition>();
        if (partitions.isEmpty()) {
            var answer = admin.describeTopics(List.of(topic)).allTopicNames();
            await(answer)
                    .values()
                    .forEach(found ->
                            found.partitions()
                                    .forEach(p ->
                                            resolved.add(
                                                    new TopicPartition(topic, p.partition()))));
        } else {
            partitions.forEach(partition -> resolved.add(new TopicPartition(topic, partition)));
        }
        return resolved;
    }

    /// @throws UnknownTopicOrPartitionException naming the partitions that the cluster does not have
    public static void requireExisting(Collection<TopicPartition> partitions, Admin admin) {
        var missing = new LinkedHashSet<>(partitions);
        var topics = new TreeSet<String>();
        partitions.forEach(partition -> topics.add(partition.topic()));
        await(admin.describeTopics(topics).allTopicNames())
                .forEach((topic, found) ->
                        found.partitions()
                                .forEach(p ->
                                        missing.remove(new TopicPartition(topic, p.partition()))));
        if (!missing.isEmpty()) {
            var names = missing.stream().map(TopicPartition::toString).toList();
            throw new UnknownTopicOrPartitionException(
                    "The partitions \"" + String.join(",", names) + "\" do not exist");
        }
    }
}
