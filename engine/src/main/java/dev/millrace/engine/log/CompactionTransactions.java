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
import org.jspecify.annotations.Nullable;

/// Transactions on one walk over batches in the order of their offsets: whose records count, and which markers nobody needs any more.
final class CompactionTransactions {
    /// Ahead of the walk, by their first offsets.
    private final Deque<AbortedTransaction> ahead;

    /// By producer, those that the walk is in.
    private final Map<Long, AbortedTransaction> aborted = new HashMap<>();

    /// Producers of whose transaction, which did not end yet, a batch was met.
    private final Set<Long> met = new HashSet<>();

    private @Nullable AbortedTransaction ended;

    /// @param from the walk's first offset
    CompactionTransactions(List<AbortedTransaction> all, long from) {
        ahead =
                new ArrayDeque<>(
                        all.stream()
                                .filter(each -> each.lastOffset() >= from)
                                .sorted(Comparator.comparingLong(AbortedTransaction::firstOffset))
                                .toList());
    }

    private void reach(long lastOffset) {
        while (!ahead.isEmpty() && ahead.peek().firstOffset() <= lastOffset) {
            AbortedTransaction next = ahead.remove();
            aborted.put(next.producerId(), next);
        }
    }

    /// Meets a transactional batch of data.
    ///
    /// @return whether its transaction was aborted
    boolean isAborted(long producerId, long lastOffset) {
        reach(lastOffset);
        met.add(producerId);
        AbortedTransaction known = aborted.get(producerId);
        // Beyond its marker an entry says nothing, wherever the marker is.
        return known != null && lastOffset < known.lastOffset();
    }

    /// Meets a control batch.
    ///
    /// @param type of its record; null when it is empty
    /// @return whether it is a marker of which no batch was met
    boolean isNeedless(@Nullable ControlRecordType type, long producerId, long lastOffset) {
        reach(lastOffset);
        ended = null;
        if (type == null) {
            return true;
        }
        if (type != ControlRecordType.ABORT && type != ControlRecordType.COMMIT) {
            return false;
        }
        boolean needed = met.remove(producerId);
        AbortedTransaction known = aborted.remove(producerId);
        ended = needed && type == ControlRecordType.ABORT ? known : null;
        return !needed;
    }

    /// The aborted transaction that the last marker ended, when it has batches still: a reader must be told of it.
    @Nullable AbortedTransaction ended() {
        return ended;
    }
}
