package dev.millrace.engine.log;

import java.io.IOException;
import org.apache.kafka.common.record.internal.Record;
import org.jspecify.annotations.Nullable;

/// Finds records by their timestamps, exactly: the batch by the index, the record by looking inside.
final class TimestampSearch {
    private final String log;
    private final Segments segments;
    private final int interval;

    TimestampSearch(String log, Segments segments, int interval) {
        this.log = log;
        this.segments = segments;
        this.interval = interval;
    }

    /// The first record at or after `logStart` and below `bound` whose timestamp is at least `timestamp`.
    @Nullable TimestampOffset first(long timestamp, long logStart, long bound)
            throws IOException {
        for (int i = segments.floor(logStart); i < segments.count(); i++) {
            Segment segment = segments.get(i);
            if (segment.baseOffset >= bound) {
                return null;
            }
            if (segment.size() == 0 || segment.maxTimestamp(interval) < timestamp) {
                continue;
            }
            long from = Math.max(logStart, segment.offsetBefore(timestamp, interval));
            BatchScan scan = segment.find(from, interval);
            for (boolean more = scan != null; more; more = scan.nextOrCorrupt(log)) {
                if (scan.baseOffset() >= bound) {
                    return null;
                }
                if (scan.maxTimestamp() < timestamp) {
                    continue;
                }
                Record record = inBatch(scan, timestamp, logStart);
                if (record != null) {
                    return record.offset() < bound ? result(record, scan) : null;
                }
            }
        }
        return null;
    }

    /// The first of the records below `bound` that have the greatest timestamp; null when no record has one.
    @Nullable TimestampOffset max(long logStart, long logEnd, long bound) throws IOException {
        long greatest = -1;
        BatchScan batch = null;
        for (int i = segments.floor(logStart); i < segments.count(); i++) {
            Segment segment = segments.get(i);
            if (segment.size() == 0 || segment.baseOffset >= bound) {
                continue;
            }
            boolean whole =
                    segment.baseOffset >= logStart && segments.endOffset(i, logEnd) <= bound;
            if (whole || segment.maxTimestampOffset(interval) < bound && segment.maxTimestampOffset(interval) >= logStart) {
                if (segment.maxTimestamp(interval) > greatest) {
                    greatest = segment.maxTimestamp(interval);
                    batch = segment.find(segment.maxTimestampOffset(interval), interval);
                }
                continue;
            }
            // The greatest lies outside of what may be seen: look at what is left of this segment.
            BatchScan scan = segment.find(logStart, interval);
            for (boolean more = scan != null; more; more = scan.nextOrCorrupt(log)) {
                if (scan.lastOffset() >= bound) {
                    break;
                }
                if (scan.maxTimestamp() > greatest) {
                    greatest = scan.maxTimestamp();
                    batch = segment.find(scan.lastOffset(), interval);
                }
            }
        }
        if (batch == null || greatest < 0) {
            return null;
        }
        Record record = inBatch(batch, greatest, logStart);
        return record == null ? null : result(record, batch);
    }

    private static TimestampOffset result(Record record, BatchScan batch) {
        return new TimestampOffset(record.timestamp(), record.offset(), batch.leaderEpoch());
    }

    private static @Nullable Record inBatch(BatchScan batch, long timestamp, long logStart)
            throws IOException {
        for (Record record : batch.records().load().records()) {
            if (record.timestamp() >= timestamp && record.offset() >= logStart) {
                return record;
            }
        }
        return null;
    }
}
