package dev.millrace.cli.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.cli.cluster.OldestRecords.Found;
import dev.millrace.cli.cluster.OldestRecords.NotRead;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;

/// The first record of every partition, and no more than that.
class OldestRecordsTest {
    private static final TopicPartition FULL = new TopicPartition("t", 0);
    private static final TopicPartition SILENT = new TopicPartition("t", 1);

    private final MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("none");

    private void add(long offset, long timestampMs) {
        consumer.addRecord(
                new ConsumerRecord<>(
                        FULL.topic(),
                        FULL.partition(),
                        offset,
                        timestampMs,
                        TimestampType.CREATE_TIME,
                        0,
                        0,
                        new byte[0],
                        new byte[0],
                        new RecordHeaders(),
                        Optional.empty()));
    }

    @Test
    void theFirstRecordAnswersAndTheRestIsLeft() {
        consumer.schedulePollTask(() -> {
            add(7, 1_234);
            add(8, 5_678);
        });
        try (var oldest = new OldestRecords(() -> consumer, Duration.ofMillis(200))) {
            var found = oldest.look(Map.of(FULL, 5L, SILENT, 0L), Map.of(FULL, 9L, SILENT, 3L));
            assertEquals(new Found(7, 1_234), found.get(FULL));
            assertEquals(new NotRead(), found.get(SILENT), "nothing came in time");
            assertTrue(consumer.paused().contains(FULL), "no more is fetched of what has answered");
        }
        assertTrue(consumer.closed());
    }

    @Test
    void aSecondLookReadsAgain() {
        try (var oldest = new OldestRecords(() -> consumer, Duration.ofMillis(200))) {
            for (long offset = 5; offset < 7; offset++) {
                long next = offset;
                consumer.schedulePollTask(() -> add(next, 10 * next));
                assertEquals(
                        Map.of(FULL, new Found(next, 10 * next)),
                        oldest.look(Map.of(FULL, next), Map.of(FULL, 9L)));
            }
        }
    }

    @Test
    void aPartitionOfHolesHasNothingLeft() {
        consumer.schedulePollTask(() -> consumer.seek(FULL, 9));
        try (var oldest = new OldestRecords(() -> consumer, Duration.ofSeconds(30))) {
            assertEquals(
                    Map.of(FULL, new OldestRecords.NothingLeft()),
                    oldest.look(Map.of(FULL, 5L), Map.of(FULL, 9L)));
        }
    }

    @Test
    void withoutPartitionsNoConsumerIsMade() {
        try (var oldest =
                new OldestRecords(
                        () -> {
                            throw new AssertionError("made");
                        },
                        Duration.ofSeconds(1))) {
            assertEquals(Map.of(), oldest.look(Map.of(), Map.of()));
        }
    }
}
