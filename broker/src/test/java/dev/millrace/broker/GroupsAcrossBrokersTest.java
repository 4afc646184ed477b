package dev.millrace.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A group whose coordinator's broker stops, with three replicas of everything and Kafka's Java client: another takes over.
@Timeout(value = 180, unit = TimeUnit.SECONDS)
final class GroupsAcrossBrokersTest {
    private static final String TOPIC = "t";
    private static final String GROUP = "readers";
    private static final int RECORDS = 30;

    @TempDir Path folder;

    private ThreeBrokers start() throws Exception {
        return new ThreeBrokers(
                folder,
                Map.of(
                        "offsets.topic.num.partitions", "3",
                        "group.initial.rebalance.delay.ms", "0"));
    }

    private static void produce(ThreeBrokers brokers, int from, int to) throws Exception {
        try (var producer =
                new KafkaProducer<>(
                        brokers.client(Map.of("acks", "all")),
                        new StringSerializer(),
                        new StringSerializer())) {
            for (int i = from; i < to; i++) {
                producer.send(new ProducerRecord<>(TOPIC, i % 3, null, value(i))).get();
            }
        }
    }

    private static String value(int i) {
        return "%03d".formatted(i);
    }

    private static List<String> values(int from, int to) {
        return IntStream.range(from, to).mapToObj(GroupsAcrossBrokersTest::value).toList();
    }

    private static KafkaConsumer<String, String> member(ThreeBrokers brokers, String protocol) {
        return new KafkaConsumer<>(
                brokers.client(
                        Map.of(
                                "group.id",
                                GROUP,
                                "group.protocol",
                                protocol,
                                "enable.auto.commit",
                                false,
                                "auto.offset.reset",
                                "earliest")),
                new StringDeserializer(),
                new StringDeserializer());
    }

    /// Reads and commits until there are so many.
    private static List<String> read(KafkaConsumer<String, String> member, int count) {
        var values = new ArrayList<String>();
        while (values.size() < count) {
            member.poll(Duration.ofMillis(200)).forEach(record -> values.add(record.value()));
        }
        member.commitSync();
        values.sort(null);
        return values;
    }

    private static int coordinator(Admin admin) throws Exception {
        return Objects.requireNonNull(
                        admin.describeConsumerGroups(List.of(GROUP)).all().get().get(GROUP))
                .coordinator()
                .id();
    }

    @ParameterizedTest
    @ValueSource(strings = {"classic", "consumer"})
    void membersGoOnWithAnotherCoordinator(String protocol) throws Exception {
        try (var brokers = start();
                var admin = brokers.admin()) {
            ThreeBrokers.spread(admin, TOPIC, 3);
            try (var member = member(brokers, protocol)) {
                goOn(brokers, admin, member);
            }
            produce(brokers, 2 * RECORDS, 3 * RECORDS);
            try (var next = member(brokers, protocol)) {
                next.subscribe(List.of(TOPIC));
                assertEquals(
                        values(2 * RECORDS, 3 * RECORDS),
                        read(next, RECORDS),
                        "from where it was committed");
            }
        }
    }

    private static void goOn(
            ThreeBrokers brokers, Admin admin, KafkaConsumer<String, String> member)
            throws Exception {
        produce(brokers, 0, RECORDS);
        member.subscribe(List.of(TOPIC));
        assertEquals(values(0, RECORDS), read(member, RECORDS));
        int first = coordinator(admin);

        brokers.stop(first);
        produce(brokers, RECORDS, 2 * RECORDS);

        assertEquals(values(RECORDS, 2 * RECORDS), read(member, RECORDS), "each once");
        assertNotEquals(first, coordinator(admin));
    }
}
