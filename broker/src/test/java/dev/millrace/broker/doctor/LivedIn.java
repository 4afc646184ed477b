package dev.millrace.broker.doctor;

import dev.millrace.broker.Broker;
import dev.millrace.broker.config.BrokerConfig;
import dev.millrace.broker.config.Settings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/// A data directory in which a broker has lived: several segments, all codecs, idempotent and transactional producers with aborted
/// transactions, deleted records, a group's offsets, several leader epochs.
final class LivedIn {
    static final List<String> CODECS = List.of("none", "gzip", "snappy", "lz4", "zstd");

    private LivedIn() {}

    static Broker start(Path directory) throws Exception {
        return start(directory, 60_000);
    }

    private static Broker start(Path directory, int checkpointMs) throws Exception {
        var given = new TreeMap<String, String>();
        given.put("listeners", "PLAINTEXT://localhost:0");
        given.put("log.dirs", directory.toString());
        given.put("offsets.topic.num.partitions", "2");
        given.put("transaction.state.log.num.partitions", "2");
        given.put("group.initial.rebalance.delay.ms", "0");
        given.put("log.flush.offset.checkpoint.interval.ms", "" + checkpointMs);
        given.put("metadata.log.max.record.bytes.between.snapshots", "4000");
        return Broker.start(BrokerConfig.from(Settings.of(given), new ArrayList<>()), false);
    }

    static String address(Broker broker) throws IOException {
        return "localhost:" + broker.addresses().getFirst().getPort();
    }

    /// Two runs of a broker, the first of which is killed, so that leader epochs rise.
    ///
    /// @param killed where the directory is copied to as a kill would leave it; the original is stopped cleanly
    static void make(Path directory, Path killed) throws Exception {
        Path begun = killed.resolveSibling("begun");
        Broker first = start(begun, 500);
        try (var admin = admin(first)) {
            for (String codec : CODECS) {
                topic(admin, codec, codec);
            }
            topic(admin, "transactions", "producer");
            topic(admin, "deleted", "producer");
            topic(admin, "never-written", "producer");
            topic(admin, "gone", "producer");
        }
        write(first, 0);
        copy(begun, directory);
        first.stop();
        Broker second = start(directory, 500);
        write(second, 1);
        try (var admin = admin(second)) {
            admin.deleteRecords(
                            Map.of(
                                    new TopicPartition("deleted", 0),
                                    RecordsToDelete.beforeOffset(37)))
                    .all()
                    .get();
            admin.deleteTopics(List.of("gone")).all().get();
        }
        group(second);
        Path starts = directory.resolve("log-start-offset-checkpoint");
        while (!Files.exists(starts) || !Files.readString(starts).contains("deleted 0 37")) {
            Thread.onSpinWait(); // until the next checkpoint
        }
        copy(directory, killed);
        second.stop();
    }

    private static Admin admin(Broker broker) throws IOException {
        return Admin.create(Map.of("bootstrap.servers", address(broker)));
    }

    private static void topic(Admin admin, String name, String codec) throws Exception {
        admin.createTopics(
                        List.of(
                                new NewTopic(name, 2, (short) 1)
                                        .configs(
                                                Map.of(
                                                        "internal.segment.bytes",
                                                        "3000",
                                                        "index.interval.bytes",
                                                        "300",
                                                        "compression.type",
                                                        codec.equals("none")
                                                                ? "uncompressed"
                                                                : codec))))
                .all()
                .get();
    }

    private static void write(Broker broker, int round) throws Exception {
        Map<String, Object> settings =
                new HashMap<>(Map.of("bootstrap.servers", address(broker), "acks", "all"));
        try (var producer =
                new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
            for (int i = 0; i < 60; i++) {
                for (String codec : CODECS) {
                    var _ = producer.send(record(codec, round, i));
                }
                var _ = producer.send(record("deleted", round, i));
                if (round == 0) {
                    var _ = producer.send(record("gone", round, i));
                }
                producer.flush();
            }
        }
        settings.put("transactional.id", "writer");
        try (var producer =
                new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
            producer.initTransactions();
            for (int i = 0; i < 30; i++) {
                producer.beginTransaction();
                var _ = producer.send(record("transactions", round, i));
                producer.flush();
                if (i % 3 == 1) {
                    producer.abortTransaction();
                } else {
                    producer.commitTransaction();
                }
            }
        }
    }

