package dev.millrace.engine.lag;

import dev.millrace.engine.lag.PartitionLag.Flag;
import dev.millrace.engine.log.FirstData;
import dev.millrace.engine.replica.Partition;
import java.util.List;

/// What is lag: a pure function of where the group stands and what the log has.
///
/// - It counts offsets from the first record that is data up to the last stable offset. Holes and control records at its beginning do
///   not count, those further behind do: it is never less than what is to be read, and 0 exactly when nothing is.
/// - Records of aborted transactions are data: a group that reads uncommitted is given them.
/// - Records of open transactions lie beyond the last stable offset and do not count yet.
/// - What retention has deleted cannot be read any more and does not count; the flag says so.
record LagRule(long records, long ageMs, List<Flag> flags) {
    /// Where the search for the first record begins.
    static long from(long committed, long logStart) {
        return Math.max(committed, logStart);
    }

    /// @param first from [#from] on, below the last stable offset
    static LagRule of(long committed, Partition.Bounds bounds, FirstData first, long nowMs) {
        long logEnd = bounds.lastStable();
        List<Flag> flags = flags(committed, bounds);
        return switch (first) {
            case FirstData.None _ -> new LagRule(0, 0, flags);
            case FirstData.Beyond(long offset) ->
                    new LagRule(logEnd - offset, PartitionLag.UNKNOWN, flags);
            case FirstData.Found(long offset, long timestamp) ->
                    new LagRule(logEnd - offset, age(timestamp, nowMs), flags);
        };
    }

    private static long age(long timestamp, long nowMs) {
        return timestamp < 0 ? PartitionLag.UNKNOWN : Math.max(0, nowMs - timestamp);
    }

    /// A group that reads uncommitted may have read what lies beyond the last stable offset.
    private static List<Flag> flags(long committed, Partition.Bounds bounds) {
        if (committed < bounds.logStart()) {
            return List.of(Flag.RETENTION_OVERTOOK);
        }
        return committed > bounds.highWatermark() ? List.of(Flag.BEYOND_LOG_END) : List.of();
    }
}
