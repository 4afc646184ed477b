package dev.millrace.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Consumers that read from the replica in their rack (KIP-392), by Kafka's Java client. Broker N stands in rack rN and leads nothing but
/// what it is given.
@Timeout(value = 120, unit = TimeUnit.SECONDS)
final class FollowerReadsTest {
    private static final TopicPartition NAME = new TopicPartition("t", 0);
    private static final int RECORDS = 200;

    @TempDir Path folder;
    private @Nullable ThreeBrokers started;

    private ThreeBrokers brokers() {
        return Objects.requireNonNull(started);
    }

    @BeforeEach
    void start() throws Exception {
        started =
                new ThreeBrokers(
                        folder,
                        Map.of(
                                "replica.selector.class",
                                "org.apache.kafka.common.replica.RackAwareReplicaSelector",
                                "offsets.topic.num.partitions",
                                "3",
                                "transaction.state.log.num.partitions",
                                "3",
                                "offsets.topic.replication.factor",
                                "3",
                                "transaction.state.log.replication.factor",
                                "3"),
                        Map.of(
                                1, Map.of("broker.rack", "r1"),
                                2, Map.of("broker.rack", "r2"),
                                3, Map.of("broker.rack", "r3")));
        try (Admin admin = brokers().admin()) {
            admin.createTopics(List.of(new NewTopic("t", Map.of(0, List.of(1, 2, 3))))).all().get();
        }
    }

    @AfterEach
    void stop() {
        brokers().close();
    }

    private KafkaProducer<String, String> producer(Map<String, ?> more) {
        return new KafkaProducer<>(
                brokers().client(more), new StringSerializer(), new StringSerializer());
    }

    private KafkaConsumer<String, String> consumer(Map<String, ?> more) {
        var consumer =
                new KafkaConsumer<>(
                        brokers().client(more), new StringDeserializer(), new StringDeserializer());
        consumer.assign(List.of(NAME));
        consumer.seekToBeginning(List.of(NAME));
        return consumer;
    }

    private static void send(KafkaProducer<String, String> producer, String value)
            throws Exception {
        producer.send(new ProducerRecord<>("t", value)).get();
    }

    private static List<String> read(KafkaConsumer<String, String> consumer, int count) {
        var values = new ArrayList<String>();
        while (values.size() < count) {
            consumer.poll(Duration.ofMillis(200)).forEach(each -> values.add(each.value()));
        }
        return values;
    }

    /// What the client's own figures say.
    private static double figure(
            KafkaConsumer<String, String> consumer, String name, String tag, String value) {
        return consumer.metrics().entrySet().stream()
                .filter(each ->
                        each.getKey().name().equals(name)
                                && value.equals(each.getKey().tags().get(tag)))
                .mapToDouble(each -> ((Number) each.getValue().metricValue()).doubleValue())
                .findFirst()
                .orElse(-1);
    }

    private static double bytesFrom(KafkaConsumer<String, String> consumer, int broker) {
        return figure(consumer, "incoming-byte-total", "node-id", "node-" + broker);
    }

    @Test
    void aConsumerReadsFromItsRackAndGoesBackWhenThatIsGone() throws Exception {
        List<String> sent = IntStream.range(0, RECORDS).mapToObj(i -> i + "x".repeat(999)).toList();
        try (var producer = producer(Map.of("acks", "all"));
                var consumer = consumer(Map.of("client.rack", "r2"))) {
            for (String each : sent) {
                send(producer, each);
            }
            assertEquals(sent, read(consumer, RECORDS));
            assertEquals(2, figure(consumer, "preferred-read-replica", "partition", "0"));
            assertTrue(
                    bytesFrom(consumer, 2) > RECORDS * 500 && bytesFrom(consumer, 1) < 50_000,
                    () -> bytesFrom(consumer, 1) + " from the leader, " + bytesFrom(consumer, 2));

            brokers().stop(2);
            send(producer, "after");
            assertEquals(List.of("after"), read(consumer, 1));
        }
    }

    @Test
    void withoutARackTheLeaderServes() throws Exception {
        try (var producer = producer(Map.of());
                var consumer = consumer(Map.of())) {
            send(producer, "x".repeat(100_000));
            read(consumer, 1);

            assertTrue(bytesFrom(consumer, 1) > 90_000);
        }
    }

    @Test
    void aReaderOfCommittedRecordsSeesTheSameOfAFollower() throws Exception {
        try (var producer = producer(Map.of("transactional.id", "id"));
                var consumer =
                        consumer(
                                Map.of("client.rack", "r3", "isolation.level", "read_committed"))) {
            producer.initTransactions();
            for (int i = 0; i < 9; i++) {
                producer.beginTransaction();
                send(producer, "first of " + i);
                send(producer, "second of " + i);
                if (i % 3 == 1) {
                    producer.abortTransaction();
                } else {
                    producer.commitTransaction();
                }
            }
            List<String> committed =
                    IntStream.of(0, 2, 3, 5, 6, 8)
                            .boxed()
                            .flatMap(i -> List.of("first of " + i, "second of " + i).stream())
                            .toList();

            assertEquals(committed, read(consumer, committed.size()));
            assertEquals(3, figure(consumer, "preferred-read-replica", "partition", "0"));
        }
    }
}
