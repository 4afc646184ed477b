package dev.millrace.engine.log;

import java.nio.ByteBuffer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.CompressionType;
import org.jspecify.annotations.Nullable;

/// What Kafka demands of a batch before it goes into a log, read from its header: no object is made for a batch that is right.
///
/// The records of a plain batch (not compressed, no setting that asks for more) are walked over by their lengths; compressed ones are
/// unpacked only when a setting asks for it ([RecordChecks]).
final class BatchChecks {
    private final TopicPartition name;
    private final LogSettings settings;
    private final long nowMs;
    private final Origin origin;

    BatchChecks(TopicPartition name, LogSettings settings, long nowMs, Origin origin) {
        this.name = name;
        this.settings = settings;
        this.nowMs = nowMs;
        this.origin = origin;
    }

    /// Checks the frames: that the buffer is a row of whole batches of magic 2, one from a client.
    AppendResult.@Nullable Refused frames(ByteBuffer b) {
        int at = b.position();
        int batches = 0;
        while (at < b.limit()) {
            if (b.limit() - at < BatchHeader.BYTES) {
                return batches == 0
                        ? shorter(b, at)
                        : corrupt("%d bytes too many".formatted(b.limit() - at));
            }
            long size = BatchHeader.size(b, at);
            byte magic = BatchHeader.magic(b, at);
            if (magic != 2) {
                return magic >= 0 && magic < 2 ? oldMagic() : corrupt("unknown magic " + magic);
            }
            if (size < BatchHeader.BYTES || size > b.limit() - at) {
                return illegalLength(size);
            }
            at += (int) size;
            batches++;
        }
        if (batches == 0) {
            return invalid("Produce requests must have at least one record batch per partition");
        }
        if (batches > 1 && origin.isClient()) {
            return invalid(
                    "Produce requests are only allowed to contain exactly one record batch per partition");
        }
        return null;
    }

    private AppendResult.Refused shorter(ByteBuffer b, int at) {
        boolean old = b.limit() - at > 16 && BatchHeader.magic(b, at) < 2;
        return old ? oldMagic() : illegalLength(b.limit() - at);
    }

    private AppendResult.Refused oldMagic() {
        return invalid(
                "Produce requests are only allowed to contain record batches with magic version 2");
    }

    private AppendResult.Refused illegalLength(long size) {
        return new AppendResult.Refused(
                Errors.CORRUPT_MESSAGE,
                "Cannot append record batch with illegal length %d to log for %s. A possible cause is a corrupted produce request."
                        .formatted(size, name));
    }

    private AppendResult.Refused corrupt(String why) {
        return new AppendResult.Refused(
                Errors.CORRUPT_MESSAGE,
                "Record is corrupt (%s) in topic partition %s.".formatted(why, name));
    }

    private static AppendResult.Refused invalid(String why) {
        return new AppendResult.Refused(Errors.INVALID_RECORD, why);
    }

    /// Checks one batch whose frame is whole. The order of the checks is Kafka's, since only the first refusal is told.
    AppendResult.@Nullable Refused header(ByteBuffer b, int at) {
        int size = (int) BatchHeader.size(b, at);
        if (origin.isClient() && BatchHeader.baseOffset(b, at) != 0) {
            return invalid(
                    "The baseOffset of the record batch in the append to %s should be 0, but it is %d"
                            .formatted(name, BatchHeader.baseOffset(b, at)));
        }
        if (size > settings.maxMessageBytes() && origin != Origin.RAFT) {
            return new AppendResult.Refused(
                    Errors.MESSAGE_TOO_LARGE,
                    "The record batch size in the append to %s is %d bytes which exceeds the maximum configured value of %d)."
                            .formatted(name, size, settings.maxMessageBytes()));
        }
        if (!BatchHeader.crcMatches(b, at, size)) {
            return corrupt("stored crc = " + Integer.toUnsignedLong(BatchHeader.crc(b, at)));
        }
        if (BatchHeader.codec(b, at) > CompressionType.ZSTD.id) {
            return new AppendResult.Refused(
                    Errors.UNSUPPORTED_COMPRESSION_TYPE,
                    "Unknown compression type id: " + BatchHeader.codec(b, at));
        }
        return origin.isClient() ? client(b, at) : counts(b, at);
    }

