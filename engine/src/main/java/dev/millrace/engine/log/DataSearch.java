package dev.millrace.engine.log;

import java.io.IOException;
import org.apache.kafka.common.record.internal.Record;
import org.jspecify.annotations.Nullable;

/// Finds the first record that is data, passing over control records and what compaction has left of batches.
final class DataSearch {
    /// Headers looked at in one search, so that a log of nothing but markers does not hold its partition up.
    static final int MOST_BATCHES = 1_000;

    /// Of a larger batch, and of one that cannot be read, the header has to do: its first timestamp for every record in it.
    static final int LARGE_BYTES = 4 << 20;

    private final String log;
    private final Segments segments;
    private final int interval;

    DataSearch(String log, Segments segments, int interval) {
        this.log = log;
        this.segments = segments;
        this.interval = interval;
    }

    /// @param from at or after the log start
    /// @param bound exclusive
    FirstData first(long from, long bound) throws IOException {
        int left = MOST_BATCHES;
        for (int i = segments.floor(from); i < segments.count(); i++) {
            Segment segment = segments.get(i);
            BatchScan scan = segment.baseOffset < bound ? segment.find(from, interval) : null;
            while (scan != null && scan.baseOffset() < bound) {
                if (left-- == 0) {
                    return new FirstData.Beyond(Math.max(from, scan.baseOffset()));
                }
                FirstData found = isControl(scan) ? null : inBatch(scan, from);
                if (found != null) {
                    return found;
                }
                if (!scan.nextOrCorrupt(log)) {
                    break;
                }
            }
        }
        return new FirstData.None(bound);
    }

    private static boolean isControl(BatchScan scan) {
        return BatchHeader.control(scan.header(), scan.headerAt());
    }

    private @Nullable FirstData inBatch(BatchScan scan, long from) throws IOException {
        if (scan.size() > LARGE_BYTES) {
            return byHeader(scan, from);
        }
        try {
            Record record = TimestampSearch.inBatch(log, scan, Long.MIN_VALUE, from);
            return record == null ? null : new FirstData.Found(record.offset(), record.timestamp());
        } catch (CorruptLogException unreadable) {
            return byHeader(scan, from);
        }
    }

    private static FirstData byHeader(BatchScan scan, long from) {
        long timestamp =
                BatchHeader.logAppendTime(scan.header(), scan.headerAt())
                        ? scan.maxTimestamp()
                        : BatchHeader.baseTimestamp(scan.header(), scan.headerAt());
        return new FirstData.Found(Math.max(from, scan.baseOffset()), timestamp);
    }
}
