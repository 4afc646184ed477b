package dev.millrace.cli.cluster;

import static dev.millrace.cli.cluster.Connection.await;

import java.util.List;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/// A partition that a person names is looked up first: Kafka's clients ask again and again for one that is not there.
public final class PartitionCount {
    private PartitionCount() {}

    /// Fails with a sentence when the cluster has no such partition.
    public static void require(Admin admin, TopicPartition partition) {
        try {
            var topics = await(admin.describeTopics(List.of(partition.topic())).allTopicNames());
            for (TopicDescription topic : topics.values()) {
                require(partition, topic.partitions().size());
            }
        } catch (UnknownTopicOrPartitionException unknown) {
            throw noTopic(partition.topic());
        }
    }

    /// Fails with a sentence when a topic with so many partitions has none of that number.
    public static void require(TopicPartition partition, int count) {
        if (partition.partition() < 0 || partition.partition() >= count) {
            throw CommandFailed.because(
                    partition.topic()
                            + (count == 1
                                    ? " has 1 partition: 0"
                                    : " has %d partitions: 0 to %d".formatted(count, count - 1)));
        }
    }

    /// There is no topic of that name.
    public static CommandFailed noTopic(String name) {
        return CommandFailed.because(
                "there is no topic " + name + "; `millrace topic list` shows those there are");
    }
}