    private AppendResult.@Nullable Refused counts(ByteBuffer b, int at) {
        int delta = BatchHeader.lastOffsetDelta(b, at);
        int count = BatchHeader.count(b, at);
        if (delta < 0) {
            return invalid(
                    "Batch has an invalid offset range: [%d, %d] in topic partition %s"
                            .formatted(0, delta, name));
        }
        if (count <= 0) {
            return invalid(
                    "Invalid reported count for record batch: %d in topic partition %s"
                            .formatted(count, name));
        }
        if (count != delta + 1) {
            return invalid(
                    "Inconsistent batch offset range [%d, %d] and count of records %d in topic partition %s"
                            .formatted(0, delta, count, name));
        }
        return null;
    }

    private AppendResult.@Nullable Refused client(ByteBuffer b, int at) {
        AppendResult.Refused refused = counts(b, at);
        if (refused != null) {
            return refused;
        }
        if (BatchHeader.control(b, at)) {
            return invalid(
                    "Clients are not allowed to write control records in topic partition " + name);
        }
        if (origin == Origin.CLIENT && BatchHeader.transactional(b, at)) {
            // Kafka refuses the whole request: without an id nobody can tell whether it may.
            return new AppendResult.Refused(
                    Errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
                    Errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED.message());
        }
        boolean hasProducer = BatchHeader.producerId(b, at) >= 0;
        if (hasProducer && BatchHeader.baseSequence(b, at) < 0) {
            return invalid(
                    "Invalid sequence number %d in record batch with producerId %d in topic partition %s"
                            .formatted(
                                    BatchHeader.baseSequence(b, at),
                                    BatchHeader.producerId(b, at),
                                    name));
        }
        return timestamps(b, at);
    }

    private AppendResult.@Nullable Refused timestamps(ByteBuffer b, int at) {
        if (BatchHeader.logAppendTime(b, at)) {
            return new AppendResult.Refused(
                    Errors.INVALID_TIMESTAMP,
                    "Invalid timestamp type in message. Producer should not set timestamp type to LogAppendTime.");
        }
        return null;
    }

    /// Whether a setting asks for a look at single records, or the header says that one of them is too new.
    boolean looksAtRecords(ByteBuffer b, int at) {
        if (!origin.isClient()) {
            return false;
        }
        return settings.compact()
                || (!settings.logAppendTime()
                        && (settings.timestampBeforeMaxMs() != Long.MAX_VALUE
                                || RecordChecks.timestampOutOfRange(
                                        settings, nowMs, BatchHeader.maxTimestamp(b, at))));
    }

    /// Checks what the leader sent: whole batches, each as [#replicated(ByteBuffer, int, long, int)] wants it behind the one before.
    AppendResult.@Nullable Refused replicated(ByteBuffer b, long logEnd, int epoch) {
        AppendResult.Refused refused = frames(b);
        long next = logEnd;
        for (int at = b.position(); refused == null && at < b.limit(); ) {
            refused = replicated(b, at, next, epoch);
            next = BatchHeader.lastOffset(b, at) + 1;
            at += (int) BatchHeader.size(b, at);
        }
        return refused;
    }

    /// Checks a batch that the leader sent: offsets rise, epochs do not fall, the checksum is right.
    AppendResult.@Nullable Refused replicated(ByteBuffer b, int at, long next, int epoch) {
        int size = (int) BatchHeader.size(b, at);
        if (!BatchHeader.crcMatches(b, at, size)) {
            return corrupt("stored crc = " + Integer.toUnsignedLong(BatchHeader.crc(b, at)));
        }
        if (BatchHeader.baseOffset(b, at) < next || BatchHeader.lastOffsetDelta(b, at) < 0) {
            return corrupt(
                    "offset %d where %d is next".formatted(BatchHeader.baseOffset(b, at), next));
        }
        if (BatchHeader.leaderEpoch(b, at) < epoch) {
            return corrupt(
                    "leader epoch %d after %d".formatted(BatchHeader.leaderEpoch(b, at), epoch));
        }
        return null;
    }
}
