package dev.millrace.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.broker.config.BrokerConfig;
import dev.millrace.broker.config.Settings;
import java.io.File;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.record.internal.FileLogInputStream.FileChannelRecordBatch;
import org.apache.kafka.common.record.internal.FileRecords;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A compacted topic on a whole broker, written and read by the official client; and Kafka's own reader of segments on its files.
@Timeout(240)
final class CompactionWithClientTest {
    private static final String TOPIC = "states";
    private static final TopicPartition PARTITION = new TopicPartition(TOPIC, 0);
    private static final int ROUNDS = 60;
    private static final int KEYS = 100;

    @TempDir Path folder;
    private final Map<String, String> written = new HashMap<>();

    private Broker start() throws Exception {
        var given = new TreeMap<String, String>();
        given.put("listeners", "PLAINTEXT://localhost:0");
        given.put("millrace.http.listener", "localhost:0");
        given.put("log.dirs", folder.toString());
        given.put("log.cleaner.backoff.ms", "100");
        return Broker.start(BrokerConfig.from(Settings.of(given), new ArrayList<>()), false);
    }

    private static Map<String, Object> client(Broker broker, Map<String, Object> more)
            throws Exception {
        var settings = new HashMap<>(more);
        settings.put("bootstrap.servers", "localhost:" + broker.addresses().getFirst().getPort());
        return settings;
    }

    @Test
    void ofEachKeyTheLatestStays() throws Exception {
        Broker broker = start();
        create(broker);
        long records = write(broker);
        assertEquals(0, done(broker), "no log is that dirty");

        set(broker, "min.cleanable.dirty.ratio", "0.01");
        while (done(broker) == 0) {
            Thread.onSpinWait();
        }
        check(read(broker), records);
        broker.stop();

        readSegments();
        Broker again = start();
        check(read(again), records);
        again.stop();
    }

    private void check(List<ConsumerRecord<String, String>> read, long records) {
        var latest = new HashMap<String, String>();
        for (var each : read) {
            assertTrue(
                    each.value() == null || !each.value().startsWith("never"),
                    "aborted, and read: " + each);
            if (each.value() == null) {
                latest.remove(each.key());
            } else {
                latest.put(each.key(), each.value());
            }
        }
        assertEquals(written, latest);
        assertTrue(read.size() < records / 2, read.size() + " of " + records + " are left");
    }

    private static void create(Broker broker) throws Exception {
        try (Admin admin = Admin.create(client(broker, Map.of()))) {
            var topic =
                    new NewTopic(TOPIC, 1, (short) 1)
                            .configs(
                                    Map.of(
                                            "cleanup.policy", "compact",
                                            "segment.bytes", "1048576",
                                            "min.cleanable.dirty.ratio", "1.0"));
            admin.createTopics(List.of(topic)).all().get();
        }
    }

    private static void set(Broker broker, String key, String value) throws Exception {
        try (Admin admin = Admin.create(client(broker, Map.of()))) {
            var resource = new ConfigResource(ConfigResource.Type.TOPIC, TOPIC);
            var change = new AlterConfigOp(new ConfigEntry(key, value), AlterConfigOp.OpType.SET);
            admin.incrementalAlterConfigs(Map.of(resource, List.of(change))).all().get();
        }
    }

    /// Rounds of transactions, each with a record of every key; every fifth is aborted, every seventh deletes some keys.
    private long write(Broker broker) throws Exception {
        Map<String, Object> settings =
                client(broker, Map.of("transactional.id", "writer", "compression.type", "lz4"));
        var random = new Random(1);
        long records = 0;
        try (var producer =
                new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
            producer.initTransactions();
            for (int round = 0; round < ROUNDS; round++) {
                boolean aborts = round % 5 == 4;
                producer.beginTransaction();
                for (int key = 0; key < KEYS; key++) {
                    String name = "key-" + key;
                    boolean deletes = round % 7 == 6 && key % 3 == 0;
                    @Nullable String value =
                            deletes
                                    ? null
                                    : (aborts ? "never-" : "round-") + round + ballast(random);
                    var _ = producer.send(new ProducerRecord<>(TOPIC, name, value));
                    records++;
                    if (!aborts) {
                        note(name, value);
                    }
                }
                if (aborts) {
                    producer.flush();
                    producer.abortTransaction();
                } else {
                    producer.commitTransaction();
                }
            }
        }
        return records;
    }

    private void note(String key, @Nullable String value) {
        if (value == null) {
            written.remove(key);
        } else {
            written.put(key, value);
        }
    }

    /// Does not compress well.
    private static String ballast(Random random) {
        byte[] bytes = new byte[600];
        random.nextBytes(bytes);
        return Base64.getEncoder().encodeToString(bytes);
    }

    private List<ConsumerRecord<String, String>> read(Broker broker) throws Exception {
        Map<String, Object> settings =
                client(
                        broker,
                        Map.of(
                                "auto.offset.reset",
                                "earliest",
                                "isolation.level",
                                "read_committed"));
        List<ConsumerRecord<String, String>> all = new ArrayList<>();
        try (var consumer =
                new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
            consumer.assign(List.of(PARTITION));
            long end = consumer.endOffsets(List.of(PARTITION)).getOrDefault(PARTITION, 0L);
            while (consumer.position(PARTITION) < end) {
                consumer.poll(Duration.ofMillis(100)).forEach(all::add);
            }
        }
        return all;
    }

    /// How many passes have ended, as anybody can see.
    private static long done(Broker broker) throws Exception {
        try (var http = HttpClient.newHttpClient()) {
            var uri = URI.create("http://" + broker.httpAddress() + "/metrics");
            String text =
                    http.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString()).body();
            String sample = "millrace_compaction_passes_total{outcome=\"done\"} ";
            int at = text.indexOf(sample) + sample.length();
            return Long.parseLong(text.substring(at, text.indexOf('\n', at)));
        }
    }

    /// Kafka's own reader takes every batch for whole, in the order of their offsets.
    private void readSegments() throws Exception {
        File[] files =
                folder.resolve(TOPIC + "-0").toFile().listFiles((_, name) -> name.endsWith(".log"));
        Arrays.sort(files);
        assertTrue(files.length > 1, Arrays.toString(files));
        long next = 0;
        for (File file : files) {
            assertTrue(next <= Long.parseLong(file.getName().substring(0, 20)), file.getName());
            try (FileRecords segment = FileRecords.open(file)) {
                int bytes = 0;
                for (FileChannelRecordBatch batch : segment.batches()) {
                    batch.ensureValid();
                    assertTrue(batch.baseOffset() >= next, batch + " after " + next);
                    batch.forEach(record -> assertTrue(record.offset() <= batch.lastOffset()));
                    next = batch.nextOffset();
                    bytes += batch.sizeInBytes();
                }
                assertEquals(file.length(), bytes, file.getName());
            }
        }
    }
}
