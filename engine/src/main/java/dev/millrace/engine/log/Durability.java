package dev.millrace.engine.log;

import static dev.millrace.engine.check.Invariant.check;

import dev.millrace.engine.env.Storage;
import dev.millrace.engine.env.StoredFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/// What of a log survives a power loss, what a flush or a checkpoint still has to sync for that, and whether anything can any more.
///
/// ```
///   flushedEnd <= flushedOnce      after a truncation; equal otherwise
///   poison: set by a failed flush, or a failed write that could not be undone; never taken back (L5)
/// ```
/// **Owner.** The log, in its turn; [#poison] any thread. Offsets are exclusive ends.
final class Durability {
    private final TopicPartition name;
    private final Storage directory;
    private final Segments segments;

    /// Everything below it was synced.
    private long flushedEnd;

    /// The greatest `flushedEnd` there ever was: a recovery point that a checkpoint may still hold.
    private long flushedOnce;

    /// What `millrace-truncation-point` says; `Long.MAX_VALUE` when there is none. A checkpoint takes it away, nothing raises it: what
    /// only a checkpoint syncs is in doubt from there on.
    private long truncationMark;

    /// Rises with every truncation: a flush planned before one says nothing about what came after.
    private int generation;

    private final List<Segment> sealedUnsynced = new ArrayList<>();
    private final Set<String> cachesUnsynced = new LinkedHashSet<>();

    /// Until the first flush has done it.
    private FlushPlan.@Nullable Before beforeFlush;

    private volatile @Nullable IOException poison;
    private boolean closed;

    Durability(Opening.Opened opened) {
        this.name = opened.name();
        this.directory = opened.directory();
        this.segments = opened.segments();
        this.flushedEnd = opened.flushedEnd();
        this.flushedOnce =
                Math.max(opened.cleanedTo(), Math.max(opened.flushedEnd(), opened.flushedOnce()));
        this.truncationMark = opened.truncationMark();
        // What a recovery has found may be in the page cache only: the process was killed, not the
        // machine.
        if (flushedEnd < opened.logEnd()) {
            for (int i = segments.floor(flushedEnd); i < segments.count() - 1; i++) {
                sealedUnsynced.add(segments.get(i));
            }
        }
    }

    long flushedEnd() {
        return flushedEnd;
    }

    int generation() {
        return generation;
    }

    /// See [Log#beforeFlush].
    void beforeFlush(FlushPlan.Before before) {
        beforeFlush = before;
    }

    /// See [Log#sealedUnsynced].
    boolean sealedUnsynced() {
        return !sealedUnsynced.isEmpty();
    }

    /// See [Log#planFlush].
    FlushPlan plan(long logEnd) {
        IOException cause = poison;
        List<StoredFile> files = new ArrayList<>(sealedUnsynced.size() + 1);
        try {
            for (Segment sealed : sealedUnsynced) {
                files.add(sealed.file());
            }
            if (flushedEnd < logEnd) {
                files.add(segments.active().file());
            }
        } catch (IOException failed) {
            cause = failed;
        }
        boolean names = cause == null && segments.takeNamesUnsynced();
        return new FlushPlan(
                this,
                directory,
                beforeFlush,
                files,
                List.copyOf(sealedUnsynced),
                names,
                logEnd,
                generation,
                cause);
    }

    /// See [Log#flushed].
    void flushed(FlushPlan plan) {
        if (!plan.done()) {
            if (plan.names()) {
                segments.namesNotSynced();
            }
            return;
        }
        if (plan.names()) {
            segments.namesSynced();
        }
        if (!plan.isEmpty()) {
            beforeFlush = null;
        }
        if (plan.generation() != generation) {
            return; // the log was truncated meanwhile; the next plan covers what came after
        }
        sealedUnsynced.removeAll(plan.sealed());
        flushedEnd = Math.max(flushedEnd, plan.upTo());
        flushedOnce = Math.max(flushedOnce, flushedEnd);
    }

