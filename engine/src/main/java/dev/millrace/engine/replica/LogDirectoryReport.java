package dev.millrace.engine.replica;

import java.util.SortedMap;
import org.apache.kafka.common.TopicPartition;

/// What lies in one log directory now.
///
/// @param totalBytes of its disk; -1 when the disk does not say
/// @param usableBytes of its disk; -1 when the disk does not say
/// @param bytes of each partition's log, by name
public record LogDirectoryReport(
        String path, long totalBytes, long usableBytes, SortedMap<TopicPartition, Long> bytes) {}
