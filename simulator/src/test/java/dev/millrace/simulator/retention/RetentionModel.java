package dev.millrace.simulator.retention;

import dev.millrace.engine.log.LogSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;

/// What retention should do, and what was promised.
final class RetentionModel {
    /// A file of the log.
    record Segment(long base, long bytes, long newestMs) {}

    /// Timestamps of all records that were appended and not cut off, by offset.
    final NavigableMap<Long, Long> written = new TreeMap<>();

    /// Below it nothing may be read any more, whatever happens.
    long logStart;

    /// A deletion that had not returned would have made it that.
    long raising;

    long flushed;

    /// The log start after a run of retention.
    ///
    /// @param segments the last one is active
    static long start(
            List<Segment> segments,
            LogSettings settings,
            long nowMs,
            long highWatermark,
            long logEnd,
            long start) {
        List<Segment> all = new ArrayList<>(segments);
        if (highWatermark >= logEnd
                && all.getLast().bytes > 0
                && isOld(all.getLast(), settings, nowMs)) {
            all.add(new Segment(logEnd, 0, nowMs));
        }
        long bytes = all.stream().mapToLong(Segment::bytes).sum();
        int at = 0;
        while (settings.delete() && at + 1 < all.size() && all.get(at + 1).base <= highWatermark) {
            boolean tooMany =
                    settings.retentionBytes() >= 0
                            && bytes - all.get(at).bytes >= settings.retentionBytes()
                            && bytes > settings.retentionBytes();
            if (!tooMany && !isOld(all.get(at), settings, nowMs)) {
                break;
            }
            bytes -= all.get(at++).bytes;
        }
        return at == 0 ? start : Math.max(start, all.get(at).base);
    }

    private static boolean isOld(Segment segment, LogSettings settings, long nowMs) {
        return settings.retentionMs() >= 0
                && segment.bytes > 0
                && nowMs - segment.newestMs > settings.retentionMs();
    }
}
