package dev.millrace.engine.log;

import java.io.IOException;

/// Makes the indexes of a segment anew from its good batches: what is damaged has no entry, and misleads no search.
///
/// Batches that were not checked before have their checksums compared; one that stands behind a gap counts once the next one does not
/// overlap with it, since its offset lies outside the checksum.
final class IndexBuild {
    private final Segment segment;
    private final int interval;
    private final CheckedBytes checked;
    private final SegmentIndex index;

    /// The offset behind the last batch that counts.
    private long next;

    private boolean pending;
    private boolean pendingBehindGap;
    private long pendingLast;
    private long pendingPosition;
    private int pendingSize;
    private long pendingTimestamp;

    private IndexBuild(Segment segment, int interval) throws IOException {
        this.segment = segment;
        this.interval = interval;
        this.checked = segment.checked();
        this.index = new SegmentIndex(segment.baseOffset);
        this.next = segment.baseOffset;
    }

    static SegmentIndex of(Segment segment, int interval) throws IOException {
        return new IndexBuild(segment, interval).build();
    }

    private SegmentIndex build() throws IOException {
        long size = segment.size();
        for (long from = 0; from < size; ) {
            var scan = new BatchScan(segment.file(), from, size, BatchScan.LONG);
            while (scan.next()) {
                if (isGood(scan)) {
                    take(scan);
                }
            }
            from = scan.atEnd() ? size : nextGood(scan.position(), size);
        }
        commit();
        return index;
    }

    private boolean isGood(BatchScan scan) throws IOException {
        return checked.lostAt(scan.position()) == null
                && (checked.covers(scan.position()) || (scan.plausible() && scan.crcMatches()));
    }

    private void take(BatchScan scan) {
        if (pending && scan.baseOffset() <= pendingLast) {
            if (!pendingBehindGap) {
                return; // its own offset is wrong
            }
            pending = false;
        }
        commit();
        if (scan.baseOffset() < next) {
            return;
        }
        pending = true;
        pendingBehindGap = scan.baseOffset() > next;
        pendingLast = scan.lastOffset();
        pendingPosition = scan.position();
        pendingSize = scan.size();
        pendingTimestamp = scan.maxTimestamp();
    }

    private void commit() {
        if (pending) {
            index.add(pendingLast, pendingPosition, pendingSize, pendingTimestamp, interval);
            next = pendingLast + 1;
            pending = false;
        }
    }

    private long nextGood(long position, long size) throws IOException {
        var search = new Damage(segment.file(), size, position, segment.baseOffset, next);
        return search.followed() ? search.validAt() : size;
    }
}
