package dev.millrace.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.broker.config.BrokerConfig;
import dev.millrace.broker.config.Settings;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Lag as a whole broker answers it, beside what a client works out for itself.
@Timeout(120)
final class LagTest {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int PARTITIONS = 3;

    private final Broker broker;
    private final Admin admin;

    LagTest() throws Exception {
        var given =
                Map.of(
                        "listeners",
                        "PLAINTEXT://localhost:0",
                        "millrace.http.listener",
                        "localhost:0",
                        "group.initial.rebalance.delay.ms",
                        "0");
        broker = Broker.start(BrokerConfig.from(Settings.of(given), new ArrayList<>()), true);
        admin = Admin.create(Map.of("bootstrap.servers", server()));
        admin.createTopics(List.of(new NewTopic("events", PARTITIONS, (short) 1))).all().get();
    }

    private String server() throws Exception {
        return "localhost:" + broker.addresses().getFirst().getPort();
    }

    @AfterEach
    void stop() {
        admin.close();
        broker.stop();
    }

    private HttpResponse<String> get(String path) throws Exception {
        try (var client = HttpClient.newHttpClient()) {
            return client.send(
                    HttpRequest.newBuilder(URI.create("http://" + broker.httpAddress() + path))
                            .build(),
                    BodyHandlers.ofString());
        }
    }

    private JsonNode json(String path) throws Exception {
        HttpResponse<String> response = get(path);
        assertEquals(200, response.statusCode(), response.body());
        return JSON.readTree(response.body());
    }

    private void produce(int partition, long timestamp, int count) throws Exception {
        Map<String, Object> settings = Map.of("bootstrap.servers", server(), "linger.ms", "5");
        try (var producer =
                new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
            var sent = new ArrayList<Future<RecordMetadata>>();
            for (int i = 0; i < count; i++) {
                sent.add(
                        producer.send(
                                new ProducerRecord<>(
                                        "events", partition, timestamp + i, null, "v")));
            }
            for (Future<RecordMetadata> each : sent) {
                each.get();
            }
        }
    }

    private void commit(String group, int partition, long offset) throws Exception {
        admin.alterConsumerGroupOffsets(
                        group,
                        Map.of(
                                new TopicPartition("events", partition),
                                new OffsetAndMetadata(offset)))
                .all()
                .get();
    }

    private long offset(int partition, OffsetSpec spec) throws Exception {
        var name = new TopicPartition("events", partition);
        return admin.listOffsets(Map.of(name, spec)).partitionResult(name).get().offset();
    }

