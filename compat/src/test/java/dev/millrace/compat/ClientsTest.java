package dev.millrace.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Nine real clients write and read through one broker: each reads, byte for byte, what every one wrote.
///
/// Each writes with every compression and acks mode that it has ([Written.Kind]). Each then reads every writer's topics
/// from the beginning by assignment, one of them by group, and the same one from a timestamp in the middle.
@TestInstance(Lifecycle.PER_CLASS)
@ExtendWith(SharedBroker.Extension.class)
class ClientsTest {
    private static final int PARTITIONS = 2;
    private static final int SHAPES =
            6; // at least: a source that ran dry would make every comparison pass
    private static final long SEED = Long.getLong("compat.seed", 20_261_121L);
    private static final long AGO_MS =
            3_600_000; // retention works by these times: the records must be of today

    /// A step of a reader's scenario, and which records it has to find.
    private record Read(Written written, long fromMs, String how) {}

    private final String bootstrap;
    private final String run = Long.toString(System.currentTimeMillis(), 36);
    private final Map<TestClient, List<Written>> writtenBy = new EnumMap<>(TestClient.class);
    private final Map<TestClient, AssertionError> failedWriters = new EnumMap<>(TestClient.class);
    private final Map<String, Long> tookMs = new LinkedHashMap<>();

    ClientsTest(SharedBroker broker) {
        bootstrap = broker.bootstrap();
    }

    @BeforeAll
    void everyClientWrites() {
        System.out.println("ClientsTest: -Dcompat.seed=" + SEED);
        for (TestClient client : TestClient.values()) {
            try {
                timed(client + " writes", () -> write(client));
            } catch (AssertionError e) {
                failedWriters.put(client, e); // its own test says so; the others still run
            }
        }
    }

    @AfterAll
    void showTimes() {
        System.out.println("ClientsTest, milliseconds: " + tookMs);
    }

    @ParameterizedTest
    @EnumSource
    void writes(TestClient client) {
        @Nullable AssertionError failure = failedWriters.get(client);
        if (failure != null) throw failure;
        for (Written written : writtenBy.getOrDefault(client, List.of())) {
            Written.Kind kind = written.kind();
            assertTrue(
                    written.records().size()
                            >= SHAPES * kind.compressions.size() * kind.acks.size());
        }
    }

    @ParameterizedTest
    @EnumSource
    void readsWhatEveryClientWrote(TestClient reader) {
        var scenario = new Scenario(bootstrap);
        List<Read> reads = new ArrayList<>();
        for (List<Written> topics : writtenBy.values()) {
            for (Written written : topics) {
                if (written.kind().suitsReader(reader, written.writer()))
                    plan(reader, written, scenario, reads);
            }
        }
        List<Map<String, Object>> results = new ArrayList<>();
        timed(reader + " reads", () -> results.addAll(reader.play(scenario)));
        assertEquals(reads.size(), results.size(), "a result for every step");
        for (int i = 0; i < reads.size(); i++) compare(reader, reads.get(i), results.get(i));
    }

    private static void plan(
            TestClient reader, Written written, Scenario scenario, List<Read> reads) {
        String group = written.topic() + "-" + reader.label();
        int count = written.records().size();
        if (!reader.has(TestClient.Gap.ASSIGNMENT)) {
            scenario.consumeByAssignment(
                    written.topic(), PARTITIONS, "beginning", count, group + "-assigned");
            reads.add(new Read(written, 0, "by assignment"));
        }
        boolean plain = written.kind() == Written.Kind.PLAIN;
        if (plain || reader.has(TestClient.Gap.ASSIGNMENT)) {
            scenario.consumeByGroup(written.topic(), group, count);
            reads.add(new Read(written, 0, "by group"));
        }
        if (plain && !written.writer().has(TestClient.Gap.TIMESTAMPS)) {
            long fromMs = written.middleMs();
            scenario.consumeByAssignment(
                    written.topic(),
                    PARTITIONS,
                    fromMs,
                    written.countFrom(fromMs),
                    group + "-timed");
            reads.add(new Read(written, fromMs, "from a timestamp"));
        }
    }

    private void write(TestClient client) {
        var source =
                new TestRecord.Source(
                        SEED, client, PARTITIONS, System.currentTimeMillis() - AGO_MS);
        var scenario = new Scenario(bootstrap);
        List<Written> topics = new ArrayList<>();
        for (Written.Kind kind : Written.Kind.values()) {
            if (!kind.suitsWriter(client)) continue;
            String topic =
                    "compat-%s-%s-%s"
                            .formatted(run, client.label(), kind.name().toLowerCase(Locale.ROOT));
            topics.add(new Written(client, kind, topic, new ArrayList<>()));
            if (client.has(TestClient.Gap.CREATE_TOPIC)) {
                create(topic);
            } else {
                scenario.create(topic, PARTITIONS);
            }
        }
        topics.forEach(written -> produce(written, scenario, source));
        List<Map<String, Object>> results = client.play(scenario);
        results.forEach(
                result -> assertEquals(Map.of("ok", true), result, client + " does every step"));
        writtenBy.put(client, topics);
    }

    private static void produce(Written written, Scenario scenario, TestRecord.Source source) {
        for (String compression : written.kind().compressions) {
            for (String acks : written.kind().acks) {
                List<TestRecord> records = source.next(acks.equals("all"));
                scenario.produce(written.topic(), acks, compression, records);
                written.records().addAll(records);
            }
        }
    }

    private void create(String topic) {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            admin.createTopics(List.of(new NewTopic(topic, PARTITIONS, (short) 1))).all().get();
        } catch (ExecutionException | InterruptedException e) {
            throw new AssertionError("cannot create " + topic, e);
        }
    }

    private static void compare(TestClient reader, Read read, Map<String, Object> result) {
        Written written = read.written();
        String where = "%s reads %s, %s".formatted(reader, written.topic(), read.how());
        var expected = written.expected(read.fromMs());
        var reported = written.reported(result);
        assertEquals(expected.keySet(), reported.keySet(), where + ": partitions");
        expected.forEach((partition, records) -> {
            var got = reported.getOrDefault(partition, List.of());
            for (int i = 0; i < Math.min(records.size(), got.size()); i++) {
                assertEquals(
                        records.get(i),
                        got.get(i),
                        where + ": partition " + partition + ", record " + i);
            }
            assertEquals(records.size(), got.size(), where + ": partition " + partition);
        });
    }

    private void timed(String what, Runnable action) {
        long began = System.nanoTime();
        try {
            action.run();
        } finally {
            tookMs.put(what, (System.nanoTime() - began) / 1_000_000);
        }
    }
}
