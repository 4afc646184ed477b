package dev.millrace.engine.replica;

import dev.millrace.engine.log.LogRest;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/// A log of which the checkpoints tell, and that has no folder: what a start and `millrace doctor` say of it.
///
/// A high watermark alone is no proof: what was acknowledged before it was flushed may be above the recovery point, and a power loss may
/// take it together with a folder that was new.
final class MissedLog {
    private MissedLog() {}

    /// What three checkpoints say of a log. Below a recovery point records were flushed, and the folder's name was before them; it counts
    /// where the high watermarks name the log as well, or name none.
    ///
    /// @return null when nothing is missed
    static @Nullable LogRest of(
            TopicPartition name,
            Map<TopicPartition, Long> recoveryPoints,
            Map<TopicPartition, Long> logStarts,
            Map<TopicPartition, Long> highWatermarks) {
        long recoveryPoint = recoveryPoints.getOrDefault(name, 0L);
        long logStart = logStarts.getOrDefault(name, 0L);
        boolean watched = highWatermarks.isEmpty() || highWatermarks.containsKey(name);
        return recoveryPoint > 0 && watched
                ? new LogRest(
                        logStart,
                        Math.max(recoveryPoint, logStart),
                        0,
                        0,
                        LogRest.EMPTY.firstUnstable())
                : null;
    }
}
