package dev.millrace.simulator.log;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The model: what the log was told, and what it promised. A list of batches and a few offsets.
final class Truth {
    final List<Written> batches = new ArrayList<>();
    long flushed;
    long logStart;
    int leaderEpoch;
    int coordinatorEpoch;

    /// A batch whose append had not returned.
    @Nullable Written appending;

    /// The target of a truncation that had not returned; negative when none.
    long truncating = -1;

    /// The target of a raise of the log start that had not returned.
    long raising = -1;

    long end() {
        return batches.isEmpty() ? 0 : batches.getLast().lastOffset() + 1;
    }

    /// Everything that may be found after a crash, in order.
    List<Written> possible() {
        var all = new ArrayList<>(batches);
        Written unfinished = appending;
        if (unfinished != null) {
            all.add(unfinished);
        }
        return all;
    }

    /// What must be found.
    long promised() {
        return truncating >= 0 ? Math.min(flushed, boundary(truncating)) : flushed;
    }

    /// The end of the log after a truncation to that offset: it never cuts a batch in two.
    long boundary(long offset) {
        for (Written batch : batches) {
            if (batch.lastOffset() >= offset) {
                return Math.min(batch.baseOffset(), offset);
            }
        }
        return Math.min(end(), offset);
    }

    void truncated(long offset) {
        batches.removeIf(b -> b.lastOffset() >= offset);
        flushed = Math.min(flushed, end());
    }

    /// The model of a log that ends there.
    void recovered(long end, long start, long flushedEnd) {
        Written unfinished = appending;
        if (unfinished != null && end > unfinished.baseOffset()) {
            batches.add(unfinished);
        }
        batches.removeIf(b -> b.lastOffset() >= end);
        appending = null;
        truncating = -1;
        raising = -1;
        logStart = start;
        flushed = flushedEnd;
    }

    /// The last batch of records of each producer.
    Map<Long, Written> lastByProducer() {
        var last = new TreeMap<Long, Written>();
        for (Written batch : batches) {
            if (batch.producerId() >= 0 && batch.marker() == null) {
                last.put(batch.producerId(), batch);
            }
        }
        return last;
    }

    /// The last marker of each producer.
    Map<Long, Written> lastMarkers() {
        var last = new TreeMap<Long, Written>();
        for (Written batch : batches) {
            if (batch.marker() != null) {
                last.put(batch.producerId(), batch);
            }
        }
        return last;
    }

    /// The batches of each open transaction, in order.
    Map<Long, List<Written>> open() {
        var open = new TreeMap<Long, List<Written>>();
        for (Written batch : batches) {
            if (batch.marker() != null) {
                open.remove(batch.producerId());
            } else if (batch.transactional()) {
                open.computeIfAbsent(batch.producerId(), _ -> new ArrayList<>()).add(batch);
            }
        }
        return open;
    }

    /// The marker that ended the transaction of each batch in one; those of open transactions are missing.
    Map<Written, Written> decided() {
        var decided = new IdentityHashMap<Written, Written>();
        var next = new TreeMap<Long, Written>();
        for (Written batch : batches.reversed()) {
            if (batch.marker() != null) {
                next.put(batch.producerId(), batch);
            } else if (batch.transactional() && next.containsKey(batch.producerId())) {
                decided.put(batch, next.get(batch.producerId()));
            }
        }
        return decided;
    }
}
