package dev.millrace.engine.log;

import dev.millrace.engine.env.Env;
import dev.millrace.engine.env.Storage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.NavigableSet;
import org.apache.kafka.common.TopicPartition;

/// Opens a log's directory: sweeps what earlier processes left, then believes it (clean) or checks it ([Recovery]).
final class Opening {
    private final Env env;
    private final Storage directory;
    private final TopicPartition name;
    private final LogSettings settings;
    private final OpenMode mode;
    private final Segments segments;
    private final ProducerStates producers;
    private final AbortedTransactions aborted;
    private boolean asClosed;
    private long truncation = Long.MAX_VALUE;

    Opening(Env env, Storage directory, TopicPartition name, LogSettings settings, OpenMode mode) {
        this.env = env;
        this.directory = directory;
        this.name = name;
        this.settings = settings;
        this.mode = mode;
        this.segments = new Segments(name.toString(), env, directory);
        this.producers = new ProducerStates(name.toString());
        this.aborted = new AbortedTransactions(name.toString(), directory, segments);
    }

    /// What a log starts with.
    ///
    /// @param flushedEnd below it everything is known to be synced
    /// @param flushedOnce a recovery point that some checkpoint may hold
    /// @param cleanedLowered the host's checkpoint says more than `cleanedTo`
    /// @param asClosed every file is as a clean close has left it
    record Opened(
            Env env,
            Storage directory,
            TopicPartition name,
            Segments segments,
            LeaderEpochs epochs,
            ProducerStates producers,
            AbortedTransactions aborted,
            long logStart,
            long logEnd,
            long flushedEnd,
            long flushedOnce,
            long truncationMark,
            long cleanedTo,
            boolean cleanedLowered,
            boolean asClosed) {}

    Opened open() throws IOException {
        List<String> files = SegmentSwap.recover(name.toString(), directory);
        sweep(files);
        for (String file : files) {
            Long base = LogFiles.offset(file, LogFiles.LOG);
            if (base != null && directory.exists(file)) {
                segments.add(base, settings);
                if (!has(files, LogFiles.of(base, LogFiles.TXN_INDEX))) {
                    segments.active().transactions().isMissing();
                }
            }
        }
        LeaderEpochs epochs =
                has(files, LogFiles.LEADER_EPOCHS)
                        ? LeaderEpochs.load(directory)
                        : new LeaderEpochs();
        if (has(files, LogFiles.TRUNCATION_POINT)
                && (mode.cleanedTo() > 0 || !mode.closedCleanly())) {
            truncation = TruncationPoint.load(directory);
        }
        if (segments.count() == 0) {
            return empty(epochs);
        }
        return mode.closedCleanly() ? clean(epochs, files) : recover(epochs, files);
    }

    private static boolean has(List<String> files, String name) {
        return Collections.binarySearch(files, name) >= 0;
    }

    private void sweep(List<String> files) throws IOException {
        for (String file : files) {
            boolean over = file.endsWith(LogFiles.DELETED) || file.endsWith(".tmp");
            if (over && directory.exists(file)) {
                directory.delete(file);
            }
        }
    }

    private Opened empty(LeaderEpochs epochs) throws IOException {
        long held = Math.min(mode.held(), truncation);
        if (held > mode.logStart()) {
            throw new CorruptLogException(
                    name.toString(),
                    LogFiles.of(mode.logStart(), LogFiles.LOG),
                    0,
                    "no segment is there, and the log held the offsets %d to %d"
                            .formatted(mode.logStart(), held - 1));
        }
        ProducerReplay.deleteAllSnapshots(directory);
        epochs.clear();
        long start = mode.logStart();
        segments.create(start, settings);
        return opened(epochs, start, start, start);
    }

    /// A clean close leaves a snapshot whose name is the log end: nothing else needs to be read.
    private Opened clean(LeaderEpochs epochs, List<String> files) throws IOException {
        transactionsOfUnindexed(segments.count(), files);
        NavigableSet<Long> snapshots = ProducerReplay.snapshots(files);
        long active = segments.active().baseOffset;
        if (!snapshots.isEmpty()
                && snapshots.last() >= active
                && (snapshots.last() > active) == (segments.active().size() > 0)
                && ProducerReplay.load(directory, snapshots.last(), producers)) {
            ProducerReplay.deleteNeedless(directory, snapshots, segments);
            asClosed = true;
            return opened(epochs, logStart(), snapshots.last(), snapshots.last());
        }
        long logEnd = endByHeaders();
        mend(epochs, logEnd);
        new ProducerReplay(name.toString(), directory, segments, settings)
                .reload(snapshots, producers, logStart(), logEnd, logEnd, _ -> {});
        return opened(epochs, logStart(), logEnd, logEnd);
    }

