package dev.millrace.engine.log;

import org.apache.kafka.common.TopicPartition;

/// What is known of a log from outside its folder, for those who check it.
///
/// @param settings its topic's; the defaults when nobody knows them
/// @param closedCleanly the last process closed it, so that nothing in it is unfinished
/// @param closedEnd where it ended then; -1 when nobody has noted that
/// @param recoveryPoint what was synced for certain, as checkpointed; 0 when nothing
/// @param logStart as checkpointed; 0 when it is where the first segment begins
/// @param latestEpoch the newest leader epoch that there can be; `Integer.MAX_VALUE` when nobody knows
/// @param holesBelow compaction may have taken single batches below that offset
/// @param boundary an offset of which the host wants to know whether a batch begins there
public record LogFacts(
        TopicPartition name,
        LogSettings settings,
        boolean closedCleanly,
        long closedEnd,
        long recoveryPoint,
        long logStart,
        int latestEpoch,
        long holesBelow,
        long boundary) {
    LogFacts withRecoveryPoint(long offset) {
        return new LogFacts(
                name,
                settings,
                closedCleanly,
                closedEnd,
                offset,
                logStart,
                latestEpoch,
                holesBelow,
                boundary);
    }
}
