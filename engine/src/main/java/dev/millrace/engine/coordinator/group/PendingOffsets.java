package dev.millrace.engine.coordinator.group;

import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/// Offsets of transactions that have not ended, by the producer that writes them. Changed by replay only.
///
/// No more than producers have in flight: the transaction coordinator ends what takes too long.
final class PendingOffsets {
    private final Map<Long, Offsets> byProducer = new TreeMap<>();

    /// Whose transactions have offsets of the group.
    private final Map<String, SortedSet<Long>> producersOf = new HashMap<>();

    boolean has(String group) {
        return producersOf.containsKey(group);
    }

    boolean has(String group, String topic, int partition) {
        for (long producerId : producers(group)) {
            if (of(producerId).has(group, topic, partition)) {
                return true;
            }
        }
        return false;
    }

    private Iterable<Long> producers(String group) {
        return List.copyOf(producersOf.getOrDefault(group, Collections.emptySortedSet()));
    }

    /// What a producer that is in `producersOf` has.
    private Offsets of(long producerId) {
        return Objects.requireNonNull(byProducer.get(producerId));
    }

    /// Topics and partitions of a group that some transaction has an offset of, in order.
    Map<String, SortedSet<Integer>> partitions(String group) {
        var partitions = new TreeMap<String, SortedSet<Integer>>();
        for (long producerId : producers(group)) {
            of(producerId)
                    .of(group)
                    .forEach((topic, offsets) -> {
                        var known = partitions.computeIfAbsent(topic, _ -> new TreeSet<>());
                        for (int i = 0; i < offsets.size(); i++) {
                            known.add(offsets.partition(i));
                        }
                    });
        }
        return partitions;
    }

    /// What each transaction has.
    Iterable<Offsets> all() {
        return Collections.unmodifiableCollection(byProducer.values());
    }

    void put(
            long producerId,
            String group,
            String topic,
            int partition,
            CommittedOffset offset,
            long position) {
        byProducer
                .computeIfAbsent(producerId, _ -> new Offsets())
                .put(group, topic, partition, offset, position);
        producersOf.computeIfAbsent(group, _ -> new TreeSet<>()).add(producerId);
    }

    /// The offset was taken back, whoever has it in a transaction.
    void remove(String group, String topic, int partition) {
        for (long producerId : producers(group)) {
            Offsets offsets = of(producerId);
            offsets.remove(group, topic, partition);
            if (offsets.of(group).isEmpty()) {
                forget(producerId, group);
            }
            if (offsets.size() == 0) {
                byProducer.remove(producerId);
            }
        }
    }

    private void forget(long producerId, String group) {
        producersOf.computeIfPresent(
                group,
                (_, producers) -> {
                    producers.remove(producerId);
                    return producers.isEmpty() ? null : producers;
                });
    }

    /// The producer's transaction is over.
    ///
    /// @return what was pending in it
    Offsets end(long producerId) {
        Offsets ended = byProducer.remove(producerId);
        if (ended == null) {
            return new Offsets();
        }
        ended.groups().forEach(group -> forget(producerId, group));
        return ended;
    }
}
