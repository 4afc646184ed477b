package dev.millrace.compat;

import dev.millrace.simulator.official.RecordingReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.LongDeserializer;

/// Where partitions end for who reads what is committed.
final class Ends {
    private Ends() {}

    static Map<TopicPartition, Long> stable(String bootstrap, String topic, int partitions) {
        List<TopicPartition> all = new ArrayList<>();
        for (int i = 0; i < partitions; i++) all.add(new TopicPartition(topic, i));
        try (var consumer = consumer(bootstrap)) {
            return consumer.endOffsets(all);
        }
    }

    /// No record that a reader would get lies there; markers and what was aborted have offsets too.
    static boolean nothingBetween(String bootstrap, TopicPartition partition, long from, long end) {
        if (from >= end) return true;
        try (var consumer = consumer(bootstrap)) {
            consumer.assign(List.of(partition));
            consumer.seek(partition, from);
            while (consumer.position(partition) < end) {
                if (!consumer.poll(Duration.ofMillis(100)).isEmpty()) return false;
            }
            return true;
        }
    }

    private static KafkaConsumer<Long, Long> consumer(String bootstrap) {
        return new KafkaConsumer<>(
                RecordingReader.config(bootstrap), new LongDeserializer(), new LongDeserializer());
    }
}
