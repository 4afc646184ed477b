package dev.millrace.engine.log;

/// How much of a log is believed when it is opened.
///
/// @param closedCleanly the last process closed this log; nothing is read to find its end
/// @param recoveryPoint offsets below it were synced and are not read again; ignored when clean
/// @param logStart the log start offset as checkpointed; raised to what the first segment holds
/// @param cleanedTo as in `cleaner-offset-checkpoint`; 0 when it has none
/// @param held up to there it is known to have held records, so that it is damaged when it has no segment; 0 when it may begin anew
public record OpenMode(
        boolean closedCleanly, long recoveryPoint, long logStart, long cleanedTo, long held) {
    /// After a clean stop.
    public static final OpenMode CLEAN = new OpenMode(true, 0, 0, 0, 0);

    /// [#CLEAN].
    public static OpenMode clean() {
        return CLEAN;
    }

    /// After anything else: every batch from `recoveryPoint` on is checked.
    public static OpenMode recover(long recoveryPoint) {
        return new OpenMode(false, recoveryPoint, 0, 0, 0);
    }

    public OpenMode withLogStart(long offset) {
        return new OpenMode(closedCleanly, recoveryPoint, offset, cleanedTo, held);
    }

    public OpenMode withCleanedTo(long offset) {
        return new OpenMode(closedCleanly, recoveryPoint, logStart, offset, held);
    }

    public OpenMode withHeld(long offset) {
        return new OpenMode(closedCleanly, recoveryPoint, logStart, cleanedTo, offset);
    }
}
