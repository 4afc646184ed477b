package dev.millrace.engine.coordinator.group;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Which members have a task, or are still giving it up. Follows from what the members have, kept so that nobody has to look
/// through all of them.
final class StreamsHolders {
    /// One member each (G1). When a log that was compacted brings two, the later one is right.
    private final Map<String, Map<Integer, String>> active = new HashMap<>();

    private final Map<String, Map<Integer, Set<String>>> standby = new HashMap<>();
    private final Map<String, Map<Integer, Set<String>>> warmup = new HashMap<>();

    void add(String memberId, StreamsHoldings tasks) {
        tasks.active()
                .forEach((subtopology, epochs) -> {
                    var owners = active.computeIfAbsent(subtopology, _ -> new HashMap<>());
                    epochs.keySet().forEach(partition -> owners.put(partition, memberId));
                });
        tasks.standby().forEach((id, partitions) -> add(standby, id, partitions, memberId));
        tasks.warmup().forEach((id, partitions) -> add(warmup, id, partitions, memberId));
    }

    private static void add(
            Map<String, Map<Integer, Set<String>>> holders,
            String subtopology,
            Set<Integer> partitions,
            String memberId) {
        var members = holders.computeIfAbsent(subtopology, _ -> new HashMap<>());
        for (int partition : partitions) {
            members.computeIfAbsent(partition, _ -> new TreeSet<>()).add(memberId);
        }
    }

    void remove(String memberId, StreamsHoldings tasks) {
        tasks.active()
                .forEach((subtopology, epochs) -> {
                    var owners = active.getOrDefault(subtopology, Map.of());
                    epochs.keySet().forEach(partition -> owners.remove(partition, memberId));
                    if (owners.isEmpty()) {
                        active.remove(subtopology);
                    }
                });
        tasks.standby().forEach((id, partitions) -> remove(standby, id, partitions, memberId));
        tasks.warmup().forEach((id, partitions) -> remove(warmup, id, partitions, memberId));
    }

    private static void remove(
            Map<String, Map<Integer, Set<String>>> holders,
            String subtopology,
            Set<Integer> partitions,
            String memberId) {
        var members = holders.get(subtopology);
        if (members == null) {
            return;
        }
        for (int partition : partitions) {
            members.computeIfPresent(
                    partition,
                    (_, ids) -> {
                        ids.remove(memberId);
                        return ids.isEmpty() ? null : ids;
                    });
        }
        if (members.isEmpty()) {
            holders.remove(subtopology);
        }
    }

    @Nullable String active(String subtopology, int partition) {
        return active.getOrDefault(subtopology, Map.of()).get(partition);
    }

    boolean anyStandby(String subtopology, int partition, Predicate<String> member) {
        return any(standby, subtopology, partition, member);
    }

    boolean anyWarmup(String subtopology, int partition, Predicate<String> member) {
        return any(warmup, subtopology, partition, member);
    }

    private static boolean any(
            Map<String, Map<Integer, Set<String>>> holders,
            String subtopology,
            int partition,
            Predicate<String> member) {
        return holders
                .getOrDefault(subtopology, Map.of())
                .getOrDefault(partition, Set.of())
                .stream()
                .anyMatch(member);
    }
}
