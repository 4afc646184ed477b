package dev.millrace.engine.log;

import java.io.IOException;

/// Where a segment is cut, always between two batches, and the log end that this makes.
record SegmentCut(long position, long logEnd) {
    /// The last place at which it may be cut so that nothing at or above `offset` stays.
    ///
    /// @param log its name, for who reads of damage
    /// @param interval `index.interval.bytes`
    static SegmentCut of(String log, Segment segment, long offset, int interval)
            throws IOException {
        long position = segment.positionFor(offset - 1, interval);
        var scan = new BatchScan(segment.file(), position, segment.size(), BatchScan.SHORT);
        long end = segment.baseOffset;
        boolean more = scan.checking(segment.checked()).nextOrCorrupt(log);
        if (more && position > 0) {
            end = scan.baseOffset();
        }
        while (more && scan.lastOffset() < offset) {
            end = scan.lastOffset() + 1;
            position = scan.position() + scan.size();
            more = scan.nextOrCorrupt(log);
        }
        return new SegmentCut(position, end);
    }
}
