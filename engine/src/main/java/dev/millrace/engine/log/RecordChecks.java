package dev.millrace.engine.log;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.utils.internals.BufferSupplier;
import org.apache.kafka.common.utils.internals.CloseableIterator;
import org.jspecify.annotations.Nullable;

/// Looks at single records where a topic's settings ask for it: keys (compaction), timestamps of each record.
///
/// Keys and values of compressed batches are skipped over, not held, so that a small batch that unpacks to much costs time and no
/// memory.
final class RecordChecks {
    /// As many as Kafka puts into the message of a refusal; the response lists them all.
    private static final int SHOWN = 3;

    private final TopicPartition name;
    private final LogSettings settings;
    private final long nowMs;
    private long maxTimestamp = -1;

    RecordChecks(TopicPartition name, LogSettings settings, long nowMs) {
        this.name = name;
        this.settings = settings;
        this.nowMs = nowMs;
    }

    static AppendResult.Refused outOfOrder(TopicPartition name) {
        return new AppendResult.Refused(
                Errors.INVALID_RECORD,
                "Records do not match their batch in topic partition " + name);
    }

    /// The greatest timestamp of the records that were looked at.
    long maxTimestamp() {
        return maxTimestamp;
    }

    /// Looks at every record of a batch that has passed the checks of its header.
    AppendResult.@Nullable Refused check(ByteBuffer b, int at) {
        if (SnappyChunks.areDamaged(b, at)) {
            return undecodable(name);
        }
        ByteBuffer bytes = b.slice(at, (int) BatchHeader.size(b, at));
        var batch =
                (DefaultRecordBatch) MemoryRecords.readableRecords(bytes).batchIterator().next();
        List<AppendResult.RecordError> noKey = new ArrayList<>();
        List<AppendResult.RecordError> badTime = new ArrayList<>();
        int index = 0;
        try (CloseableIterator<Record> records =
                batch.skipKeyValueIterator(BufferSupplier.NO_CACHING)) {
            for (; records.hasNext(); index++) {
                Record record = records.next();
                if (record.offset() != index) {
                    return outOfOrder(name);
                }
                if (settings.compact() && !batch.isControlBatch() && !record.hasKey()) {
                    noKey.add(new AppendResult.RecordError(index, noKeyMessage()));
                }
                if (!settings.logAppendTime() && outOfRange(record.timestamp())) {
                    badTime.add(new AppendResult.RecordError(index, timeMessage(record)));
                }
                maxTimestamp = Math.max(maxTimestamp, record.timestamp());
            }
        } catch (InvalidRecordException invalid) {
            return new AppendResult.Refused(
                    Errors.INVALID_RECORD, String.valueOf(invalid.getMessage()));
        } catch (KafkaException | IllegalArgumentException | StackOverflowError undecodable) {
            return undecodable(name);
        }
        return refusal(noKey, badTime);
    }

    /// Kafka answers with an error of its own, for that partition.
    static AppendResult.Refused undecodable(TopicPartition name) {
        return new AppendResult.Refused(
                Errors.CORRUPT_MESSAGE, "Record is corrupt in topic partition " + name + ".");
    }

    private static AppendResult.@Nullable Refused refusal(
            List<AppendResult.RecordError> noKey, List<AppendResult.RecordError> badTime) {
        if (!badTime.isEmpty()) {
            return new AppendResult.Refused(
                    Errors.INVALID_TIMESTAMP,
                    "One or more records have been rejected due to invalid timestamp",
                    badTime);
        }
        if (!noKey.isEmpty()) {
            return new AppendResult.Refused(
                    Errors.INVALID_RECORD,
                    "One or more records have been rejected due to %d record errors in total, and only showing the first three errors at most: %s"
                            .formatted(
                                    noKey.size(), noKey.subList(0, Math.min(SHOWN, noKey.size()))),
                    noKey);
        }
        return null;
    }

    private String noKeyMessage() {
        return "Compacted topic cannot accept message without key in topic partition %s."
                .formatted(name);
    }

    private boolean outOfRange(long timestamp) {
        return timestampOutOfRange(settings, nowMs, timestamp);
    }

    static boolean timestampOutOfRange(LogSettings settings, long nowMs, long timestamp) {
        return timestamp >= 0
                && (nowMs - timestamp > settings.timestampBeforeMaxMs()
                        || timestamp - nowMs > settings.timestampAfterMaxMs());
    }

    private String timeMessage(Record record) {
        return timestampMessage(settings, nowMs, record.timestamp(), record.offset());
    }

    static String timestampMessage(LogSettings settings, long nowMs, long timestamp, long offset) {
        return "Timestamp %d of message with offset %d is out of range. The timestamp should be within [%d, %d]"
                .formatted(
                        timestamp,
                        offset,
                        nowMs - settings.timestampBeforeMaxMs(),
                        nowMs + settings.timestampAfterMaxMs());
    }
}
