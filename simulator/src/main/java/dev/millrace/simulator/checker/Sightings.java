package dev.millrace.simulator.checker;

import dev.millrace.simulator.checker.Operation.Access;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/// Who wrote each value, and where it was seen.
final class Sightings {
    /// A value that somebody tried to write.
    record Write(Access.Sent sent, Operation by) {}

    private final Map<Long, Write> writes = new LinkedHashMap<>();

    /// Values by partition and offset, acknowledged or polled; more than one is an anomaly.
    private final Map<TopicPartition, TreeMap<Long, TreeSet<Long>>> values = new LinkedHashMap<>();

    /// Where each value was polled, and by which partition's readers.
    private final Map<Long, TreeSet<Long>> polledAt = new HashMap<>();

    /// The offsets that were polled: what readers could see.
    private final Map<TopicPartition, TreeSet<Long>> polled = new HashMap<>();

    private Sightings() {}

    static Sightings of(List<Operation> history) {
        var seen = new Sightings();
        for (Operation operation : history) {
            for (Access access : operation.accesses()) {
                switch (access) {
                    case Access.Sent sent -> seen.sent(sent, operation);
                    case Access.Polled polled -> seen.polled(polled);
                    case Access.Committed _, Access.CommittedSeen _, Access.EndSeen _ -> {}
                }
            }
        }
        return seen;
    }

    private void sent(Access.Sent sent, Operation by) {
        writes.put(sent.value(), new Write(sent, by));
        if (sent.offset() >= 0 && by.outcome() == Operation.Outcome.OK) {
            at(sent.partition(), sent.offset()).add(sent.value());
        }
    }

    private void polled(Access.Polled seen) {
        at(seen.partition(), seen.offset()).add(seen.value());
        polledAt.computeIfAbsent(seen.value(), _ -> new TreeSet<>()).add(seen.offset());
        polled.computeIfAbsent(seen.partition(), _ -> new TreeSet<>()).add(seen.offset());
    }

    private Set<Long> at(TopicPartition partition, long offset) {
        return values.computeIfAbsent(partition, _ -> new TreeMap<>())
                .computeIfAbsent(offset, _ -> new TreeSet<>());
    }

    Iterable<Write> writes() {
        return writes.values();
    }

    @Nullable Write write(long value) {
        return writes.get(value);
    }

    boolean wasPolled(long value) {
        return polledAt.containsKey(value);
    }

    /// Partitions with their values by offset.
    Map<TopicPartition, ? extends SortedMap<Long, ? extends SortedSet<Long>>> values() {
        return values;
    }

    /// The highest offset that anybody has read; -1 for none.
    long highestPolled(TopicPartition partition) {
        TreeSet<Long> offsets = polled.get(partition);
        return offsets == null ? -1 : offsets.last();
    }

    /// The next offset after this one that anybody has read; null when there is none.
    @Nullable Long nextPolled(TopicPartition partition, long offset) {
        TreeSet<Long> offsets = polled.get(partition);
        return offsets == null ? null : offsets.higher(offset);
    }
}
