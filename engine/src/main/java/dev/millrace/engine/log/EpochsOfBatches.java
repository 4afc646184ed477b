package dev.millrace.engine.log;

import java.io.IOException;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The leader epochs as the batches tell them (L4): the checkpoint has no checksum, so each of its entries is compared with the batch
/// that it points at when a log is opened, and all are made anew when one is wrong. Epochs lie outside the batches' checksum too: where
/// one batch says something that neither its neighbours nor the order allow, its neighbours are believed.
final class EpochsOfBatches {
    private static final Logger LOG = LoggerFactory.getLogger(EpochsOfBatches.class);

    private final Segments segments;
    private final LeaderEpochs epochs;
    private final int interval;
    private final boolean holes;

    private EpochsOfBatches(Segments segments, LeaderEpochs epochs, int interval, boolean holes) {
        this.segments = segments;
        this.epochs = epochs;
        this.interval = interval;
        this.holes = holes;
    }

    /// @param logStart the first entry may begin there, within a batch
    /// @param end epochs from there on are not looked at, and forgotten where others are made anew
    ///
    /// @param holes compaction may have taken the batch in which an epoch began, or all of that epoch
    static void mend(
            String log,
            Segments segments,
            LeaderEpochs epochs,
            long logStart,
            long end,
            int interval,
            boolean holes)
            throws IOException {
        var batches = new EpochsOfBatches(segments, epochs, interval, holes);
        if (batches.agree(logStart, end)) {
            return;
        }
        batches.derive(end);
        epochs.clear(); // not before: an error of the disk leaves what was there
        batches.derived.starts().forEach(epochs::assign);
        LOG.warn("{}: {} was made anew", log, LogFiles.LEADER_EPOCHS);
    }

    private boolean agree(long logStart, long end) throws IOException {
        long first = segments.first().baseOffset;
        if (end <= first) {
            return true;
        }
        Map<Integer, Long> entries = epochs.copy().starts();
        if (entries.isEmpty()) {
            var scan =
                    new BatchScan(
                            segments.first().file(), 0, segments.first().size(), BatchHeader.BYTES);
            return !scan.next() || scan.leaderEpoch() < 0;
        }
        boolean oldest = true;
        for (var entry : entries.entrySet()) {
            long start = entry.getValue();
            if (oldest && start > Math.max(logStart, first)) {
                return false;
            }
            if (start < end && !begins(entry.getKey(), Math.max(start, first), oldest)) {
                return false;
            }
            oldest = false;
        }
        return true;
    }

    /// Whether the batch at that offset has that epoch, and the one before an older one.
    private boolean begins(int epoch, long start, boolean oldest) throws IOException {
        Segment segment = segments.get(segments.floor(start));
        long position = segment.positionIfIndexed(start - 1, interval);
        var scan = new BatchScan(segment.file(), position, segment.size(), BatchScan.SHORT);
        int before = -1;
        while (scan.next()) {
            if (scan.lastOffset() >= start) {
                if (holes && scan.baseOffset() > start) {
                    return scan.leaderEpoch() >= epoch && (oldest || before < epoch);
                }
                return scan.leaderEpoch() == epoch
                        && (oldest || (scan.baseOffset() >= start && before < epoch));
            }
            before = scan.leaderEpoch();
        }
        return false;
    }

    private final LeaderEpochs derived = new LeaderEpochs();
    private boolean has;
    private int epoch;
    private long offset;
    private int settled = -1;

    private void derive(long end) throws IOException {
        for (int i = 0; i < segments.count() && segments.get(i).baseOffset < end; i++) {
            Segment segment = segments.get(i);
            long size = segment.size();
            for (long from = 0; from < size; ) {
                var scan = new BatchScan(segment.file(), from, size, BatchScan.LONG);
                while (scan.next() && scan.baseOffset() < end) {
                    take(scan.leaderEpoch(), scan.baseOffset());
                }
                boolean over = scan.atEnd() || scan.size() > 0;
                from = over ? size : nextBatch(segment, scan.position());
            }
        }
        settle();
    }

    private static long nextBatch(Segment segment, long position) throws IOException {
        long least = segment.baseOffset;
        var search = new Damage(segment.file(), segment.size(), position, least, least);
        return search.followed() ? search.validAt() : segment.size();
    }

    private void take(int nextEpoch, long nextOffset) {
        if (has && epoch > nextEpoch && nextEpoch >= settled) {
            epoch = nextEpoch; // it stands out between its neighbours: what follows began there
            return;
        }
        settle();
        has = nextEpoch >= settled;
        epoch = nextEpoch;
        offset = nextOffset;
    }

    private void settle() {
        if (has) {
            derived.assign(epoch, offset);
            settled = Math.max(settled, epoch);
        }
        has = false;
    }
}