    /// Writes one record more, and returns its offset.
    static long append(Broker broker, TopicPartition to) throws Exception {
        Map<String, Object> settings = Map.of("bootstrap.servers", address(broker), "acks", "all");
        try (var producer =
                new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
            var record = new ProducerRecord<>(to.topic(), to.partition(), "key", "one more");
            return producer.send(record).get().offset();
        }
    }

    private static ProducerRecord<String, String> record(String topic, int round, int i) {
        String value = "round %d, record %d: %s".formatted(round, i, "0123456789".repeat(i % 9));
        return new ProducerRecord<>(topic, i % 4 == 0 ? 1 : 0, "key-" + i % 7, value);
    }

    private static void group(Broker broker) throws Exception {
        try (var consumer = consumer(broker)) {
            for (int i = 1; i < 20; i++) {
                consumer.commitSync(
                        Map.of(new TopicPartition("none", 0), new OffsetAndMetadata(i)));
            }
        }
    }

    private static KafkaConsumer<String, String> consumer(Broker broker) throws IOException {
        return new KafkaConsumer<>(
                Map.of(
                        "bootstrap.servers",
                        address(broker),
                        "group.id",
                        "readers",
                        "isolation.level",
                        "read_committed",
                        "auto.offset.reset",
                        "earliest"),
                new StringDeserializer(),
                new StringDeserializer());
    }

    /// Every record that a reader of committed records gets, partition by partition: `offset key value`.
    static Map<TopicPartition, List<String>> read(Broker broker) throws Exception {
        var all = new TreeMap<TopicPartition, List<String>>((a, b) -> ("" + a).compareTo("" + b));
        List<TopicPartition> partitions = new ArrayList<>();
        for (String topic :
                Stream.concat(CODECS.stream(), Stream.of("transactions", "deleted")).toList()) {
            partitions.add(new TopicPartition(topic, 0));
            partitions.add(new TopicPartition(topic, 1));
        }
        try (var consumer = consumer(broker)) {
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (ends.entrySet().stream()
                    .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                consumer.poll(Duration.ofMillis(200))
                        .forEach(r ->
                                all.computeIfAbsent(
                                                new TopicPartition(r.topic(), r.partition()),
                                                _ -> new ArrayList<>())
                                        .add(r.offset() + " " + r.key() + " " + r.value()));
            }
        }
        return all;
    }

    /// All files, largest directory first or not: in the order of their names.
    static List<Path> files(Path directory) throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            return all.filter(Files::isRegularFile).sorted().toList();
        }
    }

    /// Copies a tree over what is there, and takes away what is not in it.
    static void copy(Path from, Path to) throws IOException {
        if (Files.exists(to)) {
            try (Stream<Path> old = Files.walk(to)) {
                old.sorted(java.util.Comparator.reverseOrder())
                        .filter(p -> !Files.exists(from.resolve(to.relativize(p).toString())))
                        .forEach(LivedIn::delete);
            }
        }
        Files.walkFileTree(
                from,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes a)
                            throws IOException {
                        Files.createDirectories(to.resolve(from.relativize(dir).toString()));
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes a)
                            throws IOException {
                        copyIfThere(file, to.resolve(from.relativize(file).toString()));
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult visitFileFailed(Path file, IOException e)
                            throws IOException {
                        if (e instanceof NoSuchFileException && isTemporary(file)) {
                            return FileVisitResult.CONTINUE;
                        }
                        throw e;
                    }
                });
    }

    /// What was being written may have been put into its place by now.
    private static void copyIfThere(Path from, Path to) throws IOException {
        try {
            Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
        } catch (NoSuchFileException gone) {
            if (!isTemporary(from)) {
                throw gone;
            }
        }
    }

    private static boolean isTemporary(Path file) {
        return file.toString().endsWith(".tmp");
    }

    private static void delete(Path path) {
        try {
            Files.delete(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
