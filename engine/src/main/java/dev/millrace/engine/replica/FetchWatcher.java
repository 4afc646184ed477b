package dev.millrace.engine.replica;

import org.jspecify.annotations.Nullable;

/// Somebody who is told when a fetch of a partition may see something new.
interface FetchWatcher {
    /// More bytes than any fetch waits for: a role has changed, nobody should wait any longer.
    long ENOUGH = 1L << 40;

    /// Called in the partition's turn.
    ///
    /// @param bytes that became visible; 0 when only offsets moved, which wakes nobody
    /// @param stableBytes as far as they became visible to readers of committed records
    /// @param appendedBytes that followers may fetch
    /// @return what is to be woken once the turn is over, or null
    @Nullable FetchWait changed(long bytes, long stableBytes, long appendedBytes);

    /// True when nothing more needs to be told: the partition may forget it.
    default boolean over() {
        return false;
    }
}
