package dev.millrace.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.broker.config.BrokerConfig;
import dev.millrace.broker.config.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What the official client is told of a partition whose log is lost: that nobody leads it, or that another does.
@Timeout(120)
final class LostLogWithClientTest {
    private static final TopicPartition LOST = new TopicPartition("t", 0);

    @TempDir Path folder;

    enum Loss {
        THE_FOLDER,
        EVERY_SEGMENT
    }

    private static void lose(Path partition, Loss loss) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.list(partition)) {
            files = all.toList();
        }
        for (Path file : files) {
            if (loss == Loss.THE_FOLDER || file.toString().endsWith(".log")) {
                Files.delete(file);
            }
        }
        if (loss == Loss.THE_FOLDER) {
            Files.delete(partition);
        }
    }

    private Broker start() throws Exception {
        var given =
                Map.of(
                        "listeners", "PLAINTEXT://127.0.0.1:0",
                        "log.dirs", folder.toString(),
                        "millrace.http.listener", "");
        return Broker.start(BrokerConfig.from(Settings.of(given), new ArrayList<>()), false);
    }

    private static Map<String, Object> client(Broker broker) throws IOException {
        return Map.of(
                "bootstrap.servers",
                "127.0.0.1:" + broker.addresses().getFirst().getPort(),
                "retry.backoff.ms",
                20);
    }

    private static void write(Map<String, Object> client, TopicPartition to, String... values)
            throws Exception {
        try (var producer =
                new KafkaProducer<>(client, new StringSerializer(), new StringSerializer())) {
            for (String value : values) {
                producer.send(new ProducerRecord<>(to.topic(), to.partition(), "k", value)).get();
            }
        }
    }

    private static KafkaConsumer<String, String> consumer(Map<String, Object> client) {
        return new KafkaConsumer<>(client, new StringDeserializer(), new StringDeserializer());
    }

    /// Asks until the answer is as it has to become.
    private static PartitionInfo told(
            Map<String, Object> client, TopicPartition of, Predicate<PartitionInfo> wanted) {
        while (true) {
            try (var asking = consumer(client)) {
                PartitionInfo info = asking.partitionsFor(of.topic()).get(of.partition());
                if (wanted.test(info)) {
                    return info;
                }
            }
        }
    }

    private static boolean isLed(PartitionInfo info) {
        return info.leader() != null && !info.leader().isEmpty();
    }

    private static List<Integer> ids(Node[] nodes) {
        return Arrays.stream(nodes).map(Node::id).sorted().toList();
    }

    private static List<String> read(Map<String, Object> client, TopicPartition of, int count) {
        var values = new ArrayList<String>();
        try (var consumer = consumer(client)) {
            consumer.assign(List.of(of));
            consumer.seekToBeginning(List.of(of));
            while (values.size() < count) {
                consumer.poll(Duration.ofMillis(100)).forEach(each -> values.add(each.value()));
            }
        }
        return values;
    }

    @ParameterizedTest
    @EnumSource
    void nobodyLeadsAPartitionWhoseOnlyLogIsLost(Loss loss) throws Exception {
        Broker broker = start();
        try (var admin = Admin.create(client(broker))) {
            admin.createTopics(List.of(new NewTopic("t", 2, (short) 1))).all().get();
        }
        for (int partition = 0; partition < 2; partition++) {
            write(client(broker), new TopicPartition("t", partition), "a", "b", "c");
        }
        broker.stop();
        lose(folder.resolve("t-0"), loss);

        for (int run = 1; run <= 2; run++) {
            broker = start();
            try (var consumer = consumer(client(broker))) {
                consumer.assign(List.of(LOST));
                consumer.seekToBeginning(List.of(LOST));
                consumer.poll(Duration.ofMillis(1)); // whoever reads first finds it out
                PartitionInfo lost =
                        told(
                                client(broker),
                                LOST,
                                info -> {
                                    consumer.poll(Duration.ofMillis(1));
                                    return !isLed(info);
                                });
                assertEquals(ids(lost.replicas()), ids(lost.offlineReplicas()));
                var other = new TopicPartition("t", 1);
                assertTrue(isLed(told(client(broker), other, _ -> true)), "the other is served");
                assertEquals(List.of("a", "b", "c"), read(client(broker), other, 3));
            } finally {
                broker.stop();
            }
        }
    }

    private static Predicate<PartitionInfo> inSync(Collection<Integer> wanted) {
        return info -> ids(info.inSyncReplicas()).equals(wanted.stream().sorted().toList());
    }

    @ParameterizedTest
    @EnumSource
    void othersLeadAPartitionOfWhichOneLogIsLost(Loss loss) throws Exception {
        try (var brokers = new ThreeBrokers(folder, Map.of())) {
            try (var admin = brokers.admin()) {
                admin.createTopics(List.of(new NewTopic("t", Map.of(0, List.of(1, 2, 3)))))
                        .all()
                        .get();
            }
            write(brokers.client(), LOST, "a", "b", "c");
            told(brokers.client(), LOST, inSync(ThreeBrokers.IDS));
            brokers.stop(1);
            lose(folder.resolve("node1").resolve("t-0"), loss);
            brokers.start(1);
            if (loss == Loss.EVERY_SEGMENT) {
                PartitionInfo info =
                        told(
                                brokers.client(),
                                LOST,
                                each -> ids(each.offlineReplicas()).equals(List.of(1)));
                assertTrue(isLed(info) && info.leader().id() != 1);
                assertTrue(inSync(List.of(2, 3)).test(info));
                write(brokers.client(), LOST, "d");
                brokers.stop(1);
                brokers.start(1);
            } else {
                write(brokers.client(), LOST, "d");
            }
            PartitionInfo again = told(brokers.client(), LOST, inSync(ThreeBrokers.IDS));
            assertEquals(List.of(), ids(again.offlineReplicas()), "it has begun anew");
            assertEquals(List.of("a", "b", "c", "d"), read(brokers.client(), LOST, 4));
            brokers.stop(2);
            brokers.stop(3);
            told(brokers.client(), LOST, info -> isLed(info) && info.leader().id() == 1);
            assertEquals(List.of("a", "b", "c", "d"), read(brokers.client(), LOST, 4));
        }
    }

    /// What is given up, or brought back, is served again: the other half of the promise.
    @Test
    void onceTheFolderIsBackTheBrokerLeadsAgain() throws Exception {
        Broker broker = start();
        try (var admin = Admin.create(client(broker))) {
            admin.createTopics(List.of(new NewTopic("t", 1, (short) 1))).all().get();
        }
        write(client(broker), LOST, "a", "b");
        broker.stop();
        Path partition = folder.resolve("t-0");
        Path backup = folder.resolveSibling(folder.getFileName() + "-backup");
        Files.move(partition, backup);
        broker = start();
        told(client(broker), LOST, info -> !isLed(info));
        broker.stop();
        Files.move(backup, partition);

        broker = start();
        try {
            told(client(broker), LOST, LostLogWithClientTest::isLed);
            write(client(broker), LOST, "c");
            assertEquals(List.of("a", "b", "c"), read(client(broker), LOST, 3));
        } finally {
            broker.stop();
        }
    }
}
