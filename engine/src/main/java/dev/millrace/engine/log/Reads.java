package dev.millrace.engine.log;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// Turns an offset into a plan to read. Remembers where its last answers ended, so that those who read on need no index.
final class Reads {
    /// Readers that follow the log at the same time without an index look-up; more share the slots by turns.
    private static final int HINTS = 4;

    private final long[] hintOffsets = new long[HINTS];
    private final long[] hintPositions = new long[HINTS];
    private final @Nullable Segment[] hintSegments = new @Nullable Segment[HINTS];
    private final UncheckedReads unchecked;
    private int nextHint;

    Reads(UncheckedReads unchecked) {
        this.unchecked = unchecked;
    }

    /// Forgets all places: the log was cut or segments went.
    void clear() {
        java.util.Arrays.fill(hintSegments, null);
    }

    /// What a read of a segment wants to have checked first, from a position on.
    @FunctionalInterface
    interface Checks {
        RangeCheck of(Segment segment, long position) throws IOException;
    }

    /// @param bound exclusive; at most the log end
    ReadResult read(
            Segments segments,
            long logEnd,
            int interval,
            long start,
            long bound,
            int maxBytes,
            boolean atLeastOneBatch,
            Checks checks)
            throws IOException {
        for (int i = segments.floor(start); i < segments.count(); i++) {
            Segment segment = segments.get(i);
            long position = hint(segment, start);
            long sound = segment.checked().soundFrom();
            long end = segment.size();
            long endOffset = segments.endOffset(i, logEnd);
            if (sound > 0 && position < sound) {
                switch (unchecked.find(segment, start, position, maxBytes, interval)) {
                    case UncheckedReads.Place.Behind() -> {
                        continue;
                    }
                    case UncheckedReads.Place.Lost(LostRange range) -> {
                        return new ReadResult.Damaged(range);
                    }
                    case UncheckedReads.Place.Unchecked(long at) -> {
                        return new ReadResult.Unchecked(checks.of(segment, at));
                    }
                    case UncheckedReads.Place.At(long at, long checkedEnd, long nextOffset) -> {
                        position = at;
                        end = checkedEnd;
                        endOffset = nextOffset < 0 ? endOffset : nextOffset;
                    }
                }
            } else if (position < 0) {
                position = segment.startOf(start, interval);
            }
            if (position < 0) {
                continue; // the offset was compacted away at the end of this segment
            }
            return plan(
                    segment, position, end, endOffset, interval, bound, maxBytes, atLeastOneBatch);
        }
        return new ReadResult.Damaged(UncheckedReads.missingEnd(segments.active(), start, logEnd));
    }

    private ReadResult plan(
            Segment segment,
            long position,
            long end,
            long endOffset,
            int interval,
            long bound,
            int maxBytes,
            boolean atLeastOneBatch)
            throws IOException {
        long rest = end - position;
        if (rest > 0 && endOffset <= bound && rest <= maxBytes) {
            return found(segment, position, rest, endOffset);
        }
        long limit = position + Math.max(0, maxBytes);
        // Everything in front of these two entries is wanted: only a step or two is left to walk.
        long near =
                Math.min(
                        endOffset <= bound ? Long.MAX_VALUE : segment.positionFor(bound, interval),
                        limit >= end ? Long.MAX_VALUE : segment.positionBelow(limit, interval));
        long cut = Math.max(position, near == Long.MAX_VALUE ? position : near);
        long next = -1;
        try (var scan = BatchScan.borrowing(segment.file(), cut, end)) {
            while (scan.nextOrCorrupt("read")) {
                if (next < 0) {
                    next = scan.baseOffset();
                }
                boolean first = scan.position() == position && atLeastOneBatch;
                if (scan.lastOffset() >= bound
                        || (scan.position() + scan.size() > limit && !first)) {
                    break;
                }
                cut = scan.position() + scan.size();
                next = scan.lastOffset() + 1;
            }
        }
        return cut == position ? ReadResult.EMPTY : found(segment, position, cut - position, next);
    }

    private ReadResult found(Segment segment, long position, long bytes, long next)
            throws IOException {
        hintOffsets[nextHint] = next;
        hintPositions[nextHint] = position + bytes;
        hintSegments[nextHint] = segment;
        nextHint = (nextHint + 1) % HINTS;
        return new ReadResult.Found(new StoredRecords(segment.file(), position, (int) bytes), next);
    }

    private long hint(Segment segment, long offset) throws IOException {
        for (int i = 0; i < HINTS; i++) {
            if (hintSegments[i] == segment && hintOffsets[i] == offset) {
                return hintPositions[i] < segment.size() ? hintPositions[i] : -1;
            }
        }
        return -1;
    }
}
