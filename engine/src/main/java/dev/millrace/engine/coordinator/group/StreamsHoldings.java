package dev.millrace.engine.coordinator.group;

import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;

/// Tasks that a member has, or is giving up.
///
/// @param active with the group epoch in which each was given to it: a commit that is older than that is a dead member's (KIP-1251)
record StreamsHoldings(
        SortedMap<String, SortedMap<Integer, Integer>> active,
        SortedMap<String, SortedSet<Integer>> standby,
        SortedMap<String, SortedSet<Integer>> warmup) {
    static final StreamsHoldings NONE =
            new StreamsHoldings(
                    Collections.emptySortedMap(),
                    Collections.emptySortedMap(),
                    Collections.emptySortedMap());

    boolean isEmpty() {
        return active.isEmpty() && standby.isEmpty() && warmup.isEmpty();
    }

    /// As if each had been given at epoch 0, so that no commit is too old.
    StreamsHoldings atEpochZero() {
        var zeroed = new TreeMap<String, SortedMap<Integer, Integer>>();
        active.forEach((subtopology, epochs) -> {
            var zeros = new TreeMap<Integer, Integer>();
            epochs.keySet().forEach(partition -> zeros.put(partition, 0));
            zeroed.put(subtopology, zeros);
        });
        return new StreamsHoldings(zeroed, standby, warmup);
    }

    static Map<String, Set<Integer>> withoutEpochs(
            SortedMap<String, SortedMap<Integer, Integer>> active) {
        var tasks = new TreeMap<String, Set<Integer>>();
        active.forEach((subtopology, epochs) -> tasks.put(subtopology, epochs.keySet()));
        return tasks;
    }
}