    /// A segment was sealed, and has its indexes.
    void sealed(Segment segment) {
        sealedUnsynced.add(segment);
        indexWritten(segment);
    }

    /// A segment needs no flush any more: it is gone, or was synced when it was cut.
    void spare(Segment segment) {
        sealedUnsynced.remove(segment);
    }

    /// As [#spare(Segment)].
    void spare(Collection<Segment> which) {
        sealedUnsynced.removeAll(which);
    }

    void indexWritten(Segment segment) {
        cachesUnsynced.add(LogFiles.of(segment.baseOffset, LogFiles.INDEX));
        cachesUnsynced.add(LogFiles.of(segment.baseOffset, LogFiles.TIME_INDEX));
    }

    void snapshotWritten(long offset) {
        cachesUnsynced.add(LogFiles.of(offset, LogFiles.SNAPSHOT));
    }

    /// A checkpointed recovery point above the cut would let recovery skip what is written there from now on.
    void beforeTruncation(long offset) throws IOException {
        generation++;
        if (offset < flushedOnce) {
            truncationMark = Math.min(offset, truncationMark);
            directory.writeAtomically(
                    LogFiles.TRUNCATION_POINT, TruncationPoint.encode(truncationMark));
        }
        flushedEnd = Math.min(flushedEnd, offset);
    }

    /// Everything was thrown away, and nothing is there below that offset.
    void startsAt(long offset) {
        flushedEnd = offset;
    }

    /// Syncs what only checkpoints sync; see [Log#checkpoint].
    ///
    /// @param markStays something other than the flushes still needs the mark of a truncation
    void checkpoint(
            AbortedTransactions aborted, LeaderEpochs epochs, long logEnd, boolean markStays)
            throws IOException {
        cachesUnsynced.addAll(aborted.takeUnsynced());
        try {
            syncCaches();
        } catch (IOException failed) {
            poison(failed);
            throw failed;
        }
        writeEpochs(epochs, logEnd);
        if (truncationMark != Long.MAX_VALUE && flushedEnd >= flushedOnce && !markStays) {
            directory.delete(LogFiles.TRUNCATION_POINT);
            truncationMark = Long.MAX_VALUE;
        }
    }

    /// A file that is written anew as a whole: where the disk is full, the next checkpoint does it.
    private void writeEpochs(LeaderEpochs epochs, long logEnd) throws IOException {
        ByteBuffer unwritten = epochs.takeUnwritten(logEnd);
        if (unwritten == null) {
            return;
        }
        try {
            directory.writeAtomically(LogFiles.LEADER_EPOCHS, unwritten);
        } catch (IOException failed) {
            epochs.notWritten();
            throw failed;
        }
    }

    private void syncCaches() throws IOException {
        for (int i = 0; i < segments.count(); i++) {
            Segment segment = segments.get(i);
            if (segment.indexUnsynced()) {
                segment.indexUnsynced(false);
                indexWritten(segment);
            }
        }
        if (cachesUnsynced.isEmpty()) {
            return;
        }
        for (String cache : cachesUnsynced) {
            if (directory.exists(cache)) {
                try (StoredFile file = directory.open(cache)) {
                    file.sync();
                }
            }
        }
        cachesUnsynced.clear();
        directory.syncDirectory();
    }

    /// From any thread: the disk has failed, nothing more is believed (L5).
    void poison(IOException cause) {
        poison = cause;
    }

    /// Why nothing more is taken; null while it is.
    @Nullable IOException failure() {
        return poison;
    }

    /// @throws IOException when the log takes nothing any more
    void usable() throws IOException {
        open();
        IOException cause = poison;
        if (cause != null) {
            throw new IOException(name + " is offline after: " + cause.getMessage(), cause);
        }
    }

    /// A closed log is not even read.
    void open() {
        check(!closed, "a closed log is not used");
    }

    boolean isClosed() {
        return closed;
    }

    void close() {
        closed = true;
    }
}
