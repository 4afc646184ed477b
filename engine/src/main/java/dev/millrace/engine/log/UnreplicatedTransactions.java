package dev.millrace.engine.log;

import java.util.TreeMap;

/// Transactions that have ended in the log, but not yet for readers: the high watermark has not passed their markers (T5). No more than
/// there are markers above the high watermark.
final class UnreplicatedTransactions {
    /// Markers by the first offset of what they end.
    private final TreeMap<Long, Long> markers = new TreeMap<>();

    void add(CompletedTransaction ended) {
        markers.put(ended.firstOffset(), ended.markerOffset());
    }

    /// `Long.MAX_VALUE` when there is none.
    long firstOffset() {
        return markers.isEmpty() ? Long.MAX_VALUE : markers.firstKey();
    }

    void passed(long highWatermark) {
        if (!markers.isEmpty()) {
            markers.values().removeIf(marker -> marker < highWatermark);
        }
    }

    /// Markers at or behind that offset are gone from the log.
    void truncated(long logEnd) {
        markers.values().removeIf(marker -> marker >= logEnd);
    }

    void clear() {
        markers.clear();
    }
}
