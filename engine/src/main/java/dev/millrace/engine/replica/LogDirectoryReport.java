package dev.millrace.engine.replica;

import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;

/// What lies in one log directory now.
///
/// @param failed whether its disk has failed, and nothing in it is served
/// @param cordoned whether it takes no new partition (KIP-1066)
/// @param totalBytes of its disk; -1 when the disk does not say
/// @param usableBytes of its disk; -1 when the disk does not say
/// @param bytes of each partition's log, by name
/// @param copies of logs in other directories, which will take their places
public record LogDirectoryReport(
        String path,
        boolean failed,
        boolean cordoned,
        long totalBytes,
        long usableBytes,
        SortedMap<TopicPartition, Long> bytes,
        SortedMap<TopicPartition, Copy> copies) {
    /// Of one that could not be used when the broker started.
    static LogDirectoryReport missing(String path) {
        return new LogDirectoryReport(
                path,
                true,
                false,
                -1,
                -1,
                new TreeMap<>(LogDirectories.BY_NAME),
                new TreeMap<>(LogDirectories.BY_NAME));
    }

    /// @param lag records by which it is behind the log
    public record Copy(long bytes, long lag) {}
}
