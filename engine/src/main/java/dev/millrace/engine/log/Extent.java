package dev.millrace.engine.log;

import static dev.millrace.engine.check.Invariant.check;

import dev.millrace.engine.env.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// From where to where a log reaches. Batches are written at its end and cut off there, segments go at its start, and with them goes what is
/// a function of the batches (L4): where leader epochs begin, what producers wrote, which transactions are open or were aborted.
///
/// ```
///   start --raise--> start'        start <= end (R10)        end --write--> end'   end' <--truncate-- end
/// ```
/// **Owner.** The log, in its turn.
final class Extent {
    private final String log;
    private final Storage directory;
    private final Segments segments;
    private final LeaderEpochs epochs;
    private final ProducerStates producers;
    private final AbortedTransactions aborted;
    private final UnreplicatedTransactions unreplicated = new UnreplicatedTransactions();
    private final Reads reads;
    private final Durability durability;
    private final Rolls rolls;
    private final CompactedLog compacted;
    private long start;
    private long end;

    /// What the files of a clean close are about that are still as it left them; null when there are none.
    private @Nullable Ends closedAs;

    Extent(
            Opening.Opened opened,
            Reads reads,
            Durability durability,
            Rolls rolls,
            CompactedLog compacted) {
        this.log = opened.name().toString();
        this.directory = opened.directory();
        this.segments = opened.segments();
        this.epochs = opened.epochs();
        this.producers = opened.producers();
        this.aborted = opened.aborted();
        this.start = opened.logStart();
        this.end = opened.logEnd();
        this.reads = reads;
        this.durability = durability;
        this.rolls = rolls;
        this.compacted = compacted;
        this.closedAs = opened.asClosed() ? ends() : null;
        check(start <= end, "R10 logStart <= logEnd", start, end);
    }

    /// The first offset that may be read.
    long start() {
        return start;
    }

    /// The offset that the next record gets.
    long end() {
        return end;
    }

    /// See [Log#firstUnstableOffset].
    long firstUnstable() {
        long first = Math.min(producers.firstUnstableOffset(), unreplicated.firstOffset());
        return Math.max(first, start);
    }

    /// See [Log#highWatermark].
    void highWatermark(long offset) {
        unreplicated.passed(offset);
    }

    /// Writes whole batches, with their offsets, at the end: with one write, or not at all.
    void write(ByteBuffer b, LogSettings settings, long nowMs) throws IOException {
        try {
            rolls.whenFull(b, end, settings, nowMs);
            Segment active = segments.active();
            SegmentIndex index = active.growingIndex(settings.indexIntervalBytes());
            long position = active.size();
            active.append(b.duplicate());
            for (int at = b.position(); at < b.limit(); ) {
                int size = (int) BatchHeader.size(b, at);
                appended(b, at, size, position, index, settings);
                at += size;
                position += size;
            }
        } catch (Segment.BrokenAppend broken) {
            durability.poison(broken);
            throw broken;
        }
    }

    private void appended(
            ByteBuffer b,
            int at,
            int size,
            long position,
            SegmentIndex index,
            LogSettings settings) {
        long lastOffset = BatchHeader.lastOffset(b, at);
        epochs.assign(BatchHeader.leaderEpoch(b, at), BatchHeader.baseOffset(b, at));
        index.add(
                lastOffset,
                position,
                size,
                BatchHeader.maxTimestamp(b, at),
                settings.indexIntervalBytes());
        CompletedTransaction ended = producers.appended(b, at);
        if (ended != null) {
            unreplicated.add(ended);
            if (ended.aborted()) {
                aborted.aborted(ended.bounds(), settings);
            }
        }
        end = lastOffset + 1;
    }

