package dev.millrace.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// DeleteRecords of a partition with three replicas, by Kafka's Java client: what it has answered is done by all that live.
@Timeout(value = 120, unit = TimeUnit.SECONDS)
final class DeleteRecordsTest {
    private static final TopicPartition NAME = new TopicPartition("t", 0);

    @TempDir Path folder;

    @Test
    void aFollowerThatLeadsAtOnceBeginsWhereItWasTold() throws Exception {
        try (var brokers = new ThreeBrokers(folder, Map.of());
                Admin admin = brokers.admin()) {
            admin.createTopics(List.of(new NewTopic("t", Map.of(0, List.of(1, 2, 3))))).all().get();
            try (var producer =
                    new KafkaProducer<>(
                            brokers.client(), new StringSerializer(), new StringSerializer())) {
                for (int i = 0; i < 10; i++) {
                    producer.send(new ProducerRecord<>("t", "v" + i)).get();
                }
            }
            assertEquals(6, delete(admin, 6));

            brokers.stop(1);
            assertEquals(6, earliest(admin));
            assertEquals(8, delete(admin, 8), "who has gone is not waited for");
        }
    }

    private static long delete(Admin admin, long before) throws Exception {
        var deleted = admin.deleteRecords(Map.of(NAME, RecordsToDelete.beforeOffset(before)));
        return Objects.requireNonNull(deleted.lowWatermarks().get(NAME)).get().lowWatermark();
    }

    private static long earliest(Admin admin) throws Exception {
        return admin.listOffsets(Map.of(NAME, OffsetSpec.earliest()))
                .partitionResult(NAME)
                .get()
                .offset();
    }
}
