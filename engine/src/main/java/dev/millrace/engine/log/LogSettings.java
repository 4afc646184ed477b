package dev.millrace.engine.log;

import java.util.List;
import java.util.Map;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;
import org.jspecify.annotations.Nullable;

/// What a log needs of its topic's effective settings; each is the Kafka topic setting of the same name.
///
/// @param segmentBytes `internal.segment.bytes` where it is set: that one may be below a megabyte, for tests (KIP-1030)
/// @param segmentJitterMs up to this much is taken, by chance, from `segmentMs` for each segment
/// @param maxMessageBytes of one batch, compressed
/// @param timestampBeforeMaxMs how much older than now a CreateTime timestamp may be
/// @param timestampAfterMaxMs how much newer than now a CreateTime timestamp may be
/// @param retentionMs -1 for ever
/// @param retentionBytes -1 without limit
/// @param flushOnAck `millrace.flush=ack`: acks=all is answered after the flush
/// @param compressionType null for "producer": batches stay as they come
/// @param verifyTransactions the broker's `transaction.partition.verification.enable`: a transaction's first batch here needs a guard
public record LogSettings(
        int segmentBytes,
        long segmentMs,
        long segmentJitterMs,
        int segmentIndexBytes,
        int indexIntervalBytes,
        int maxMessageBytes,
        TimestampType timestampType,
        long timestampBeforeMaxMs,
        long timestampAfterMaxMs,
        boolean compact,
        boolean delete,
        long retentionMs,
        long retentionBytes,
        boolean flushOnAck,
        long fileDeleteDelayMs,
        @Nullable CompressionType compressionType,
        int gzipLevel,
        int lz4Level,
        int zstdLevel,
        boolean verifyTransactions,
        CompactionSettings compaction) {

    /// Kafka's defaults, and flush on ack.
    public static final LogSettings DEFAULTS = from(Map.of());

    /// @param topic the topic's effective settings, valid ones; what is missing has Kafka's default
    public static LogSettings from(Map<String, String> topic) {
        List<String> cleanup =
                List.of(
                        topic.getOrDefault("cleanup.policy", "delete")
                                .replaceAll("\\s", "")
                                .split(","));
        String compression = topic.getOrDefault("compression.type", "producer");
        CompactionSettings compaction = CompactionSettings.from(topic);
        boolean compact = cleanup.contains("compact");
        return new LogSettings(
                (int) number(topic, "internal.segment.bytes", segmentBytes(topic)),
                compaction.segmentMs(compact, number(topic, "segment.ms", 604_800_000L)),
                number(topic, "segment.jitter.ms", 0),
                (int) number(topic, "segment.index.bytes", 10 << 20),
                (int) number(topic, "index.interval.bytes", 4096),
                (int) number(topic, "max.message.bytes", (1 << 20) + 12),
                TimestampType.forName(topic.getOrDefault("message.timestamp.type", "CreateTime")),
                number(topic, "message.timestamp.before.max.ms", Long.MAX_VALUE),
                number(topic, "message.timestamp.after.max.ms", 3_600_000),
                compact,
                cleanup.contains("delete"),
                number(topic, "retention.ms", 604_800_000L),
                number(topic, "retention.bytes", -1),
                topic.getOrDefault("millrace.flush", "ack").equals("ack"),
                number(topic, "file.delete.delay.ms", 60_000),
                codec(compression),
                (int) number(topic, "compression.gzip.level", -1),
                (int) number(topic, "compression.lz4.level", 9),
                (int) number(topic, "compression.zstd.level", 3),
                Boolean.parseBoolean(
                        topic.getOrDefault("transaction.partition.verification.enable", "true")
                                .strip()),
                compaction);
    }

    private static long segmentBytes(Map<String, String> topic) {
        return number(topic, "segment.bytes", 1 << 30);
    }

    static long number(Map<String, String> topic, String key, long otherwise) {
        String value = topic.get(key);
        return value == null ? otherwise : Long.parseLong(value.strip());
    }

    private static @Nullable CompressionType codec(String name) {
        return switch (name) {
            case "producer" -> null;
            case "uncompressed" -> CompressionType.NONE;
            default -> CompressionType.forName(name);
        };
    }

    /// The codec that every batch of this log has, or null when the producer chooses.
    @Nullable Compression compression() {
        // Not `case null`: that makes a switch over an enum one over types, whose first use costs
        // milliseconds.
        if (compressionType == null) {
            return null;
        }
        return switch (compressionType) {
            case NONE -> Compression.NONE;
            case GZIP -> Compression.gzip().level(gzipLevel).build();
            case SNAPPY -> Compression.snappy().build();
            case LZ4 -> Compression.lz4().level(lz4Level).build();
            case ZSTD -> Compression.zstd().level(zstdLevel).build();
        };
    }

    boolean logAppendTime() {
        return timestampType == TimestampType.LOG_APPEND_TIME;
    }
}
