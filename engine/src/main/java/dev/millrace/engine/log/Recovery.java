package dev.millrace.engine.log;

import dev.millrace.engine.env.Storage;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Finds the end of a log that was not closed: every batch from the recovery point on is checked, with its checksum.
///
/// Where the first bad batch stands, three things are possible:
/// - nothing valid follows: a torn tail, which is cut (a write was under way);
/// - something valid follows, and the damage looks like writes that never reached the disk (a sector of zeros, a file that ends
///   early): what was not synced may be lost in any order, so everything from there on is cut;
/// - something valid follows and nothing explains the damage, or the recovery point says that these bytes were synced: corruption
///   (L3). Nothing is touched and the log stays offline.
final class Recovery {
    private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

    private final String log;
    private final Storage directory;
    private final Segments segments;
    private final LogSettings settings;
    private final LeaderEpochs epochs;
    private final Contradiction contradiction;

    /// As they were found: where one begins within a hole that compaction has left, only they know.
    private final LeaderEpochs saved;

    /// Below it Kafka leaves gaps between segments; we never do.
    private final long cleanedTo;

    private long from;
    private long next;
    private long producersEnd;
    private int epoch = -1;
    private boolean cut;

    Recovery(
            String log,
            Storage directory,
            Segments segments,
            LogSettings settings,
            LeaderEpochs epochs,
            long cleanedTo) {
        this.log = log;
        this.directory = directory;
        this.segments = segments;
        this.settings = settings;
        this.epochs = epochs;
        this.contradiction = new Contradiction(segments);
        this.saved = epochs.copy();
        this.cleanedTo = cleanedTo;
    }

    /// Something was taken away from the log's end.
    boolean hasCut() {
        return cut;
    }

    /// The first offset that was checked.
    long from() {
        return from;
    }

    /// Behind it no batch has a producer that anything is remembered of; at least [#from()].
    long producersEnd() {
        return producersEnd;
    }

    /// @return the log end
    long run(long recoveryPoint) throws IOException {
        int first = segments.floor(recoveryPoint);
        Segment segment = segments.get(first);
        long position = segment.positionIfIndexed(recoveryPoint, settings.indexIntervalBytes());
        from = position == 0 ? segment.baseOffset : offsetAt(segment, position);
        if (first > 0 && segment.baseOffset == recoveryPoint) {
            // It was rolled after that checkpoint: its batches were synced, its indexes were not.
            forgetIndexes(segments.get(first - 1));
            segments.get(first - 1).indexUnsynced(true); // that they are gone is not durable yet
        }
        epochs.truncateEnd(from);
        epoch = epochs.latest();
        next = from;
        producersEnd = from;
        for (int i = first; i < segments.count(); i++) {
            long base = segments.get(i).baseOffset;
            if (next < base && base <= cleanedTo) {
                next = base;
            }
            if (base != next && i > first) {
                lost(i - 1, segments.get(i - 1).size(), recoveryPoint, "ends early");
                break;
            }
            long bad = check(i, i == first ? position : 0);
            if (bad >= 0) {
                lost(i, bad, recoveryPoint, "not a valid batch");
                break;
            }
        }
        if (next < recoveryPoint) {
            Segment last = segments.active();
            throw new CorruptLogException(
                    log,
                    last.name(),
                    last.size(),
                    "ends at offset %d, was flushed up to %d".formatted(next, recoveryPoint));
        }
        return next;
    }

    private long offsetAt(Segment segment, long position) throws IOException {
        var scan = new BatchScan(segment.file(), position, segment.size(), BatchHeader.BYTES);
        if (!scan.nextOrCorrupt(log)) {
            throw new CorruptLogException(log, segment.name(), position, "ends early");
        }
        return scan.baseOffset();
    }

