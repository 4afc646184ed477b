package dev.millrace.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.LongDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/// What a topic holds of producers that counted: for each partition, who wrote which number, in the log's order.
///
/// @param partitions by the number of the partition
record AcknowledgedRecords(List<List<Entry>> partitions) {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /// One record: a producer's name, and its count of records in that partition so far, from 0.
    record Entry(String producer, long number) {}

    /// Everything that the topic holds now.
    static AcknowledgedRecords read(String bootstrap, String topic, int partitionCount) {
        List<TopicPartition> partitions = new ArrayList<>();
        List<List<Entry>> entries = new ArrayList<>();
        for (int i = 0; i < partitionCount; i++) {
            partitions.add(new TopicPartition(topic, i));
            entries.add(new ArrayList<>());
        }
        Map<String, Object> config =
                Map.of("bootstrap.servers", bootstrap, "enable.auto.commit", false);
        try (var consumer =
                new KafkaConsumer<>(config, new StringDeserializer(), new LongDeserializer())) {
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            long end = System.nanoTime() + PATIENCE.toNanos();
            while (partitions.stream()
                    .anyMatch(p -> consumer.position(p) < ends.getOrDefault(p, 0L))) {
                assertTrue(System.nanoTime() < end, "reading takes longer than " + PATIENCE);
                for (ConsumerRecord<String, Long> record : consumer.poll(Duration.ofMillis(200))) {
                    entries.get(record.partition()).add(new Entry(record.key(), record.value()));
                }
            }
        }
        return new AcknowledgedRecords(entries);
    }

    /// A producer's acknowledged records are all there, each once, in the order in which it sent them, and no other.
    void checkOnceAndInOrder(int partition, String producer, long acknowledged) {
        long next = 0;
        for (Entry entry : partitions.get(partition)) {
            if (!entry.producer().equals(producer)) continue;
            assertEquals(
                    next, entry.number(), producer + ": the next record in partition " + partition);
            next++;
        }
        assertEquals(acknowledged, next, producer + ": records in partition " + partition);
    }
}
