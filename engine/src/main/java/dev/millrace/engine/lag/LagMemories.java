package dev.millrace.engine.lag;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;

/// What questions about groups leave behind for the next ones. Of a group that nobody has asked about for as long as [Pace#WINDOW_MS] it
/// would say nothing of the present: it is forgotten.
///
/// **Owner.** [GroupLags].
final class LagMemories {
    /// Partitions of groups that are remembered; for more the first record is looked up each time, and no time to drain is known.
    static final int MOST_PARTITIONS = 100_000;

    /// In the order of their last questions.
    private final LinkedHashMap<String, Memory> groups = new LinkedHashMap<>();

    private int size;

    private record Memory(long atMs, Map<TopicPartition, PartitionMemory> partitions) {}

    Map<TopicPartition, PartitionMemory> of(String group) {
        Memory memory = groups.get(group);
        return memory == null ? Map.of() : memory.partitions;
    }

    /// Partitions that a group may have.
    int room(String group) {
        return MOST_PARTITIONS - size + of(group).size();
    }

    /// Takes the place of what there was of the group.
    ///
    /// @param nowMs monotonic
    void put(String group, Map<TopicPartition, PartitionMemory> partitions, long nowMs) {
        size += partitions.size() - of(group).size();
        groups.remove(group);
        groups.put(group, new Memory(nowMs, partitions));
        for (Memory eldest = eldest(); nowMs - eldest.atMs > Pace.WINDOW_MS; eldest = eldest()) {
            size -= eldest.partitions.size();
            groups.pollFirstEntry();
        }
    }

    private Memory eldest() {
        return groups.firstEntry().getValue();
    }

    /// Forgets every group but these.
    void retain(Set<String> kept) {
        groups.keySet().retainAll(kept);
        size = groups.values().stream().mapToInt(memory -> memory.partitions.size()).sum();
    }

    /// Groups that are remembered.
    int groups() {
        return groups.size();
    }
}
