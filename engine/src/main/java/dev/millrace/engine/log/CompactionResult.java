package dev.millrace.engine.log;

/// What a pass has done.
///
/// @param outcome how it ended
/// @param from where the dirty section began
/// @param end below it the log is clean now, if the pass was not cancelled
/// @param bytesMapped read to find the keys
/// @param bytesIn of the segments that were looked at
/// @param bytesOut of what became of them
/// @param bytesWritten less than `bytesOut` where a segment stayed as it was
/// @param keys in the map
/// @param mostKeys that the map could hold
public record CompactionResult(
        Outcome outcome,
        long from,
        long end,
        long bytesMapped,
        long bytesIn,
        long bytesOut,
        long bytesWritten,
        long recordsIn,
        long recordsOut,
        int keys,
        int mostKeys) {

    /// How a pass may end.
    public enum Outcome {
        DONE,
        /// The log was truncated, closed or deleted, or some of its segments have gone.
        CANCELLED
    }
}
