package dev.millrace.engine.log;

import dev.millrace.engine.env.StoredFile;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// Reads batches that this process has not checked yet, before they are served (L2): planned in the log's turn, run outside of it on
/// the thread of the reader who waits for it, handed back to [Log#checked] in the turn.
///
/// A batch is good when its checksum is, and when what lies outside the checksum fits its neighbours:
/// - its offsets follow those of the batch before, and end before those of the one behind and of the next segment;
/// - its leader epoch is the one that began at these offsets.
///
/// Damage ends where the next good batch begins, at whatever byte that is. A check ends with the first damage that it meets.
public final class RangeCheck {
    /// How much is checked at once, so that a reader does not wait for what it may never ask for.
    static final int CHUNK = 1 << 20;

    private final String log;
    private final Segment segment;
    private final StoredFile file;
    private final long from;
    private final long until;
    private final long size;
    private final LeaderEpochs epochs;
    private final int generation;

    /// The least offset that the next batch may have; negative when the first one is believed, because an index named it.
    private long expected;

    private int epoch;

    /// No batch in front of `until` reaches it; negative to ask the batch that stands there.
    private long offsetAtEnd;

    /// Offsets may be missing at the end of the segment: it was compacted.
    private final boolean gaps;

    private CheckedBytes.@Nullable Run good;
    private @Nullable LostRange lost;

    /// @param from where a batch begins
    /// @param until where a batch begins, or the file ends
    RangeCheck(
            String log,
            Segment segment,
            long from,
            long until,
            Before before,
            long offsetAtEnd,
            boolean gaps,
            LeaderEpochs epochs,
            int generation)
            throws IOException {
        this.log = log;
        this.segment = segment;
        this.file = segment.file();
        this.size = segment.size();
        this.from = from;
        this.until = until;
        this.expected = before.nextOffset;
        this.epoch = before.epoch;
        this.offsetAtEnd = offsetAtEnd;
        this.gaps = gaps;
        this.epochs = epochs.copy();
        this.generation = generation;
    }

    /// What is known of the batch in front.
    record Before(long nextOffset, int epoch) {}

    Segment segment() {
        return segment;
    }

    int generation() {
        return generation;
    }

    CheckedBytes.@Nullable Run good() {
        return good;
    }

    @Nullable LostRange lost() {
        return lost;
    }

    /// Blocks while it reads. Any thread, holding no turn.
    ///
    /// @throws IOException when the disk does not give the bytes
    public void run() throws IOException {
        if (offsetAtEnd < 0) {
            var behind = new BatchScan(file, until, size, BatchHeader.BYTES);
            offsetAtEnd = behind.next() ? behind.baseOffset() : Long.MAX_VALUE;
        }
        var scan = new BatchScan(file, from, until, BatchScan.LONG);
        long end = from;
        while (end - from < CHUNK && end < until) {
            boolean whole = scan.next();
            if (whole && expected < 0) {
                expected = scan.baseOffset();
            }
            String wrong = whole ? wrong(scan) : "not a record batch";
            if (wrong != null) {
                lost = damage(end, wrong);
                break;
            }
            expected = scan.lastOffset() + 1;
            epoch = scan.leaderEpoch();
            end = scan.position() + scan.size();
        }
        if (end > from) {
            good = new CheckedBytes.Run(from, end, expected, epoch);
        }
        if (end == until && until == size && !gaps && expected < offsetAtEnd) {
            lost = new LostRange(file.name(), end, 0, expected, offsetAtEnd, "the file ends early");
        }
    }

    private @Nullable String wrong(BatchScan scan) throws IOException {
        if (!scan.plausible() || !scan.crcMatches()) {
            return "the checksum is wrong";
        }
        if (scan.baseOffset() < Math.max(expected, segment.baseOffset)
                || scan.lastOffset() >= offsetAtEnd
                || (scan.baseOffset() > expected && overlapsNext(scan))) {
            return "the offset %d is wrong".formatted(scan.baseOffset());
        }
        int began = epochs.epochAt(scan.baseOffset());
        if (scan.leaderEpoch() < epoch || (began >= 0 && began != scan.leaderEpoch())) {
            return "the leader epoch %d is wrong".formatted(scan.leaderEpoch());
        }
        return null;
    }

    /// Of a batch behind a gap: either the offsets between were compacted away, or its own offset is wrong.
    private boolean overlapsNext(BatchScan scan) throws IOException {
        var next = new BatchScan(file, scan.position() + scan.size(), size, BatchHeader.BYTES);
        return next.next()
                && next.baseOffset() <= scan.lastOffset()
                && next.baseOffset() >= Math.max(expected, 0)
                && next.crcMatches();
    }

    private LostRange damage(long position, String reason) throws IOException {
        long end = until;
        long next = offsetAtEnd;
        var whole = new BatchScan(file, position, until, BatchHeader.BYTES);
        boolean has = whole.next();
        boolean followed = has && whole.next();
        if (followed && isGood(whole)) {
            end = whole.position();
            next = whole.baseOffset();
        } else if (whole.position() != until || whole.position() == position) {
            long least = Math.max(expected, segment.baseOffset);
            var search = new Damage(file, until, position, least, least);
            if (search.followed()) {
                end = search.validAt();
                var found = new BatchScan(file, end, until, BatchHeader.BYTES);
                next = found.next() ? found.baseOffset() : offsetAtEnd;
            }
        }
        long first = Math.max(expected, segment.baseOffset);
        return new LostRange(
                file.name(), position, end - position, first, Math.max(first, next), reason);
    }

    private boolean isGood(BatchScan scan) throws IOException {
        return scan.plausible()
                && scan.baseOffset() >= Math.max(expected, segment.baseOffset)
                && scan.lastOffset() < offsetAtEnd
                && scan.crcMatches();
    }

    @Override
    public String toString() {
        return "check %s %s from byte %d".formatted(log, file.name(), from);
    }
}
