package dev.millrace.engine.log;

import dev.millrace.engine.env.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;

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

    /// @param newest snapshots above it are thrown away: they tell of batches that are gone, or that are not believed
    void reload(ProducerStates producers, long logStart, long logEnd, long newest)
            throws IOException {
        producers.clear();
        NavigableSet<Long> snapshots = snapshots(directory);
        for (Long above : snapshots.tailSet(newest, false)) {
            directory.delete(LogFiles.of(above, LogFiles.SNAPSHOT));
        }
        long from = logStart;
        for (Long offset : snapshots.headSet(newest, true).descendingSet()) {
            if (load(directory, offset, producers)) {
                from = offset;
                break;
            }
            producers.clear();
            directory.delete(LogFiles.of(offset, LogFiles.SNAPSHOT));
        }
        replay(producers, from, logEnd);
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

    static void deleteAllSnapshots(Storage directory) throws IOException {
        for (Long offset : snapshots(directory)) {
            directory.delete(LogFiles.of(offset, LogFiles.SNAPSHOT));
        }
    }

    private void replay(ProducerStates producers, long from, long logEnd) throws IOException {
        if (from >= logEnd) {
            return;
        }
        for (int i = segments.floor(from); i < segments.count(); i++) {
            Segment segment = segments.get(i);
            long position = segment.positionFor(from, settings.indexIntervalBytes());
            var scan = new BatchScan(segment.file(), position, segment.size(), BatchScan.LONG);
            while (scan.nextOrCorrupt(log)) {
                if (scan.lastOffset() >= from) {
                    note(producers, scan);
                }
            }
        }
    }

    private static void note(ProducerStates producers, BatchScan scan) throws IOException {
        if (BatchHeader.producerId(scan.header(), scan.headerAt()) < 0) {
            return;
        }
        if (BatchHeader.control(scan.header(), scan.headerAt())) {
            ByteBuffer batch = scan.records().load().buffer();
            producers.appended(batch, batch.position());
        } else {
            producers.appended(scan.header(), scan.headerAt());
        }
    }
}
