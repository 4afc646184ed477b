package dev.millrace.dist.local;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.broker.config.Settings;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// `millrace produce`, `consume` and `txn` with what is not there: the topic, the partition, the offset, the transaction.
@Timeout(value = 60, unit = TimeUnit.SECONDS)
final class RecordVerbsTest {
    @SuppressWarnings("NullAway.Init") // made before all tests
    private static LocalCluster cluster;

    @SuppressWarnings("NullAway.Init") // made before all tests
    private static Admin admin;

    private final Verbs verbs = new Verbs();

    /// Five records in partition 0 of `orders`, of which two are deleted.
    @BeforeAll
    static void start() throws Exception {
        cluster =
                Verbs.cluster(
                        Settings.NONE
                                .with("listeners", "PLAINTEXT://localhost:0")
                                .with("millrace.http.listener", ""),
                        1);
        admin = Admin.create(Map.of("bootstrap.servers", cluster.plan().bootstrapServers()));
        admin.createTopics(List.of(new NewTopic("orders", 6, (short) 1))).all().get();
        try (var producer = producer(Map.of())) {
            for (int i = 0; i < 5; i++) {
                producer.send(record("orders", "r" + i)).get();
            }
        }
        var first = new TopicPartition("orders", 0);
        admin.deleteRecords(Map.of(first, RecordsToDelete.beforeOffset(2))).all().get();
    }

    @AfterAll
    static void stop() {
        admin.close();
        cluster.close();
    }

    private static KafkaProducer<byte[], byte[]> producer(Map<String, Object> more) {
        var settings = new HashMap<>(more);
        settings.put("bootstrap.servers", cluster.plan().bootstrapServers());
        return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
    }

    private static ProducerRecord<byte[], byte[]> record(String topic, String value) {
        return new ProducerRecord<>(topic, 0, null, value.getBytes(StandardCharsets.UTF_8));
    }

    private int run(String... words) {
        return verbs.run(cluster, "x\n", List.of(words));
    }

    private String out() {
        return verbs.out();
    }

    private String err() {
        return verbs.err();
    }

    @Test
    void whoReadsATopicThatIsNotThereWaitsAndMakesNone() throws Exception {
        var reading = CompletableFuture.supplyAsync(() -> run("consume", "nope", "-n", "1"));
        while (!err().contains("waiting for nope") && !reading.isDone()) {
            Thread.onSpinWait();
        }
        assertFalse(reading.isDone(), this::err);
        assertFalse(admin.listTopics().names().get().contains("nope"));
        admin.createTopics(List.of(new NewTopic("nope", 1, (short) 1))).all().get();
        try (var producer = producer(Map.of())) {
            producer.send(record("nope", "hello")).get();
        }
        assertEquals(0, reading.get(), this::err);
        assertEquals("hello\n", out());
    }

    @Test
    void aPartitionThatIsNotThereIsSaidAtOnce() {
        String sentence = "orders has 6 partitions: 0 to 5";
        assertEquals(1, run("txn", "why", "orders:9"));
        assertEquals(sentence, err());
        assertEquals(1, run("txn", "abort", "--partition", "orders:9", "--start-offset", "1"));
        assertEquals(sentence, err());
        assertEquals(1, run("produce", "orders", "-p", "9"));
        assertEquals(sentence, err());
        assertEquals(1, run("consume", "orders", "-p", "9", "-e"));
        assertEquals(sentence, err());
        assertEquals(1, run("txn", "why", "nah:0"));
        assertTrue(err().startsWith("there is no topic nah"), this::err);
    }

    @Test
    void anOffsetThatIsNotThereIsSaidAndTheNearestTaken() {
        assertEquals(0, run("consume", "orders", "-p", "0", "-o", "1", "-e"), this::err);
        assertEquals("r2\nr3\nr4\n", out());
        assertEquals("there is no offset 1: orders-0 begins at 2; reading starts there", err());
        assertEquals(0, run("consume", "orders", "-p", "0", "-o", "99", "-e"), this::err);
        assertEquals("", out());
        assertEquals("there is no offset 99: orders-0 ends at 5; reading starts there", err());
        assertEquals(0, run("consume", "orders", "-p", "0", "-o", "3", "-e"), this::err);
        assertEquals("r3\nr4\n", out());
        assertEquals("", err());
    }

    @Test
    void aBrokerThatAnswersNoHttpIsToldHowToStart() {
        assertEquals(1, run("cluster", "rebalance", "--explain"));
        assertEquals(
                "broker 1 answers no HTTP: start it with --set millrace.http.listener=localhost:9096, or another port that is free",
                err());
    }

    @Test
    void anAbortTellsWhatWasOpen() throws Exception {
        try (var producer = producer(Map.of("transactional.id", "billing"))) {
            producer.initTransactions();
            assertEquals(0, run("txn", "abort", "billing"), this::err);
            assertEquals("nothing was open of billing; its producers are fenced\n", out());
        }
        try (var producer = producer(Map.of("transactional.id", "billing"))) {
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>("orders", 1, null, new byte[] {1})).get();
            assertEquals(0, run("txn", "abort", "billing"), this::err);
            assertEquals("aborted what was open of billing; its producers are fenced\n", out());
        }
        assertEquals(1, run("txn", "abort", "nah"));
        assertTrue(err().startsWith("there is no transactional id nah on this cluster"), this::err);
    }
}
