package dev.millrace.engine.lag;

import java.util.List;

/// How far a group is behind in one partition.
///
/// @param committed the next offset that the group will read, as it has committed it
/// @param logStart the first offset that is still there
/// @param logEnd the last stable offset: what a consumer may be given ends here
/// @param records still to read, 0 or more
/// @param ageMs of the oldest of them; [#UNKNOWN] when it has no timestamp, 0 when there is none to read
/// @param drainMs until all of them are read at the pace of the last samples; [#UNKNOWN] when that is not known or never
public record PartitionLag(
        String topic,
        int partition,
        long committed,
        long logStart,
        long logEnd,
        long records,
        long ageMs,
        long drainMs,
        List<Flag> flags) {
    public static final long UNKNOWN = -1;

    /// What makes a lag less plain than its number.
    public enum Flag {
        /// The log begins after what the group has committed: records were deleted that it has not read.
        RETENTION_OVERTOOK("retention_overtook"),

        /// The log ends before what the group has committed: it was cut, or the offset was never there.
        BEYOND_LOG_END("beyond_log_end");

        private final String text;

        Flag(String text) {
            this.text = text;
        }

        public String text() {
            return text;
        }
    }
}
