package dev.millrace.engine.coordinator.group;

import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The committed offsets of one shard's groups: group, topic, partition. Changed by replay only.
final class Offsets {
    private final Map<String, Map<String, Map<Integer, CommittedOffset>>> byGroup = new HashMap<>();

    @Nullable CommittedOffset get(String group, String topic, int partition) {
        var partitions = of(group).get(topic);
        return partitions == null ? null : partitions.get(partition);
    }

    /// A group's offsets, topics and partitions in order; a view.
    Map<String, Map<Integer, CommittedOffset>> of(String group) {
        var topics = byGroup.get(group);
        return topics == null ? Map.of() : Collections.unmodifiableMap(topics);
    }

    /// Groups that have any.
    Iterable<String> groups() {
        return Collections.unmodifiableSet(byGroup.keySet());
    }

    void put(String group, String topic, int partition, CommittedOffset offset) {
        byGroup.computeIfAbsent(group, _ -> new TreeMap<>())
                .computeIfAbsent(topic, _ -> new TreeMap<>())
                .put(partition, offset);
    }

    void remove(String group, String topic, int partition) {
        var topics = byGroup.get(group);
        var partitions = topics == null ? null : topics.get(topic);
        if (topics == null || partitions == null) {
            return;
        }
        partitions.remove(partition);
        if (partitions.isEmpty()) {
            topics.remove(topic);
        }
        if (topics.isEmpty()) {
            byGroup.remove(group);
        }
    }
}
