package dev.millrace.engine.log;

import dev.millrace.engine.env.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.Record;
import org.jspecify.annotations.Nullable;

/// Makes producer states anew: from the newest good snapshot, then from the batches behind it (L4).
final class ProducerReplay {
    private final String log;
    private final Storage directory;
    private final Segments segments;
    private final LogSettings settings;

    ProducerReplay(String log, Storage directory, Segments segments, LogSettings settings) {
        this.log = log;
        this.directory = directory;
        this.segments = segments;
        this.settings = settings;
    }

    /// @param snapshots those that lie in the directory
    /// @param newest snapshots above it are thrown away: they tell of batches that are gone, or that were not synced before they were
    /// @param aborted told of the transactions that were aborted in what is read
    void reload(
            NavigableSet<Long> snapshots,
            ProducerStates producers,
            long logStart,
            long logEnd,
            long newest,
            Consumer<AbortedTransaction> aborted)
            throws IOException {
        producers.clear();
        for (Long above : snapshots.tailSet(newest, false)) {
            directory.delete(LogFiles.of(above, LogFiles.SNAPSHOT));
        }
        long from = logStart;
        for (Long offset : snapshots.headSet(newest, true).descendingSet()) {
            if (joins(offset) && load(directory, offset, producers)) {
                from = offset;
                break;
            }
            producers.clear();
            directory.delete(LogFiles.of(offset, LogFiles.SNAPSHOT));
        }
        replay(producers, from, logEnd, aborted);
    }

    /// What was between a snapshot and the first segment is deleted: nobody knows what it changed.
    private boolean joins(long snapshot) {
        return snapshot >= segments.first().baseOffset;
    }

    /// Reads a part of the log once more, with all that was known of its producers, and forgets it again.
    void replayAgain(long begin, long end, Consumer<AbortedTransaction> aborted)
            throws IOException {
        var producers = new ProducerStates(log);
        long from = segments.first().baseOffset;
        for (Long offset : snapshots(directory).headSet(begin, true).descendingSet()) {
            if (joins(offset) && load(directory, offset, producers)) {
                from = offset;
                break;
            }
            producers.clear();
        }
        replay(producers, from, end, aborted);
    }

    static boolean load(Storage directory, long offset, ProducerStates producers)
            throws IOException {
        byte[] bytes = directory.readAll(LogFiles.of(offset, LogFiles.SNAPSHOT));
        return bytes != null && ProducerSnapshots.decode(bytes, producers);
    }

    static NavigableSet<Long> snapshots(Storage directory) throws IOException {
        return snapshots(directory.files());
    }

    static NavigableSet<Long> snapshots(List<String> files) {
        var offsets = new TreeSet<Long>();
        for (String file : files) {
            Long offset = LogFiles.offset(file, LogFiles.SNAPSHOT);
            if (offset != null) {
                offsets.add(offset);
            }
        }
        return offsets;
    }

    /// Those of earlier clean closes: no segment begins there, and the newest tells what came since.
    static void deleteNeedless(Storage directory, NavigableSet<Long> snapshots, Segments segments)
            throws IOException {
        for (Long offset : snapshots.headSet(snapshots.last(), false)) {
            if (segments.get(segments.floor(offset)).baseOffset != offset) {
                directory.delete(LogFiles.of(offset, LogFiles.SNAPSHOT));
            }
        }
    }

    static void deleteAllSnapshots(Storage directory) throws IOException {
        for (Long offset : snapshots(directory)) {
            directory.delete(LogFiles.of(offset, LogFiles.SNAPSHOT));
        }
    }

    private void replay(
            ProducerStates producers, long from, long end, Consumer<AbortedTransaction> aborted)
            throws IOException {
        if (from >= end) {
            return;
        }
        for (int i = segments.floor(from);
                i < segments.count() && segments.get(i).baseOffset < end;
                i++) {
            Segment segment = segments.get(i);
            long position = segment.positionIfIndexed(from, settings.indexIntervalBytes());
            try (var scan = BatchScan.borrowingLong(segment.file(), position, segment.size())) {
                while (scan.checking(segment.checked()).nextOrCorrupt(log)) {
                    if (scan.lastOffset() >= from) {
                        CompletedTransaction ended = note(producers, scan);
                        if (ended != null && ended.aborted()) {
                            aborted.accept(ended.bounds());
                        }
                    }
                }
            }
        }
    }

    private static @Nullable CompletedTransaction note(ProducerStates producers, BatchScan scan)
            throws IOException {
        if (BatchHeader.producerId(scan.header(), scan.headerAt()) < 0) {
            return null;
        }
        if (BatchHeader.control(scan.header(), scan.headerAt())) {
            ByteBuffer batch = scan.records().load().buffer();
            return producers.appended(batch, batch.position());
        }
        return producers.appended(scan.header(), scan.headerAt());
    }

    /// Whether the control batch that was found aborts a transaction.
    static boolean isAbort(BatchScan scan) throws IOException {
        for (Record record : scan.records().load().records()) {
            return ControlRecordType.parse(record.key()) == ControlRecordType.ABORT;
        }
        return false;
    }
}
