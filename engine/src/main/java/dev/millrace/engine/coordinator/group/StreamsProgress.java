package dev.millrace.engine.coordinator.group;

import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.TaskOffset;
import org.jspecify.annotations.Nullable;

/// How far the stores of a member's tasks have come (KIP-1071). Not written down: members say it again and again.
///
/// @param offsets up to which each task's changelogs have been read
/// @param endOffsets where they end
record StreamsProgress(
        SortedMap<String, SortedMap<Integer, Long>> offsets,
        SortedMap<String, SortedMap<Integer, Long>> endOffsets) {
    static final StreamsProgress NONE =
            new StreamsProgress(Collections.emptySortedMap(), Collections.emptySortedMap());

    /// @param nowOffsets null leaves them as they were
    /// @param nowEndOffsets null leaves them as they were
    StreamsProgress updated(
            @Nullable List<TaskOffset> nowOffsets, @Nullable List<TaskOffset> nowEndOffsets) {
        return new StreamsProgress(
                nowOffsets == null ? offsets : byTask(nowOffsets),
                nowEndOffsets == null ? endOffsets : byTask(nowEndOffsets));
    }

    private static SortedMap<String, SortedMap<Integer, Long>> byTask(List<TaskOffset> told) {
        var offsets = new TreeMap<String, SortedMap<Integer, Long>>();
        for (TaskOffset task : told) {
            offsets.computeIfAbsent(task.subtopologyId(), _ -> new TreeMap<>())
                    .put(task.partition(), task.offset());
        }
        return offsets;
    }
}
