package dev.millrace.engine.log;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.utils.internals.ByteBufferOutputStream;
import org.jspecify.annotations.Nullable;

/// Makes what a client or coordinator sent into what the log holds: checked, with offsets, epoch and timestamps set.
///
/// In the plain case this changes twelve bytes of each header where they lie and leaves the rest as it came over the wire.
final class LeaderBatches {
    private final TopicPartition name;
    private final LogSettings settings;
    private final long nowMs;
    private final Origin origin;

    /// The client's batch unpacked, where the topic asks for another compression.
    private @Nullable ByteBuffer unpacked;

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
                refused = unpack(b, at);
                ByteBuffer plain = unpacked;
                if (refused == null) {
                    refused = plain == null ? records(b, at, checks) : records(plain, 0, checks);
                }
            }
        }
        return refused;
    }

    /// Another compression is made of the records themselves: they are unpacked once, and checked as those of a plain batch.
    private AppendResult.@Nullable Refused unpack(ByteBuffer b, int at) {
        Compression wanted = settings.compression();
        int codec = BatchHeader.codec(b, at);
        if (wanted == null || codec == 0 || codec == wanted.type().id) {
            return null;
        }
        int most = CompactionLimits.DEFAULTS.forBatchesOf(settings.maxMessageBytes()).unpackBytes();
        var unpacker = new Unpacker(most);
        int end = unpacker.unpack(b, at);
        if (end == Unpacker.TOO_LARGE) {
            return new AppendResult.Refused(
                    Errors.MESSAGE_TOO_LARGE,
                    "The record batch in the append to %s unpacks to more than %d bytes, the most that is compressed anew."
                            .formatted(name, most));
        }
        if (end == Unpacker.DAMAGED) {
            return RecordChecks.undecodable(name);
        }
        ByteBuffer plain = ByteBuffer.wrap(unpacker.bytes(), 0, end);
        plain.put(0, b, at, BatchHeader.BYTES);
        BatchHeader.setCodec(plain, 0, end, 0);
        unpacked = plain;
        return null;
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
                return RecordChecks.outOfOrder(name);
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
        ByteBuffer out = recompressed(b);
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

    private ByteBuffer recompressed(ByteBuffer b) {
        ByteBuffer plain = unpacked == null ? b : unpacked;
        Compression wanted = settings.compression();
        if (wanted == null || !origin.isClient()) {
            return b;
        }
        if (BatchHeader.codec(plain, plain.position()) == wanted.type().id) {
            return plain;
        }
        return packed(plain, wanted);
    }

    /// The records stay as they are, byte by byte: those of a plain batch are in order, from offset delta 0 on.
    private ByteBuffer packed(ByteBuffer plain, Compression wanted) {
        int size = plain.remaining();
        ByteBuffer held = plain;
        if (!plain.hasArray()) { // as what comes from the network
            held = ByteBuffer.allocate(size).put(0, plain, plain.position(), size);
        }
        byte[] bytes = held.array();
        int from = held.arrayOffset() + held.position();
        var out = new ByteBufferOutputStream(Math.min(size, settings.maxMessageBytes()));
        out.write(bytes, from, BatchHeader.BYTES);
        try (OutputStream packed = wanted.wrapForOutput(out, (byte) 2)) {
            packed.write(bytes, from + BatchHeader.BYTES, size - BatchHeader.BYTES);
        } catch (IOException neverInMemory) {
            throw new UncheckedIOException(neverInMemory);
        }
        ByteBuffer batch = out.buffer().flip();
        BatchHeader.setCodec(batch, 0, batch.limit(), wanted.type().id);
        return batch;
    }

    private static int size(ByteBuffer b, int at) {
        return (int) BatchHeader.size(b, at);
    }
}
