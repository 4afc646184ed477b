package dev.millrace.engine.log;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.record.internal.ControlRecordType;

/// Transactions on one walk over batches in the order of their offsets: whose records count, and which markers nobody needs any more.
final class CompactionTransactions {
    /// Ahead of the walk, by their first offsets.
    private final Deque<CompactionAborts.Aborted> ahead;

    /// Producers whose aborted transaction the walk is in; true when a batch of it was met.
    private final Map<Long, Boolean> aborted = new HashMap<>();

    /// Producers of whose committed transaction a batch was met.
    private final Set<Long> committed = new HashSet<>();

    /// @param from the walk's first offset
    CompactionTransactions(List<CompactionAborts.Aborted> all, long from) {
        ahead =
                new ArrayDeque<>(
                        all.stream()
                                .filter(each -> each.lastOffset() >= from)
                                .sorted(
                                        Comparator.comparingLong(
                                                CompactionAborts.Aborted::firstOffset))
                                .toList());
    }

    private void reach(long lastOffset) {
        while (!ahead.isEmpty() && ahead.peek().firstOffset() <= lastOffset) {
            aborted.putIfAbsent(ahead.remove().producerId(), false);
        }
    }

    /// Meets a transactional batch of data.
    ///
    /// @return whether its transaction was aborted
    boolean isAborted(long producerId, long lastOffset) {
        reach(lastOffset);
        if (aborted.computeIfPresent(producerId, (_, _) -> true) != null) {
            return true;
        }
        committed.add(producerId);
        return false;
    }

    /// Meets a control batch.
    ///
    /// @param type of its record; null when it is empty
    /// @return whether it is a marker of which no batch was met
    boolean isNeedless(
            @org.jspecify.annotations.Nullable ControlRecordType type,
            long producerId,
            long lastOffset) {
        reach(lastOffset);
        if (type == null) {
            return true;
        }
        return switch (type) {
            case ABORT -> !Boolean.TRUE.equals(aborted.remove(producerId));
            case COMMIT -> !committed.remove(producerId);
            default -> false;
        };
    }
}