    private void mend(LeaderEpochs epochs, long end) throws IOException {
        int interval = settings.indexIntervalBytes();
        boolean holes = settings.compact() || mode.cleanedTo() > 0;
        EpochsOfBatches.mend(name.toString(), segments, epochs, logStart(), end, interval, holes);
    }

    /// For directories that others have written: the end of the last batch.
    private long endByHeaders() throws IOException {
        Segment active = segments.active();
        long from = active.positionBelow(Integer.MAX_VALUE, settings.indexIntervalBytes());
        var scan = new BatchScan(active.file(), from, active.size(), BatchScan.SHORT);
        long end = active.baseOffset;
        while (scan.checking(active.checked()).nextOrCorrupt(name.toString())) {
            end = scan.lastOffset() + 1;
        }
        return end;
    }

    private Opened recover(LeaderEpochs epochs, List<String> files) throws IOException {
        long recoveryPoint = Math.min(mode.recoveryPoint(), truncation);
        transactionsOfUnindexed(segments.floor(recoveryPoint), files);
        mend(epochs, recoveryPoint);
        var recovery =
                new Recovery(
                        name.toString(),
                        directory,
                        segments,
                        settings,
                        epochs,
                        Math.min(mode.cleanedTo(), truncation));
        long logEnd = recovery.run(recoveryPoint);
        NavigableSet<Long> snapshots = ProducerReplay.snapshots(files);
        List<AbortedTransaction> found = new ArrayList<>();
        new ProducerReplay(name.toString(), directory, segments, settings)
                .reload(
                        snapshots,
                        producers,
                        logStart(),
                        recovery.producersEnd(), // what is behind it need not be read again
                        Math.max(recovery.from(), recoveryPoint),
                        found::add);
        long synced = Math.min(recoveryPoint, logEnd);
        aborted.recovered(synced, found, settings);
        if (recovery.hasCut() || !snapshots.tailSet(logEnd, false).isEmpty()) {
            // What is gone must not come back once the log has grown beyond it.
            directory.syncDirectory();
        } else {
            segments.namesUnknown();
        }
        return opened(epochs, logStart(), logEnd, Math.min(recoveryPoint, logEnd));
    }

    /// That there is no index of aborted transactions mostly means that nothing was aborted. Where the other index is gone too,
    /// somebody has taken the caches away. To be called before anything makes the other one: power may be lost in between.
    private void transactionsOfUnindexed(int end, List<String> files) throws IOException {
        for (int i = 0; i < end; i++) {
            Segment segment = segments.get(i);
            String index = LogFiles.of(segment.baseOffset, LogFiles.INDEX);
            if (!has(files, index) && segment.size() > 0) {
                aborted.rebuild(i, settings);
            }
        }
    }

    private long logStart() {
        return Math.max(mode.logStart(), segments.first().baseOffset);
    }

    private Opened opened(LeaderEpochs epochs, long logStart, long logEnd, long flushedEnd)
            throws IOException {
        long start = Math.min(logStart, logEnd);
        if (mode.cleanedTo() > logEnd && truncation > logEnd) {
            // Of what is clean nothing is left, and what comes now is not: until the host has saved
            // that, a crash must not make it so.
            truncation = logEnd;
            directory.writeAtomically(LogFiles.TRUNCATION_POINT, TruncationPoint.encode(logEnd));
        }
        long cleanedTo = Math.min(mode.cleanedTo(), truncation);
        epochs.truncateEnd(logEnd);
        epochs.truncateStart(start);
        return new Opened(
                env,
                directory,
                name,
                segments,
                epochs,
                producers,
                aborted,
                start,
                logEnd,
                flushedEnd,
                mode.recoveryPoint(),
                truncation,
                cleanedTo,
                cleanedTo < mode.cleanedTo(),
                asClosed);
    }
}
