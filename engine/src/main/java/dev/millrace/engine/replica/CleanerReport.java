package dev.millrace.engine.replica;

import java.util.List;
import org.apache.kafka.common.TopicPartition;

/// What compaction does on this broker, and has done since it started.
///
/// @param maxDirtyRatio of the dirtiest partition that compacts, when somebody last looked; 0 to 1
/// @param due how many partitions were due then
/// @param running the passes that are under way
/// @param uncleanable partitions that are not tried again before a restart or new settings
/// @param done passes that have come to their end
/// @param cancelled passes that were given up because the log had changed
/// @param failed passes that have ended with an error, or could not begin
/// @param readBytes read for all passes
/// @param writtenBytes written for all passes
/// @param readRecords seen by passes that have ended
/// @param keptRecords of these, how many stayed
public record CleanerReport(
        double maxDirtyRatio,
        int due,
        List<Running> running,
        List<Uncleanable> uncleanable,
        long done,
        long cancelled,
        long failed,
        long readBytes,
        long writtenBytes,
        long readRecords,
        long keptRecords) {
    /// A pass.
    ///
    /// @param progress 0 to 1
    public record Running(TopicPartition name, double progress) {}

    /// A partition that cannot be compacted as it is.
    public record Uncleanable(TopicPartition name, String reason) {}
}
