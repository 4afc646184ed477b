package dev.millrace.engine.log;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// Offset and leader epoch of a batch lie outside its checksum. Where they are further on than those of the batch before, the batch
/// behind tells whether that is so: it has a checksum of its own, and must not be behind them.
final class Contradiction {
    private final Segments segments;

    Contradiction(Segments segments) {
        this.segments = segments;
    }

    /// @param scan at a batch whose checksum holds
    /// @param at the place of its segment
    /// @param expected behind the batch before
    /// @param epoch of the batch before; -1 when unknown
    boolean of(BatchScan scan, int at, long expected, int epoch) throws IOException {
        boolean gap = scan.baseOffset() > expected;
        boolean rise = scan.leaderEpoch() > epoch;
        if (!gap && !rise) {
            return false;
        }
        Segment segment = segments.get(at);
        long end = scan.position() + scan.size();
        boolean last = end >= segment.size();
        Segment following =
                last ? at + 1 < segments.count() ? segments.get(at + 1) : null : segment;
        if (following == null) {
            return false;
        }
        if (last && gap && following.baseOffset <= scan.lastOffset()) {
            return true;
        }
        BatchScan next = valid(following, last ? 0 : end);
        return next != null
                && next.baseOffset() >= expected
                && ((gap && next.baseOffset() <= scan.lastOffset())
                        || (next.leaderEpoch() < scan.leaderEpoch()
                                && next.leaderEpoch() >= epoch));
    }

    private static @Nullable BatchScan valid(Segment segment, long position) throws IOException {
        var next = new BatchScan(segment.file(), position, segment.size(), BatchHeader.BYTES);
        return next.next() && next.plausible() && next.crcMatches() ? next : null;
    }
}
