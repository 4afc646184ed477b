package dev.millrace.engine.log;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Finds the batches of a segment that was not checked through yet: what was checked is planned as ever, what was not has to be
/// checked first, damage is told of.
///
/// **Owner.** The log, in its turn.
final class UncheckedReads {
    private static final Logger LOG = LoggerFactory.getLogger(UncheckedReads.class);

    private final String log;
    private final Segments segments;

    UncheckedReads(String log, Segments segments) {
        this.log = log;
        this.segments = segments;
    }

    /// Where the batch stands that holds an offset, or the first behind it.
    sealed interface Place {
        /// @param end of the checked bytes; the file's own when all behind is sound
        /// @param endOffset of the batches in front of `end`; negative when the log's own end says
        record At(long position, long end, long endOffset) implements Place {}

        /// Not in this segment.
        record Behind() implements Place {}

        record Lost(LostRange range) implements Place {}

        record Unchecked(long position) implements Place {}
    }

    private static final Place BEHIND = new Place.Behind();

    /// @param hint a known position of that very offset; negative when there is none
    /// @param wanted bytes that the reader would take
    Place find(Segment segment, long start, long hint, int wanted, int interval)
            throws IOException {
        CheckedBytes checked = segment.checked();
        boolean joins = hint >= 0 && joins(checked, hint);
        long at = joins ? hint : segment.positionFor(start, interval);
        while (at < segment.size()) {
            if (at >= checked.soundFrom()) {
                long position = walk(segment, at, segment.size(), start);
                return position < 0 ? BEHIND : new Place.At(position, segment.size(), -1);
            }
            LostRange lost = checked.lostAt(at);
            if (lost != null) {
                if (start < lost.endOffset()) {
                    return new Place.Lost(lost);
                }
                at = lost.end();
                continue;
            }
            CheckedBytes.Run run = checked.runAt(at);
            if (run == null) {
                return new Place.Unchecked(at);
            }
            if (start < run.nextOffset()) {
                return inRun(segment, walk(segment, at, run.to(), start), run, wanted);
            }
            at = run.to();
        }
        return BEHIND;
    }

    /// Whether what stands in front is known, so that a check can begin there.
    private static boolean joins(CheckedBytes checked, long position) {
        return checked.covers(position)
                || checked.runBefore(position) != null
                || checked.lostBefore(position) != null;
    }

    /// Who wants more than was checked has more checked, as long as there is more: a reader that waits for many bytes must not be
    /// told that there are few.
    private Place inRun(Segment segment, long position, CheckedBytes.Run run, int wanted)
            throws IOException {
        CheckedBytes checked = segment.checked();
        boolean enough = run.to() - position >= Math.min(wanted, RangeCheck.CHUNK);
        boolean more = checked.lostAt(run.to()) == null;
        return enough || !more
                ? new Place.At(position, run.to(), run.nextOffset())
                : new Place.Unchecked(run.to());
    }

    private long walk(Segment segment, long from, long end, long start) throws IOException {
        try (var scan = BatchScan.borrowing(segment.file(), from, end)) {
            return scan.reach(start, log) ? scan.position() : -1;
        }
    }

    /// The log ends with records that its last segment does not have: said to whoever asks for them.
    static LostRange missingEnd(Segment active, long start, long logEnd) throws IOException {
        LostRange known = active.checked().lostBefore(active.size());
        return known != null
                ? known
                : new LostRange(
                        active.name(), active.size(), 0, start, logEnd, "the file ends early");
    }

    /// What has to be checked before the batch at `position` is served.
    RangeCheck check(
            Segment segment,
            long position,
            long logEnd,
            LogSettings settings,
            LeaderEpochs epochs,
            int generation)
            throws IOException {
        CheckedBytes checked = segment.checked();
        long until = checked.knownFrom(position);
        boolean toTheEnd = until == segment.size();
        long offsetAtEnd =
                toTheEnd ? segments.endOffset(segments.floor(segment.baseOffset), logEnd) : -1;
        return new RangeCheck(
                log,
                segment,
                position,
                until,
                before(segment, position),
                offsetAtEnd,
                settings.compact(),
                epochs,
                generation);
    }

    /// Takes note of bytes that were checked; what is lost is said once.
    ///
    /// @param generation of the log now: a truncation meanwhile makes a check void
    void checked(RangeCheck check, int generation) throws IOException {
        if (check.generation() != generation) {
            return;
        }
        CheckedBytes of = check.segment().checked();
        CheckedBytes.Run good = check.good();
        if (good != null) {
            of.checked(good);
        }
        LostRange range = check.lost();
        if (range != null && of.lost(range)) {
            LOG.error("{}: {}", log, range);
        }
    }

    private static RangeCheck.Before before(Segment segment, long position) throws IOException {
        CheckedBytes checked = segment.checked();
        CheckedBytes.@Nullable Run run = checked.runBefore(position);
        if (run != null) {
            return new RangeCheck.Before(run.nextOffset(), run.epoch());
        }
        LostRange lost = checked.lostBefore(position);
        if (lost != null) {
            return new RangeCheck.Before(lost.endOffset(), -1);
        }
        return new RangeCheck.Before(position == 0 ? segment.baseOffset : -1, -1);
    }
}
