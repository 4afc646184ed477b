package dev.millrace.engine.coordinator.group;

import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData;
import org.jspecify.annotations.Nullable;

/// Tasks of a streams application, by role. A task is a subtopology and a partition of what it reads.
///
/// @param active that process records; one owner each
/// @param standby that keep a copy of a task's stores
/// @param warmup that catch up with a task's stores before they take it over
record StreamsTasks(
        SortedMap<String, SortedSet<Integer>> active,
        SortedMap<String, SortedSet<Integer>> standby,
        SortedMap<String, SortedSet<Integer>> warmup) {
    static final StreamsTasks NONE =
            new StreamsTasks(
                    Collections.emptySortedMap(),
                    Collections.emptySortedMap(),
                    Collections.emptySortedMap());

    /// What a member says that it has; null when it does not say.
    static @Nullable StreamsTasks told(StreamsGroupHeartbeatRequestData request) {
        return request.activeTasks() == null
                        || request.standbyTasks() == null
                        || request.warmupTasks() == null
                ? null
                : new StreamsTasks(
                        of(request.activeTasks()),
                        of(request.standbyTasks()),
                        of(request.warmupTasks()));
    }

    private static SortedMap<String, SortedSet<Integer>> of(
            Iterable<StreamsGroupHeartbeatRequestData.TaskIds> told) {
        var tasks = new TreeMap<String, SortedSet<Integer>>();
        for (StreamsGroupHeartbeatRequestData.TaskIds ids : told) {
            tasks.computeIfAbsent(ids.subtopologyId(), _ -> new TreeSet<>())
                    .addAll(ids.partitions());
        }
        return tasks;
    }

    /// In order; subtopologies without tasks are left out.
    static SortedMap<String, SortedSet<Integer>> sorted(Map<String, ? extends Set<Integer>> tasks) {
        var sorted = new TreeMap<String, SortedSet<Integer>>();
        tasks.forEach((subtopology, partitions) -> {
            if (!partitions.isEmpty()) {
                sorted.put(subtopology, new TreeSet<>(partitions));
            }
        });
        return sorted;
    }

    boolean isEmpty() {
        return active.isEmpty() && standby.isEmpty() && warmup.isEmpty();
    }

    /// Does it name any of those, in the same role?
    boolean holdsAny(StreamsHoldings others) {
        return intersects(active, StreamsHoldings.withoutEpochs(others.active()))
                || intersects(standby, others.standby())
                || intersects(warmup, others.warmup());
    }

    /// Are they all among those, in the same role?
    boolean isWithin(StreamsHoldings others) {
        return isWithin(active, StreamsHoldings.withoutEpochs(others.active()))
                && isWithin(standby, others.standby())
                && isWithin(warmup, others.warmup());
    }

    private static boolean intersects(
            SortedMap<String, SortedSet<Integer>> some,
            Map<String, ? extends Set<Integer>> others) {
        for (Map.Entry<String, SortedSet<Integer>> entry : some.entrySet()) {
            Set<Integer> there = others.get(entry.getKey());
            if (there != null && !Collections.disjoint(entry.getValue(), there)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isWithin(
            SortedMap<String, SortedSet<Integer>> some,
            Map<String, ? extends Set<Integer>> others) {
        for (Map.Entry<String, SortedSet<Integer>> entry : some.entrySet()) {
            Set<Integer> there = others.get(entry.getKey());
            if (there == null || !there.containsAll(entry.getValue())) {
                return false;
            }
        }
        return true;
    }
}
