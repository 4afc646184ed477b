package dev.millrace.broker.machine;

import java.nio.file.Path;
import java.util.List;

/// What the system says of itself and of this process.
///
/// @param openFiles how many files and sockets this process may have open
/// @param memoryBytes of the machine
/// @param containerBytes what the control groups leave of it
/// @param heapBytes the most that the heap may grow to
/// @param wallMs the clock
/// @param disks of the data directories
public record MachineFacts(
        long openFiles,
        long memoryBytes,
        long containerBytes,
        long heapBytes,
        long wallMs,
        List<Disk> disks) {
    /// Where the system does not tell, and where there is no limit: nothing is concluded from it.
    public static final long UNLIMITED = Long.MAX_VALUE;

    /// Where a data directory lies.
    ///
    /// @param type of the file system, as the system calls it; empty when unknown
    public record Disk(Path directory, String type, long usableBytes) {}
}
