package dev.millrace.cli.cluster;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.PartitionReassignment;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartitionInfo;

/// Everything that a description of one topic shows.
///
/// @param overrides settings that differ from Kafka's defaults, in the broker's order
/// @param reassignments the partitions that are moving between brokers, by partition
/// @param minInsyncReplicas the topic's effective `min.insync.replicas`
public record TopicState(
        TopicDescription description,
        List<ConfigEntry> overrides,
        Map<Integer, PartitionReassignment> reassignments,
        int minInsyncReplicas) {

    /// The topic's name.
    public String name() {
        return description.name();
    }

    /// How many replicas each partition has, or will have once a reassignment under way is done.
    public int replicationFactor() {
        return targetReplicas(description.partitions().getFirst());
    }

    private int targetReplicas(TopicPartitionInfo partition) {
        var moving = reassignments.get(partition.partition());
        return moving == null
                ? partition.replicas().size()
                : partition.replicas().size() - moving.addingReplicas().size();
    }

    /// Fewer replicas in sync than the partition should have.
    public boolean underReplicated(TopicPartitionInfo partition) {
        return partition.isr().size() < targetReplicas(partition);
    }

    /// Fewer replicas in sync than a write with acks=all needs.
    public boolean underMinIsr(TopicPartitionInfo partition) {
        return partition.isr().size() < minInsyncReplicas;
    }

    /// One more replica lost, and writes with acks=all fail.
    public boolean atMinIsr(TopicPartitionInfo partition) {
        return partition.isr().size() == minInsyncReplicas;
    }

    /// No live leader.
    public static boolean unavailable(TopicPartitionInfo partition) {
        return partition.leader() == null || partition.leader().isEmpty();
    }

    /// Broker ids of nodes, in their order.
    public static List<Integer> ids(List<Node> nodes) {
        var ids = new ArrayList<Integer>(nodes.size());
        nodes.forEach(node -> ids.add(node.id()));
        return ids;
    }
}
