package dev.millrace.engine.log;

import java.util.Map;

/// When and how far a log is compacted; each is the Kafka topic setting of the same name.
///
/// @param minDirtyRatio `min.cleanable.dirty.ratio`, 0 to 1
/// @param minLagMs `min.compaction.lag.ms`
/// @param maxLagMs `max.compaction.lag.ms`
/// @param deleteRetentionMs `delete.retention.ms`
public record CompactionSettings(
        double minDirtyRatio, long minLagMs, long maxLagMs, long deleteRetentionMs) {

    static CompactionSettings from(Map<String, String> topic) {
        return new CompactionSettings(
                Double.parseDouble(topic.getOrDefault("min.cleanable.dirty.ratio", "0.5").strip()),
                LogSettings.number(topic, "min.compaction.lag.ms", 0),
                LogSettings.number(topic, "max.compaction.lag.ms", Long.MAX_VALUE),
                LogSettings.number(topic, "delete.retention.ms", 86_400_000));
    }

    /// What must be compacted after a time must be in a sealed segment by then.
    long segmentMs(boolean compact, long segmentMs) {
        return compact && maxLagMs > 0 ? Math.min(segmentMs, maxLagMs) : segmentMs;
    }
}
