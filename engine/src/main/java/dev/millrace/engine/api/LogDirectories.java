package dev.millrace.engine.api;

import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;

/// This broker's log directories and what lies in them, as it is now.
@FunctionalInterface
public interface LogDirectories {
    /// In the order configured. Any thread, holding no turn of a partition.
    List<Directory> describe();

    /// @param path as configured
    /// @param error `KAFKA_STORAGE_ERROR` for a directory that has failed, of which nothing else is known
    /// @param totalBytes of the volume; -1 when unknown
    /// @param usableBytes of the volume; -1 when unknown
    /// @param cordoned takes no new partition (KIP-1066)
    /// @param replicas in the order of [#ORDER]
    record Directory(
            String path,
            Errors error,
            long totalBytes,
            long usableBytes,
            boolean cordoned,
            SortedMap<TopicPartition, Replica> replicas) {}

    /// @param bytes of the log's segments
    /// @param lag of the log's end behind the high watermark, or behind the present replica for one that will replace it; 0 or
    ///     more
    /// @param future will replace the present replica once it has caught up
    record Replica(long bytes, long lag, boolean future) {}

    /// By topic, then partition.
    Comparator<TopicPartition> ORDER =
            Comparator.comparing(TopicPartition::topic).thenComparingInt(TopicPartition::partition);
}
