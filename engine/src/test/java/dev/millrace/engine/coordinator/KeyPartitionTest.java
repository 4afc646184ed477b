package dev.millrace.engine.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.Test;

class KeyPartitionTest {
    /// Seen in the log of an Apache Kafka 4.3 with five partitions: both groups were in partition 2.
    @Test
    void aKeyIsWhereKafkaHasPutIt() {
        assertEquals(2, KeyPartition.of("classic", 5));
        assertTrue("consumer".hashCode() < 0, "the hash is negative");
        assertEquals(2, KeyPartition.of("consumer", 5));
    }

    @Test
    void theLowestHashIsThatOfPartitionZero() {
        String lowest = "polygenelubricants";
        assertEquals(Integer.MIN_VALUE, lowest.hashCode());
        assertEquals(0, KeyPartition.of(lowest, 7));
    }

    @Test
    void everyKeyIsInThePartitionThatKafkasLibraryComputes() {
        for (int i = 0; i < 1_000; i++) {
            String key = "group " + i * 7919;
            assertEquals(Utils.abs(key.hashCode()) % 50, KeyPartition.of(key, 50), key);
        }
    }
}
