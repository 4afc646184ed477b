package dev.millrace.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.metadata.CordonedDirectories;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.LogDirDescription;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionReplica;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Three brokers with two log directories each, and one more for the metadata log: replicas move between them, within a throttle, and one
/// directory goes away. By Kafka's Java client.
@Timeout(value = 180, unit = TimeUnit.SECONDS)
final class LogDirectoriesTest {
    private static final TopicPartition NAME = new TopicPartition("t", 0);
    private static final int RECORDS = 100;

    @TempDir Path folder;
    private @Nullable ThreeBrokers started;
    private @Nullable Admin client;

    @BeforeEach
    void start() throws Exception {
        Map<Integer, Map<String, String>> directories =
                Map.of(1, directories(1), 2, directories(2), 3, directories(3));
        started =
                new ThreeBrokers(
                        folder,
                        Map.of("log.flush.offset.checkpoint.interval.ms", "300"),
                        directories);
        client = started.admin();
    }

    private Map<String, String> directories(int broker) {
        return Map.of(
                "log.dirs",
                directory(broker, "a") + "," + directory(broker, "b"),
                "metadata.log.dir",
                directory(broker, "metadata").toString());
    }

    private Path directory(int broker, String name) {
        return folder.resolve("node" + broker + name);
    }

    private Admin admin() {
        return Objects.requireNonNull(client);
    }

    private ThreeBrokers brokers() {
        return Objects.requireNonNull(started);
    }

    @AfterEach
    void stop() {
        admin().close(Duration.ofSeconds(1));
        brokers().close();
    }

    private void topic(Integer... replicas) throws Exception {
        admin().createTopics(List.of(new NewTopic("t", Map.of(0, List.of(replicas))))).all().get();
    }

    private KafkaProducer<String, String> producer() {
        return new KafkaProducer<>(
                brokers().client(Map.of("acks", "all", "batch.size", 0)),
                new StringSerializer(),
                new StringSerializer());
    }

    private static List<String> send(KafkaProducer<String, String> producer, int from)
            throws Exception {
        List<String> values =
                IntStream.range(from, from + RECORDS).mapToObj(i -> i + "x".repeat(2_000)).toList();
        for (String value : values) {
            producer.send(new ProducerRecord<>("t", value)).get();
        }
        return values;
    }

    private List<String> read(int count) {
        try (var consumer =
                new KafkaConsumer<>(
                        brokers().client(), new StringDeserializer(), new StringDeserializer())) {
            consumer.assign(List.of(NAME));
            consumer.seekToBeginning(List.of(NAME));
            var values = new ArrayList<String>();
            while (values.size() < count) {
                consumer.poll(Duration.ofMillis(200)).forEach(each -> values.add(each.value()));
            }
            return values;
        }
    }

    private interface Question {
        boolean ask() throws Exception;
    }

    private static void await(Question question) throws Exception {
        while (!question.ask()) {
            Thread.sleep(50);
        }
    }

    private String whereItIs(int broker) throws Exception {
        var replica = new TopicPartitionReplica("t", 0, broker);
        var where = admin().describeReplicaLogDirs(List.of(replica)).all().get().get(replica);
        return String.valueOf(Objects.requireNonNull(where).getCurrentReplicaLogDir());
    }

    /// The log directories of a broker, by path.
    private Map<String, LogDirDescription> described(int broker) throws Exception {
        var all = admin().describeLogDirs(List.of(broker)).allDescriptions().get();
        return Objects.requireNonNull(all.get(broker));
    }

    private LogDirDescription described(int broker, String directory) throws Exception {
        return Objects.requireNonNull(
                described(broker).get(directory(broker, directory).toString()));
    }

    private void move(int broker, Path to) throws Exception {
        admin().alterReplicaLogDirs(
                        Map.of(new TopicPartitionReplica("t", 0, broker), to.toString()))
                .all()
                .get();
    }

    @Test
    void aLeaderIsWrittenToWhileItMovesToTheOtherDirectory() throws Exception {
        topic(1, 2, 3);
        try (var producer = producer()) {
            var sent = new ArrayList<>(send(producer, 0));
            boolean inA = whereItIs(1).equals(directory(1, "a").toString());
            Path other = directory(1, inA ? "b" : "a");
            move(1, other);
            sent.addAll(send(producer, RECORDS));
            await(() -> whereItIs(1).equals(other.toString()));
            sent.addAll(send(producer, 2 * RECORDS));

            assertEquals(sent, read(sent.size()));
        }
    }

