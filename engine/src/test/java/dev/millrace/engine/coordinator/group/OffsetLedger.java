package dev.millrace.engine.coordinator.group;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// What a simulated group has committed for the partitions of topic t (G3): offsets are numbered as they are asked for.
final class OffsetLedger {
    /// The last offset whose commit was answered, by partition, and all that were asked for.
    private final TreeMap<Integer, Long> acknowledged = new TreeMap<>();

    private final Map<Integer, TreeSet<Long>> possible = new HashMap<>();
    private long nextOffset = 1;

    /// The offset to commit next; from now on it may be what is shown.
    long next(int partition) {
        possible.computeIfAbsent(partition, _ -> new TreeSet<>()).add(nextOffset);
        return nextOffset++;
    }

    void acknowledged(int partition, long offset) {
        acknowledged.merge(partition, offset, Math::max);
    }

    /// What is shown is what was last acknowledged, or was sent after it and may have come to be.
    ///
    /// @return what is wrong, null when nothing is
    @Nullable String lost(GroupWorld world) {
        for (Map.Entry<Integer, Long> entry : acknowledged.entrySet()) {
            Long shown = world.offset(entry.getKey());
            boolean mayBe =
                    shown == null
                            || (shown >= entry.getValue()
                                    && possible.getOrDefault(entry.getKey(), new TreeSet<>())
                                            .contains(shown));
            if (!mayBe) {
                return "offset of %d is %d, acknowledged was %d"
                        .formatted(entry.getKey(), shown, entry.getValue());
            }
        }
        return null;
    }
}
