package dev.millrace.engine.coordinator.group;

import java.util.Collection;
import java.util.Collections;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;

/// How often each text was added and not yet taken away again; in order.
final class Counts {
    private final TreeMap<String, Integer> counts = new TreeMap<>();

    Counts copy() {
        var copy = new Counts();
        copy.counts.putAll(counts);
        return copy;
    }

    void add(String text) {
        counts.merge(text, 1, Integer::sum);
    }

    void remove(String text) {
        counts.computeIfPresent(text, (_, count) -> count == 1 ? null : count - 1);
    }

    void addAll(Collection<String> texts) {
        texts.forEach(this::add);
    }

    void removeAll(Collection<String> texts) {
        texts.forEach(this::remove);
    }

    int of(String text) {
        return counts.getOrDefault(text, 0);
    }

    SortedSet<String> texts() {
        return Collections.unmodifiableSortedSet(counts.navigableKeySet());
    }

    SortedMap<String, Integer> asMap() {
        return Collections.unmodifiableSortedMap(counts);
    }
}
