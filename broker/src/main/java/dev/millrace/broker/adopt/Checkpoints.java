package dev.millrace.broker.adopt;

import dev.millrace.engine.env.Storage;
import dev.millrace.engine.log.LogCheckpoints;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;

/// The checkpoints of one new directory, from those of one directory of Kafka's or more.
final class Checkpoints {
    private final Map<TopicPartition, Long> recoveryPoints = new TreeMap<>(AdoptPlan.BY_NAME);
    private final Map<TopicPartition, Long> logStarts = new TreeMap<>(AdoptPlan.BY_NAME);
    private final Map<TopicPartition, Long> watermarks = new TreeMap<>(AdoptPlan.BY_NAME);
    private final Map<TopicPartition, Long> cleanedTo = new TreeMap<>(AdoptPlan.BY_NAME);

    /// @param of which partitions
    void add(
            Map<TopicPartition, Long> recovery,
            Map<TopicPartition, Long> starts,
            Map<TopicPartition, Long> high,
            Map<TopicPartition, Long> cleaned,
            Set<TopicPartition> of) {
        put(recovery, of, recoveryPoints);
        put(starts, of, logStarts);
        put(high, of, watermarks);
        put(cleaned, of, cleanedTo);
    }

    private static void put(
            Map<TopicPartition, Long> from, Set<TopicPartition> of, Map<TopicPartition, Long> to) {
        from.forEach((name, offset) -> {
            if (of.contains(name)) {
                to.put(name, offset);
            }
        });
    }

    /// Writes them, and that every log was closed.
    void write(Storage directory) throws IOException {
        LogCheckpoints.write(directory, LogCheckpoints.RECOVERY_POINTS, recoveryPoints);
        LogCheckpoints.write(directory, LogCheckpoints.LOG_STARTS, logStarts);
        LogCheckpoints.write(directory, LogCheckpoints.HIGH_WATERMARKS, watermarks);
        if (!cleanedTo.isEmpty()) {
            LogCheckpoints.write(directory, KafkaDirectory.cleanerPoints(), cleanedTo);
        }
        LogCheckpoints.markCleanShutdown(directory);
    }
}
