package dev.millrace.engine.replica;

import dev.millrace.engine.log.LogRest;
import org.jspecify.annotations.Nullable;

/// A log of which the checkpoints tell, and that has no folder: what a start and `millrace doctor` say of it.
///
/// A high watermark alone is no proof: what was acknowledged before it was flushed may be above the recovery point, and a power loss may
/// take it together with a folder that was new.
final class MissedLog {
    private MissedLog() {}

    /// @param recoveryPoint below it records were flushed, and the folder's name was before them
    /// @param watched the high watermarks name the log as well, or name none
    /// @return null when nothing is missed
    static @Nullable LogRest of(long recoveryPoint, long logStart, boolean watched) {
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
