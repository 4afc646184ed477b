package dev.millrace.engine.coordinator.group;

/// Changes that come close together are answered by one assignment (KIP-1263).
final class AssignmentInterval {
    private AssignmentInterval() {}

    /// The time of the last assignment is in the log, and by the clock of whoever led then. A clock that has gone back since says nothing
    /// of how long ago that was: nobody waits for it (Kafka does).
    ///
    /// @param lastMs when the last assignment was computed; 0 for none
    static boolean isOver(long lastMs, int intervalMs, long nowMs) {
        return lastMs == 0 || intervalMs == 0 || nowMs < lastMs || nowMs - lastMs >= intervalMs;
    }
}
