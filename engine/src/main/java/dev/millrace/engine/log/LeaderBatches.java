package dev.millrace.engine.log;

import java.nio.ByteBuffer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecordsBuilder;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.jspecify.annotations.Nullable;

/// Makes what a client or coordinator sent into what the log holds: checked, with offsets, epoch and timestamps set.
///
/// In the plain case this changes twelve bytes of each header where they lie and leaves the rest as it came over the wire.
final class LeaderBatches {
    private final TopicPartition name;
    private final LogSettings settings;
    private final long nowMs;
    private final Origin origin;

    LeaderBatches(TopicPartition name, LogSettings settings, long nowMs, Origin origin) {
        this.name = name;
        this.settings = settings;
        this.nowMs = nowMs;
        this.origin = origin;
    }

    /// Checks everything that does not depend on the state of the log. May correct a greatest timestamp in place.
    AppendResult.@Nullable Refused check(ByteBuffer b) {
        var checks = new BatchChecks(name, settings, nowMs, origin);
        AppendResult.Refused refused = checks.frames(b);
        for (int at = b.position(); refused == null && at < b.limit(); at += size(b, at)) {
            refused = checks.header(b, at);
            if (refused == null && origin.isClient()) {
                refused = records(b, at, checks);
            }
        }
        return refused;
    }

    private AppendResult.@Nullable Refused records(ByteBuffer b, int at, BatchChecks checks) {
        long maxTimestamp;
        if (checks.looksAtRecords(b, at)) {
            var records = new RecordChecks(name, settings, nowMs);
            AppendResult.Refused refused = records.check(b, at);
            if (refused != null) {
                return refused;
            }
            maxTimestamp = records.maxTimestamp();
        } else if (BatchHeader.codec(b, at) == 0) {
            var walk = new RecordWalk(b);
            if (!walk.walk(at)) {
                return new AppendResult.Refused(
                        Errors.INVALID_RECORD,
                        "Records do not match their batch in topic partition " + name);
            }
            maxTimestamp = walk.maxTimestamp(at);
        } else {
            return null; // the header is believed; unpacking would cost more than the rest of the
            // append
        }
        if (!settings.logAppendTime() && maxTimestamp != BatchHeader.maxTimestamp(b, at)) {
            if (RecordChecks.timestampOutOfRange(settings, nowMs, maxTimestamp)) {
                return new RecordChecks(name, settings, nowMs).check(b, at);
            }
            BatchHeader.setMaxTimestamp(b, at, maxTimestamp, false);
        }
        return null;
    }

    /// Sets offsets from `firstOffset` on, the epoch, and the timestamps where they are the log's own.
    ///
    /// @return the bytes for the log: `b` itself unless the topic asks for another compression
    ByteBuffer assign(ByteBuffer b, long firstOffset, int leaderEpoch) {
        ByteBuffer out = recompressed(b, firstOffset, leaderEpoch);
        long offset = firstOffset;
        for (int at = out.position(); at < out.limit(); at += size(out, at)) {
            BatchHeader.setBaseOffset(out, at, offset);
            BatchHeader.setLeaderEpoch(out, at, leaderEpoch);
            if (settings.logAppendTime()) {
                BatchHeader.setMaxTimestamp(out, at, nowMs, true);
            }
            offset += BatchHeader.lastOffsetDelta(out, at) + 1L;
        }
        return out;
    }

    /// Checks the bytes that [#assign] gave: another compression may have made them larger.
    AppendResult.@Nullable Refused checkSize(ByteBuffer bytes) {
        int size = bytes.remaining();
        if (size > settings.segmentBytes()) {
            return new AppendResult.Refused(
                    Errors.RECORD_LIST_TOO_LARGE,
                    "Message batch size is %d bytes in append to partition %s, which exceeds the maximum configured segment size of %d."
                            .formatted(size, name, settings.segmentBytes()));
        }
        if (origin.isClient() && size > settings.maxMessageBytes()) {
            return new AppendResult.Refused(
                    Errors.MESSAGE_TOO_LARGE,
                    "Message batch size is %d bytes in append to partition %s which exceeds the maximum configured size of %d."
                            .formatted(size, name, settings.maxMessageBytes()));
        }
        return null;
    }

    private ByteBuffer recompressed(ByteBuffer b, long firstOffset, int leaderEpoch) {
        Compression wanted = settings.compression();
        if (wanted == null || !origin.isClient()) {
            return b;
        }
        boolean same = true;
        for (int at = b.position(); at < b.limit(); at += size(b, at)) {
            same &= BatchHeader.codec(b, at) == wanted.type().id;
        }
        return same ? b : rebuild(b, wanted, firstOffset, leaderEpoch);
    }

    private static ByteBuffer rebuild(
            ByteBuffer b, Compression wanted, long firstOffset, int leaderEpoch) {
        MutableRecordBatch batch = MemoryRecords.readableRecords(b.slice()).batchIterator().next();
        MemoryRecordsBuilder builder =
                MemoryRecords.builder(
                        ByteBuffer.allocate(Math.max(1024, b.remaining())),
                        batch.magic(),
                        wanted,
                        TimestampType.CREATE_TIME,
                        firstOffset,
                        batch.maxTimestamp(),
                        batch.producerId(),
                        batch.producerEpoch(),
                        batch.baseSequence(),
                        batch.isTransactional(),
                        leaderEpoch);
        long offset = firstOffset;
        for (Record record : batch) {
            builder.appendWithOffset(offset++, record);
        }
        return builder.build().buffer();
    }

    private static int size(ByteBuffer b, int at) {
        return (int) BatchHeader.size(b, at);
    }
}