    /// Records, commits and deletions at random; after each step the broker says what a client computes.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void equalsWhatAClientComputes(long seed) throws Exception {
        var random = new Random(seed);
        var timestamps = new HashMap<Integer, List<Long>>();
        var committed = new HashMap<Integer, Long>();
        for (int step = 0; step < 25; step++) {
            int partition = random.nextInt(PARTITIONS);
            List<Long> written = timestamps.computeIfAbsent(partition, _ -> new ArrayList<>());
            switch (random.nextInt(4)) {
                case 0, 1 -> {
                    int count = 1 + random.nextInt(20);
                    long timestamp = System.currentTimeMillis() - random.nextInt(1_000_000);
                    produce(partition, timestamp, count);
                    for (int i = 0; i < count; i++) {
                        written.add(timestamp + i);
                    }
                }
                case 2 -> {
                    long offset = random.nextInt(written.size() + 1);
                    commit("g", partition, offset);
                    committed.put(partition, offset);
                }
                default ->
                        admin.deleteRecords(
                                        Map.of(
                                                new TopicPartition("events", partition),
                                                RecordsToDelete.beforeOffset(
                                                        random.nextInt(written.size() + 1))))
                                .all()
                                .get();
            }
            if (!committed.isEmpty()) {
                compare(seed + "/" + step, timestamps, committed);
            }
        }
    }

    private void compare(
            String at, Map<Integer, List<Long>> timestamps, Map<Integer, Long> committed)
            throws Exception {
        JsonNode answer = json("/v1/groups/g/lag");
        assertEquals(committed.size(), answer.get("partitions").size(), at);
        long total = 0;
        for (JsonNode partition : answer.get("partitions")) {
            int index = partition.get("partition").asInt();
            long start = offset(index, OffsetSpec.earliest());
            long end = offset(index, OffsetSpec.latest());
            long own = Objects.requireNonNull(committed.get(index));
            long from = Math.max(own, start);
            assertEquals(own, partition.get("committed").asLong(), at);
            assertEquals(start, partition.get("logStart").asLong(), at);
            assertEquals(end, partition.get("logEnd").asLong(), at);
            assertEquals(end - from, partition.get("lag").asLong(), at);
            assertEquals(
                    own < start ? "[\"retention_overtook\"]" : "[]",
                    partition.get("flags").toString(),
                    at);
            double age =
                    from == end
                            ? 0
                            : (System.currentTimeMillis()
                                            - Objects.requireNonNull(timestamps.get(index))
                                                    .get((int) from))
                                    / 1e3;
            assertEquals(age, partition.get("lagSeconds").asDouble(), 30.0, at);
            total += end - from;
        }
        assertEquals(total, answer.get("lag").asLong(), at);
    }

    @Test
    void aConsumerThatHasReadAllHasNoLag() throws Exception {
        long now = System.currentTimeMillis();
        produce(0, now - 60_000, 10);
        Map<String, Object> settings =
                Map.of(
                        "bootstrap.servers",
                        server(),
                        "group.id",
                        "my group/1",
                        "client.id",
                        "c",
                        "auto.offset.reset",
                        "earliest",
                        "enable.auto.commit",
                        "false");
        try (var consumer =
                new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(List.of("events"));
            for (int read = 0; read < 10; ) {
                read += consumer.poll(Duration.ofSeconds(1)).count();
            }
            consumer.commitSync();
            produce(0, now - 20_000, 2);

            JsonNode groups = json("/v1/groups");
            assertEquals(0, groups.get("unavailable").asInt());
            JsonNode group = groups.get("groups").get(0);
            assertEquals("my group/1", group.get("group").asString());
            assertEquals("Stable", group.get("state").asString());
            assertEquals("classic", group.get("type").asString());
            assertEquals("consumer", group.get("protocolType").asString());
            assertEquals(1, group.get("members").asInt());
            assertEquals(2, group.get("lag").asLong());
            assertTrue(group.get("lagSeconds").asDouble() >= 20, group.toString());

            String metrics = get("/metrics").body();
            String labels = "{group=\"my group/1\",topic=\"events\",partition=";
            assertTrue(
                    metrics.contains("\nmillrace_group_lag_records" + labels + "\"0\"} 2\n"),
                    metrics);
            assertTrue(
                    metrics.contains("\nmillrace_group_lag_seconds" + labels + "\"1\"} 0.0\n"),
                    metrics);
            assertTrue(
                    metrics.contains(
                            "\nmillrace_group_members{group=\"my group/1\",state=\"Stable\",type=\"classic\"} 1\n"),
                    metrics);

            for (int read = 0; read < 2; ) {
                read += consumer.poll(Duration.ofSeconds(1)).count();
            }
            consumer.commitSync();
            JsonNode lag = json("/v1/groups/my%20group%2F1/lag");
            assertEquals(0, lag.get("lag").asLong());
            assertEquals(0, lag.get("lagSeconds").asDouble());
            assertEquals(0, lag.get("partitions").get(0).get("drainSeconds").asDouble());
        }
    }

    @Test
    void anUnknownGroupIsNotFound() throws Exception {
        commit("g", 0, 0);
        HttpResponse<String> response = get("/v1/groups/other/lag");
        assertEquals(404, response.statusCode());
        assertEquals("{\"error\":\"There is no group other on this cluster.\"}\n", response.body());
        for (String path : List.of("/v1/groups/lag", "/v1/groups//lag", "/v1/groups/a/b/lag")) {
            assertEquals(404, get(path).statusCode(), path);
        }
        assertFalse(get("/metrics").body().contains("other"));
    }
}
