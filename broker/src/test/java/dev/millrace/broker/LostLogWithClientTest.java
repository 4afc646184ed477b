package dev.millrace.broker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.broker.config.BrokerConfig;
import dev.millrace.broker.config.Settings;
import dev.millrace.broker.doctor.DoctorRun;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
import org.apache.kafka.common.errors.KafkaStorageException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What the official client is told of a partition whose log is lost, or whose whole directory is: that nobody leads it, or that another does.
@Timeout(120)
final class LostLogWithClientTest {
    private static final TopicPartition LOST = new TopicPartition("t", 0);
    private static final int PARTITIONS = 4;

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
        return start(folder.toString());
    }

    private static Broker start(String directories) throws Exception {
        var given =
                Map.of(
                        "listeners", "PLAINTEXT://127.0.0.1:0",
                        "log.dirs", directories,
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
            assertDoctorGivesNothingUp(folder.resolve("node1"));
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

    /// A log that began behind what others have would have them delete it, once it led.
    private static void assertDoctorGivesNothingUp(Path directory) {
        var out = new ByteArrayOutputStream();
        var printed = new PrintStream(out, true, UTF_8);
        List<String> words = List.of(directory.toString(), "--quarantine");
        assertEquals(0, DoctorRun.run(words, printed, printed, false), out::toString);
        assertTrue(out.toString(UTF_8).contains("other replicas are in sync"), out::toString);
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

    /// Why a log directory is not there when the broker starts.
    enum Away {
        /// The empty folder below is taken for a new directory.
        NOT_MOUNTED,
        UNUSABLE
    }

    /// A broker that has two directories stops, and the second goes.
    private String withoutTheSecond(Away away, Path backup) throws Exception {
        Path second = folder.resolve("b");
        String both = folder.resolve("a") + "," + second;
        Broker broker = start(both);
        try (var admin = Admin.create(client(broker))) {
            admin.createTopics(List.of(new NewTopic("t", PARTITIONS, (short) 1))).all().get();
        }
        for (int p = 0; p < PARTITIONS; p++) {
            write(client(broker), new TopicPartition("t", p), "a", "b");
        }
        broker.stop();
        Files.move(second, backup);
        if (away == Away.UNUSABLE) {
            Files.writeString(second, "not a folder");
        }
        return both;
    }

    @ParameterizedTest
    @EnumSource
    void aDirectoryThatIsNotThereIsWaitedFor(Away away) throws Exception {
        Path backup = folder.resolve("backup");
        String both = withoutTheSecond(away, backup);
        int inFirst = 0;
        for (int run = 1; run <= 2; run++) {
            Broker broker = start(both);
            for (int p = 0; p < PARTITIONS; p++) {
                var partition = new TopicPartition("t", p);
                if (Files.exists(backup.resolve("t-" + p))) {
                    told(client(broker), partition, info -> !isLed(info));
                } else {
                    inFirst++;
                    assertEquals(List.of("a", "b"), read(client(broker), partition, 2));
                }
            }
            assertEquals(away == Away.UNUSABLE, isFailed(broker, folder.resolve("b")));
            broker.stop();
        }
        assertTrue(inFirst > 0 && inFirst < 2 * PARTITIONS, "some were in each");
        Path second = folder.resolve("b");
        if (away == Away.UNUSABLE) {
            Files.delete(second);
        } else {
            Files.move(second, folder.resolve("taken for new"));
        }
        Files.move(backup, second);

        Broker broker = start(both);
        try {
            for (int p = 0; p < PARTITIONS; p++) {
                var partition = new TopicPartition("t", p);
                told(client(broker), partition, LostLogWithClientTest::isLed);
                write(client(broker), partition, "c");
                assertEquals(List.of("a", "b", "c"), read(client(broker), partition, 3));
            }
        } finally {
            broker.stop();
        }
    }

    private static boolean isFailed(Broker broker, Path directory) throws Exception {
        try (var admin = Admin.create(client(broker))) {
            var all = admin.describeLogDirs(List.of(1)).allDescriptions().get();
            var described =
                    Objects.requireNonNull(
                            Objects.requireNonNull(all.get(1)).get(directory.toString()));
            return described.error() instanceof KafkaStorageException;
        }
    }

    @Test
    void whatWasInADirectoryThatDoesNotComeBackCanBeGivenUp() throws Exception {
        Path backup = folder.resolve("backup");
        String both = withoutTheSecond(Away.NOT_MOUNTED, backup);
        start(both).stop();
        var out = new ByteArrayOutputStream();
        var printed = new PrintStream(out, true, UTF_8);
        List<String> words = new ArrayList<>(List.of(both.split(",", -1)));
        assertEquals(1, DoctorRun.run(words, printed, printed, false));
        assertTrue(out.toString(UTF_8).contains("nobody knows how far it went"), out::toString);
        words.add("--quarantine");
        assertEquals(0, DoctorRun.run(words, printed, printed, false), out::toString);

        Broker broker = start(both);
        try {
            for (int p = 0; p < PARTITIONS; p++) {
                var partition = new TopicPartition("t", p);
                boolean lost = Files.exists(backup.resolve("t-" + p));
                told(client(broker), partition, LostLogWithClientTest::isLed);
                write(client(broker), partition, "c");
                List<String> left = lost ? List.of("c") : List.of("a", "b", "c");
                assertEquals(left, read(client(broker), partition, left.size()));
            }
        } finally {
            broker.stop();
        }
    }
}