    @Test
    void aThrottledReassignmentStandsUntilTheRateIsRaised() throws Exception {
        topic(1);
        try (var producer = producer()) {
            send(producer, 0);
        }
        set(ConfigResource.Type.TOPIC, "t", "leader.replication.throttled.replicas", "0:1");
        set(ConfigResource.Type.TOPIC, "t", "follower.replication.throttled.replicas", "0:2");
        set(ConfigResource.Type.BROKER, "1", "leader.replication.throttled.rate", "1000");
        set(ConfigResource.Type.BROKER, "2", "follower.replication.throttled.rate", "1000");
        var move = new NewPartitionReassignment(List.of(2));
        admin().alterPartitionReassignments(Map.of(NAME, Optional.of(move))).all().get();
        await(() -> bytesAt(2) > 0);
        assertEquals(1, admin().listPartitionReassignments().reassignments().get().size());

        set(ConfigResource.Type.BROKER, "1", "leader.replication.throttled.rate", "100000000");
        set(ConfigResource.Type.BROKER, "2", "follower.replication.throttled.rate", "100000000");
        await(() -> admin().listPartitionReassignments().reassignments().get().isEmpty());
        assertEquals(RECORDS, read(RECORDS).size());
    }

    private long bytesAt(int broker) throws Exception {
        return described(broker).values().stream()
                .flatMap(each -> each.replicaInfos().entrySet().stream())
                .filter(each -> each.getKey().equals(NAME))
                .mapToLong(each -> each.getValue().size())
                .sum();
    }

    private void set(ConfigResource.Type type, String name, String key, String value)
            throws Exception {
        var op = new AlterConfigOp(new ConfigEntry(key, value), AlterConfigOp.OpType.SET);
        admin().incrementalAlterConfigs(Map.of(new ConfigResource(type, name), List.of(op)))
                .all()
                .get();
    }

    @Test
    void whatIsCordonedTakesNothingNew() throws Exception {
        topic(1, 2, 3);
        Path a = directory(1, "a");
        cordon(1, a.toString());
        assertTrue(described(1, "a").isCordoned());
        assertFalse(described(1, "b").isCordoned());
        assertTrue(described(1, "a").totalBytes().orElse(-1) > 0);
        long before = described(1, "a").replicaInfos().size();
        admin().createTopics(List.of(new NewTopic("new", 6, (short) 3))).all().get();
        await(() -> described(1, "b").replicaInfos().size() >= 6);
        assertEquals(before, described(1, "a").replicaInfos().size());
        var unknown =
                assertThrows(ExecutionException.class, () -> cordon(1, a + "," + folder + "/no"));
        assertInstanceOf(InvalidRequestException.class, unknown.getCause());

        cordon(1, "*");
        await(this::refused);
        admin().createTopics(List.of(new NewTopic("two", 1, (short) 2))).all().get();
        cordon(1, "");
        await(() -> !refused());
    }

    private void cordon(int broker, String paths) throws Exception {
        set(ConfigResource.Type.BROKER, Integer.toString(broker), CordonedDirectories.KEY, paths);
        Set<String> named =
                paths.equals("*")
                        ? described(broker).keySet()
                        : paths.isEmpty() ? Set.of() : Set.of(paths.split(",", -1));
        await(() -> cordoned(broker).equals(named));
    }

    private Set<String> cordoned(int broker) throws Exception {
        return described(broker).entrySet().stream()
                .filter(each -> each.getValue().isCordoned())
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
    }

    /// Whether the controller would refuse a topic with a replica on every broker now.
    private boolean refused() throws Exception {
        try {
            admin().createTopics(
                            List.of(new NewTopic("three", 1, (short) 3)),
                            new CreateTopicsOptions().validateOnly(true))
                    .all()
                    .get();
            return false;
        } catch (ExecutionException e) {
            assertInstanceOf(InvalidReplicationFactorException.class, e.getCause());
            return true;
        }
    }

    @Test
    void whenADirectoryGoesAwayOthersLeadAndTheBrokerGoesOn() throws Exception {
        topic(1, 2, 3);
        try (var producer = producer()) {
            var sent = new ArrayList<>(send(producer, 0));
            String lost = whereItIs(1);
            Files.move(Path.of(lost), Path.of(lost + "-gone"));
            sent.addAll(send(producer, RECORDS));
            await(() -> leader() != 1);
            sent.addAll(send(producer, 2 * RECORDS));

            assertEquals(sent, read(sent.size()));
            var left = new TreeMap<>(described(1));
            left.remove(lost);

            assertEquals(1, left.size());
            left.values().forEach(each -> assertNull(each.error()));
            admin().createTopics(List.of(new NewTopic("new", Map.of(0, List.of(1))))).all().get();
        }
    }

    private int leader() throws Exception {
        var topics = admin().describeTopics(List.of("t")).allTopicNames().get();
        Node leader = Objects.requireNonNull(topics.get("t")).partitions().getFirst().leader();
        return leader == null ? -1 : leader.id();
    }
}