    /// Checks one segment's batches and builds its index.
    ///
    /// @return the position of the first bad one, or -1
    private long check(int at, long position) throws IOException {
        Segment segment = segments.get(at);
        var index = new SegmentIndex(segment.baseOffset);
        try (var scan = BatchScan.borrowingLong(segment.file(), position, segment.size())) {
            while (scan.next()) {
                if (!valid(scan, at)) {
                    finish(segment, position == 0, index, at);
                    segment.checked()
                            .checked(new CheckedBytes.Run(position, scan.position(), next, epoch));
                    return scan.position();
                }
                epoch = scan.leaderEpoch();
                epochs.assignFrom(saved, next, scan.baseOffset(), epoch);
                epochs.assign(epoch, scan.baseOffset());
                next = scan.lastOffset() + 1;
                if (BatchHeader.producerId(scan.header(), scan.headerAt()) >= 0) {
                    producersEnd = next;
                }
                index.add(
                        scan.lastOffset(),
                        scan.position(),
                        scan.size(),
                        scan.maxTimestamp(),
                        settings.indexIntervalBytes());
            }
            finish(segment, position == 0, index, at);
            segment.checked().checked(new CheckedBytes.Run(position, scan.position(), next, epoch));
            return scan.atEnd() ? -1 : scan.position();
        }
    }

    private boolean valid(BatchScan scan, int at) throws IOException {
        return scan.plausible()
                && scan.baseOffset() >= next
                && scan.leaderEpoch() >= epoch
                && scan.crcMatches()
                && !contradiction.of(scan, at, next, epoch);
    }

    /// Index files of what was just checked are made anew: they were not synced with it. Those of the segment that grows are
    /// written when it is sealed or closed, which for most comes long before anybody would miss them.
    private void finish(Segment segment, boolean whole, SegmentIndex index, int at)
            throws IOException {
        if (at == segments.count() - 1 && segment.size() > 0) {
            segment.doubtIndexFiles();
            if (whole) {
                segment.index(index);
            }
        } else if (whole && segment.size() > 0) {
            index.write(directory);
            segment.indexUnsynced(true);
        } else {
            forgetIndexes(segment);
        }
    }

    private void forgetIndexes(Segment segment) throws IOException {
        directory.delete(LogFiles.of(segment.baseOffset, LogFiles.INDEX));
        directory.delete(LogFiles.of(segment.baseOffset, LogFiles.TIME_INDEX));
    }

    /// Decides about damage at `position` of a segment: cuts the log there, or throws.
    private void lost(int at, long position, long recoveryPoint, String what) throws IOException {
        Segment segment = segments.get(at);
        if (next < recoveryPoint) {
            throw new CorruptLogException(
                    log,
                    segment.name(),
                    position,
                    "%s, at offset %d, was flushed up to %d".formatted(what, next, recoveryPoint));
        }
        var damage = new Damage(segment.file(), segment.size(), position, segment.baseOffset, next);
        boolean followed = damage.followed() || laterSegmentsHoldBatches(at);
        if (followed && !damage.looksUnsynced()) {
            throw new CorruptLogException(
                    log, segment.name(), position, what + ", and a valid batch follows");
        }
        cut(at, position, followed);
    }

    private boolean laterSegmentsHoldBatches(int at) throws IOException {
        for (int i = at + 1; i < segments.count(); i++) {
            Segment later = segments.get(i);
            if (new Damage(later.file(), later.size(), -1, later.baseOffset, later.baseOffset)
                    .followed()) {
                return true;
            }
        }
        return false;
    }

    private void cut(int at, long position, boolean followed) throws IOException {
        cut = true;
        Segment segment = segments.get(at);
        LOG.warn(
                "{}: cut at offset {}: byte {} of {} in {}{}",
                log,
                next,
                position,
                segment.size(),
                segment.name(),
                followed ? "; what follows was never flushed" : "");
        for (int i = segments.count() - 1; i > at; i--) {
            segments.removeAtOnce(i);
        }
        segment.truncate(position);
    }
}
