package dev.millrace.cli.placement;

import java.util.List;
import org.apache.kafka.common.TopicPartition;

/// One change of a partition's replicas.
///
/// @param to the replicas afterwards, the preferred leader first
/// @param bytes how much one replica holds
/// @param why for a person
public record Move(
        TopicPartition partition, List<Integer> from, List<Integer> to, long bytes, String why) {
    public Move {
        from = List.copyOf(from);
        to = List.copyOf(to);
    }

    /// The brokers that must get a copy.
    public List<Integer> added() {
        return to.stream().filter(id -> !from.contains(id)).toList();
    }

    /// What goes over the network.
    public long copiedBytes() {
        return bytes * added().size();
    }
}
