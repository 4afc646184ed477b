package dev.millrace.cli.cluster;

import static dev.millrace.cli.cluster.Connection.await;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.TopicPartition;

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
        var partitions = new ArrayList<Integer>();
        for (String number : text.substring(colon + 1).split(",", -1)) {
            try {
                partitions.add(Integer.valueOf(number.strip()));
            } catch (NumberFormatException wrong) {
                throw CommandFailed.usage(
                        "Invalid topic arg '"
                                + text
                                + "', expected format: 'topic' or 'topic:partition,...'");
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
}
