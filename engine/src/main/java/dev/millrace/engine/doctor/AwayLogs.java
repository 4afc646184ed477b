package dev.millrace.engine.doctor;

import dev.millrace.engine.metadata.BrokerImage;
import dev.millrace.engine.metadata.Directories;
import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.metadata.PartitionImage;
import dev.millrace.engine.metadata.TopicImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;

/// Partitions of a node that were in a log directory which the node has not any more, and that nobody else holds: a start leaves them
/// offline until that directory is back, or they are given up.
final class AwayLogs {
    private AwayLogs() {}

    /// @param named ids of the directories that are looked at. Where the node has registered others beside them, nothing is said
    /// @param folders in any of them
    static List<TopicPartition> of(
            MetadataImage image, int nodeId, Set<Uuid> named, Set<String> folders) {
        List<TopicPartition> away = new ArrayList<>();
        BrokerImage broker = image.cluster().broker(nodeId);
        if (broker == null || !named.containsAll(broker.directories())) {
            return away;
        }
        for (TopicImage topic : image.topics().inNameOrder()) {
            for (int p = 0; p < topic.partitions().size(); p++) {
                var name = new TopicPartition(topic.name(), p);
                if (!folders.contains(Folders.of(name))
                        && isAway(topic.partitions().get(p), nodeId, named)) {
                    away.add(name);
                }
            }
        }
        return away;
    }

    private static boolean isAway(PartitionImage partition, int nodeId, Set<Uuid> named) {
        int replica = partition.replicas().indexOf(nodeId);
        return replica >= 0
                && partition.isr().stream().allMatch(id -> id == nodeId)
                && Directories.isAway(partition.directories().get(replica), named);
    }
}
