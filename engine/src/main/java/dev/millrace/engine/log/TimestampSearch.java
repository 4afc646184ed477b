package dev.millrace.engine.log;

import dev.millrace.engine.check.Invariant;
import java.io.IOException;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.utils.internals.BufferSupplier;
import org.apache.kafka.common.utils.internals.CloseableIterator;
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
    @Nullable TimestampOffset first(long timestamp, long logStart, long bound) throws IOException {
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
            if (scan == null) {
                continue;
            }
            do {
                if (scan.baseOffset() >= bound) {
                    return null;
                }
                Record record =
                        scan.maxTimestamp() < timestamp
                                ? null
                                : inBatch(log, scan, timestamp, logStart);
                if (record != null) {
                    return record.offset() < bound ? result(record, scan) : null;
                }
            } while (scan.nextOrCorrupt(log));
        }
        return null;
    }

    /// The first of the records below `bound` that have the greatest timestamp; null when no record has one.
    @Nullable TimestampOffset max(long logStart, long bound) throws IOException {
        BatchScan greatest = null;
        for (int i = segments.floor(logStart); i < segments.count(); i++) {
            Segment segment = segments.get(i);
            if (segment.size() == 0 || segment.baseOffset >= bound) {
                continue;
            }
            BatchScan candidate = maxOf(segment, logStart, bound);
            if (candidate != null
                    && candidate.maxTimestamp() >= 0
                    && (greatest == null || candidate.maxTimestamp() > greatest.maxTimestamp())) {
                greatest = candidate;
            }
        }
        if (greatest == null) {
            return null;
        }
        Record record = inBatch(log, greatest, greatest.maxTimestamp(), logStart);
        return record == null ? null : result(record, greatest);
    }

    /// The batch with the segment's greatest timestamp between the bounds; by the index, or by looking at all of them when the index
    /// names one that may not be seen.
    private @Nullable BatchScan maxOf(Segment segment, long logStart, long bound)
            throws IOException {
        long indexed = segment.maxTimestampOffset(interval);
        if (indexed >= logStart && indexed < bound) {
            return segment.find(indexed, interval);
        }
        BatchScan scan = segment.find(logStart, interval);
        long greatest = -1;
        long at = -1;
        while (scan != null && scan.lastOffset() < bound) {
            if (scan.maxTimestamp() > greatest) {
                greatest = scan.maxTimestamp();
                at = scan.lastOffset();
            }
            if (!scan.nextOrCorrupt(log)) {
                break;
            }
        }
        return at < 0 ? null : segment.find(at, interval);
    }

    private static TimestampOffset result(Record record, BatchScan batch) {
        return new TimestampOffset(record.timestamp(), record.offset(), batch.leaderEpoch());
    }

    /// The first record of a batch at or after a time and an offset. What is compressed is kept as it came, and may be anything: keys
    /// and values are skipped over, so that what they say of their size costs no memory.
    static @Nullable Record inBatch(String log, BatchScan batch, long timestamp, long from)
            throws IOException {
        MemoryRecords records = batch.records().load();
        if (SnappyChunks.areDamaged(records.buffer(), 0)) {
            throw unreadable(log, batch, "lengths of snappy");
        }
        try (CloseableIterator<Record> each =
                records.batchIterator().next().skipKeyValueIterator(BufferSupplier.NO_CACHING)) {
            while (each.hasNext()) {
                Record record = each.next();
                if (record.timestamp() >= timestamp && record.offset() >= from) {
                    return record;
                }
            }
            return null;
        } catch (Invariant.Broken broken) {
            throw broken;
        } catch (RuntimeException | StackOverflowError unreadable) {
            throw unreadable(log, batch, unreadable.toString());
        }
    }

    private static CorruptLogException unreadable(String log, BatchScan batch, String why) {
        return new CorruptLogException(log, batch.fileName(), batch.position(), why);
    }
}