    /// See [Log#truncateTo].
    void truncateTo(long offset, LogSettings settings) throws IOException {
        if (offset >= end) {
            epochs.truncateEnd(end); // one that this replica began to lead in has left no record
            return;
        }
        if (offset < segments.first().baseOffset || offset < start) {
            truncateFullyAndStartAt(offset, settings);
            return;
        }
        // The segment that will be the last: not one that only begins at the cut, where there is
        // another.
        int last = segments.floor(Math.max(offset - 1, segments.first().baseOffset));
        SegmentCut cut =
                SegmentCut.of(log, segments.get(last), offset, settings.indexIntervalBytes());
        if (cut.logEnd() < start) { // the log start stands within the batch that has to go
            truncateFullyAndStartAt(start, settings);
            return;
        }
        beforeTruncation(cut.logEnd());
        try {
            for (int i = segments.count() - 1; i > last; i--) {
                removeSegment(i, settings);
            }
            segments.active().truncate(cut.position());
            durability.spare(segments.active());
            end = cut.logEnd();
            epochs.truncateEnd(end);
            reloadProducers(settings);
            unreplicated.truncated(end);
            aborted.truncated(end, settings);
            directory.syncDirectory();
        } catch (IOException failed) {
            durability.poison(failed);
            throw failed;
        }
    }

    /// Where this fails, as on a full disk, the log is as it was: the cut may be tried again.
    private void beforeTruncation(long offset) throws IOException {
        closedAs = null;
        reads.clear();
        durability.beforeTruncation(offset);
        compacted.cut(offset);
    }

    private void removeSegment(int at, LogSettings settings) throws IOException {
        Segment segment = segments.get(at);
        segments.remove(at, settings);
        durability.spare(segment);
        directory.delete(LogFiles.of(segment.baseOffset, LogFiles.SNAPSHOT));
    }

    private void reloadProducers(LogSettings settings) throws IOException {
        new ProducerReplay(log, directory, segments, settings)
                .reload(ProducerReplay.snapshots(directory), producers, start, end, end, _ -> {});
    }

    /// See [Log#truncateFullyAndStartAt].
    void truncateFullyAndStartAt(long offset, LogSettings settings) throws IOException {
        beforeTruncation(offset);
        try {
            for (int i = segments.count() - 1; i >= 0; i--) {
                removeSegment(i, settings);
            }
            segments.create(offset, settings);
            epochs.clear();
            producers.clear();
            unreplicated.clear();
            aborted.clear();
            ProducerReplay.deleteAllSnapshots(directory);
            directory.syncDirectory();
            start = offset;
            end = offset;
            durability.startsAt(offset);
        } catch (IOException failed) {
            durability.poison(failed);
            throw failed;
        }
    }

    /// See [Log#raiseLogStart].
    int raiseStart(long offset, LogSettings settings) throws IOException {
        check(offset <= end, "R10 logStart <= logEnd", offset, end);
        if (offset <= start) {
            return 0;
        }
        start = offset;
        epochs.truncateStart(start);
        int removed = 0;
        while (segments.count() > 1 && segments.get(1).baseOffset <= start) {
            removeSegment(0, settings);
            removed++;
        }
        if (removed > 0) {
            reads.clear();
        }
        return removed;
    }

    /// See [Log#rest].
    LogRest rest(LogSettings settings) throws IOException {
        Segment first = segments.first();
        long bytes = 0;
        for (int i = 0; i < segments.count(); i++) {
            bytes += segments.get(i).size();
        }
        long newest = first.size() == 0 ? -1 : first.maxTimestamp(settings.indexIntervalBytes());
        return new LogRest(
                start,
                end,
                bytes,
                newest >= 0 ? newest : first.createdMs,
                Math.max(start, producers.firstUnstableOffset()));
    }

    /// Where the last segment begins, and the log ends.
    private record Ends(long active, long log) {}

    private Ends ends() {
        return new Ends(segments.active().baseOffset, end);
    }

    /// False while the files say what a clean close has left.
    boolean changedSinceClose() {
        return !ends().equals(closedAs);
    }

    /// Nothing was ever written, or all of it was thrown away: the name of the one file tells everything.
    boolean isBlank() throws IOException {
        return segments.count() == 1 && segments.active().size() == 0 && producers.all().isEmpty();
    }
}
