package dev.millrace.engine.coordinator.group;

import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Offsets by group, topic and partition. Changed by replay only.
final class Offsets {
    private final Map<String, SortedMap<String, TopicOffsets>> byGroup = new HashMap<>();

    /// Topics that occur, so that the same name in many groups is one object.
    private final Map<String, TopicName> topicNames = new HashMap<>();

    private long size;

    private static final class TopicName {
        final String text;
        int groups;

        TopicName(String text) {
            this.text = text;
        }
    }

    @Nullable CommittedOffset get(String group, String topic, int partition) {
        TopicOffsets offsets = of(group).get(topic);
        return offsets == null ? null : offsets.get(partition);
    }

    boolean has(String group, String topic, int partition) {
        TopicOffsets offsets = of(group).get(topic);
        return offsets != null && offsets.has(partition);
    }

    /// Where in the log it was committed; -1 when there is none.
    long position(String group, String topic, int partition) {
        TopicOffsets offsets = of(group).get(topic);
        return offsets == null ? -1 : offsets.position(partition);
    }

    /// A group's offsets, topics and partitions in order; a view.
    SortedMap<String, TopicOffsets> of(String group) {
        var topics = byGroup.get(group);
        return topics == null
                ? Collections.emptySortedMap()
                : Collections.unmodifiableSortedMap(topics);
    }

    /// How many a group has.
    int count(String group) {
        int count = 0;
        for (TopicOffsets offsets : of(group).values()) {
            count += offsets.size();
        }
        return count;
    }

    /// Groups that have any.
    Iterable<String> groups() {
        return Collections.unmodifiableSet(byGroup.keySet());
    }

    /// Offsets of all groups together.
    long size() {
        return size;
    }

    void put(String group, String topic, int partition, CommittedOffset offset, long position) {
        var topics = byGroup.computeIfAbsent(group, _ -> new TreeMap<>());
        TopicOffsets offsets = topics.get(topic);
        if (offsets == null) {
            offsets = new TopicOffsets();
            TopicName name = topicNames.computeIfAbsent(topic, TopicName::new);
            name.groups++;
            topics.put(name.text, offsets);
        }
        if (offsets.put(partition, offset, position)) {
            size++;
        }
    }

    /// Takes over what a transaction has committed. Where somebody else has committed since, that stays: what came last in the
    /// log counts, or compaction might bring back what was passed over here.
    void putLater(Offsets committed) {
        committed.byGroup.forEach((group, topics) ->
                topics.forEach((topic, offsets) -> {
                    for (int i = 0; i < offsets.size(); i++) {
                        int partition = offsets.partition(i);
                        long position = offsets.position(partition);
                        if (position > position(group, topic, partition)) {
                            put(group, topic, partition, offsets.at(i), position);
                        }
                    }
                }));
    }

    void remove(String group, String topic, int partition) {
        var topics = byGroup.get(group);
        TopicOffsets offsets = topics == null ? null : topics.get(topic);
        if (topics == null || offsets == null) {
            return;
        }
        if (offsets.remove(partition)) {
            size--;
        }
        if (offsets.isEmpty()) {
            topics.remove(topic);
            topicNames.computeIfPresent(topic, (_, name) -> --name.groups == 0 ? null : name);
        }
        if (topics.isEmpty()) {
            byGroup.remove(group);
        }
    }
}
