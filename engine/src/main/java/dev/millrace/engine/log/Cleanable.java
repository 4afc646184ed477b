package dev.millrace.engine.log;

import java.io.IOException;

/// What of a log can be compacted now, and how much it needs it.
///
/// @param firstDirty what lies below was compacted
/// @param end what lies at or above cannot be compacted yet
/// @param delayMs for how long some dirty record has been older than `max.compaction.lag.ms`
public record Cleanable(long firstDirty, long end, long cleanBytes, long dirtyBytes, long delayMs) {

    /// @param bound not to be passed: the last stable offset
    static Cleanable of(
            Segments segments,
            LogSettings settings,
            long cleanedTo,
            long logStart,
            long logEnd,
            long bound,
            long nowMs)
            throws IOException {
        CompactionSettings compaction = settings.compaction();
        boolean inside = logStart <= cleanedTo && cleanedTo <= logEnd;
        long firstDirty = inside ? cleanedTo : logStart;
        long clean = 0;
        long dirty = 0;
        long end = firstDirty;
        long oldestMs = Long.MAX_VALUE;
        boolean open = true;
        for (int i = 0; i + 1 < segments.count(); i++) {
            Segment segment = segments.get(i);
            long endOffset = segments.endOffset(i, logEnd);
            if (endOffset <= firstDirty) {
                clean += segment.size();
                continue;
            }
            if (compaction.maxLagMs() < Long.MAX_VALUE && segment.firstTimestamp() > 0) {
                oldestMs = Math.min(oldestMs, segment.firstTimestamp());
            }
            open &=
                    endOffset <= bound
                            && (compaction.minLagMs() <= 0
                                    || segment.maxTimestamp(settings.indexIntervalBytes())
                                            <= nowMs - compaction.minLagMs());
            if (open) {
                dirty += segment.size();
                end = endOffset;
            }
        }
        long due = nowMs - Math.max(0, compaction.maxLagMs());
        return new Cleanable(firstDirty, end, clean, dirty, oldestMs < due ? due - oldestMs : 0);
    }

    /// 0 to 1.
    public double dirtyRatio() {
        return dirtyBytes == 0 ? 0 : (double) dirtyBytes / (cleanBytes + dirtyBytes);
    }

    /// Whether the topic's settings want it compacted now.
    public boolean isDue(LogSettings settings) {
        return settings.compact()
                && dirtyBytes > 0
                && (delayMs > 0 || dirtyRatio() > settings.compaction().minDirtyRatio());
    }
}
