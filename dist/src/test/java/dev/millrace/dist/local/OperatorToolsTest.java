package dev.millrace.dist.local;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.broker.config.Settings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Kafka's tools for those who run a cluster, of a cluster of three brokers.
@Timeout(120)
final class OperatorToolsTest {
    private static final String THROTTLED = "leader.replication.throttled.replicas";

    @SuppressWarnings("NullAway.Init") // made before all tests
    private static LocalCluster cluster;

    @SuppressWarnings("NullAway.Init") // made before all tests
    private static Admin admin;

    @TempDir Path folder;
    private final Verbs verbs = new Verbs();

    @BeforeAll
    static void start() throws Exception {
        cluster = Verbs.cluster(Settings.NONE.with("listeners", "PLAINTEXT://localhost:0"), 3);
        admin = Admin.create(Map.of("bootstrap.servers", cluster.plan().bootstrapServers()));
    }

    @AfterAll
    static void stop() {
        admin.close();
        cluster.close();
    }

    private int run(String tool, String... words) {
        var all = new ArrayList<>(List.of("tool", tool));
        all.addAll(List.of(words));
        return verbs.run(cluster, "", all);
    }

    private void topic(String name, List<Integer> replicas) throws Exception {
        admin.createTopics(List.of(new NewTopic(name, Map.of(0, replicas)))).all().get();
        try (var producer =
                new KafkaProducer<>(
                        Map.of("bootstrap.servers", cluster.plan().bootstrapServers()),
                        new ByteArraySerializer(),
                        new ByteArraySerializer())) {
            producer.send(new ProducerRecord<>(name, new byte[] {1})).get();
        }
    }

    private static List<Integer> replicas(String topic) throws Exception {
        var described = admin.describeTopics(List.of(topic)).allTopicNames().get();
        return described.values().iterator().next().partitions().getFirst().replicas().stream()
                .map(Node::id)
                .toList();
    }

    private static String throttled(String topic) throws Exception {
        var resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        var described = admin.describeConfigs(List.of(resource)).all().get();
        return described.values().iterator().next().get(THROTTLED).value();
    }

    private String file(String json) throws Exception {
        Path file = folder.resolve("file.json");
        Files.writeString(file, json.replace('\'', '"'));
        return file.toString();
    }

    private static void assign(String topic, List<Integer> replicas) throws Exception {
        var move = Optional.of(new NewPartitionReassignment(replicas));
        admin.alterPartitionReassignments(Map.of(new TopicPartition(topic, 0), move)).all().get();
    }

    private String moves(String topic, String replicas) throws Exception {
        return file(
                "{'version':1,'partitions':[{'topic':'%s','partition':0,'replicas':%s}]}"
                        .formatted(topic, replicas));
    }

    @Test
    void aPartitionIsMovedUnderAThrottleThatVerifyTakesAway() throws Exception {
        topic("moved", List.of(1, 2));
        String moves = moves("moved", "[3,1]");
        String[] execute = {
            "--execute", "--reassignment-json-file", moves, "--throttle", "50000000"
        };
        assertEquals(0, run("kafka-reassign-partitions", execute), verbs.err());
        assertEquals(
                """
                Current partition replica assignment

                {"version":1,"partitions":[{"topic":"moved","partition":0,"replicas":[1,2],"log_dirs":["DIR","DIR"]}]}

                Save this to use as the --reassignment-json-file option during rollback
                Warning: You must run --verify periodically, until the reassignment completes, to ensure the throttle is removed.
                The inter-broker throttle limit was set to 50000000 B/s
                Successfully started partition reassignment for moved-0
                """,
                verbs.out().replaceAll("\"[^\"]*broker[12][^\"]*\"", "\"DIR\""));
        assertEquals("0:1,0:2", throttled("moved"));
        String[] verify = {"--verify", "--reassignment-json-file", moves};
        do {
            assertEquals(0, run("kafka-reassign-partitions", verify), verbs.err());
        } while (verbs.out().contains("is still in progress"));
        assertEquals(
                """
                Status of partition reassignment:
                Reassignment of partition moved-0 is completed.

                Clearing broker-level throttles on brokers 1,2,3
                Clearing topic-level throttles on topic moved
                """,
                verbs.out());
        assertEquals(List.of(3, 1), replicas("moved"));
        assertEquals("", throttled("moved"));
        assertEquals(0, run("kafka-reassign-partitions", "--list"));
        assertEquals("No partition reassignments found.\n", verbs.out());
    }

    @Test
    void whatWouldFailIsRefusedBefore() throws Exception {
        topic("kept", List.of(1, 2));
        String[][] refused = {
            {"[1,9]", "Unknown broker id 9"},
            {"[1,1]", "kept-0 contains multiple entries for 1"},
            {"[]", "Partition replica list cannot be empty"},
            {"[1,2,3]", "kept-0: "}
        };
        for (String[] each : refused) {
            assertEquals(
                    1,
                    run(
                            "kafka-reassign-partitions",
                            "--execute",
                            "--disallow-replication-factor-change",
                            "--reassignment-json-file",
                            moves("kept", each[0])));
            assertTrue(verbs.err().contains(each[1]), verbs.err());
        }
        assertEquals(List.of(1, 2), replicas("kept"));
        String[] verify = {"--verify", "--reassignment-json-file", moves("kept", "[2,3]")};
        assertEquals(0, run("kafka-reassign-partitions", verify));
        assertTrue(verbs.out().contains("but replica set is 1,2 rather than 2,3."), verbs.out());
    }

    @Test
    void cancelEndsWhatIsUnderWay() throws Exception {
        topic("back", List.of(1, 2));
        String moves = moves("back", "[1,2,3]");
        cluster.stopBroker(3);
        try {
            assign("back", List.of(1, 2, 3)); // a copy that cannot come: its broker is away
            assertEquals(0, run("kafka-reassign-partitions", "--list"), verbs.err());
            assertEquals(
                    "Current partition reassignments:\nback-0: replicas: 1,2,3. adding: 3.\n",
                    verbs.out());
            String[] cancel = {
                "--cancel", "--reassignment-json-file", moves, "--preserve-throttles"
            };
            assertEquals(0, run("kafka-reassign-partitions", cancel), verbs.err());
            assertEquals(
                    "Successfully cancelled partition reassignment for: back-0\n"
                            + "None of the specified partition moves are active.",
                    verbs.out());
            assertEquals(List.of(1, 2), replicas("back"));
        } finally {
            cluster.startBroker(3);
        }
    }

    @Test
    void generateSpreadsOverTheBrokersThatAreNamed() throws Exception {
        topic("spread", List.of(1, 2));
        String topics = file("{'version':1,'topics':[{'topic':'spread'}]}");
        String[] generate = {
            "--generate", "--topics-to-move-json-file", topics, "--broker-list", "2,3"
        };
        assertEquals(0, run("kafka-reassign-partitions", generate), verbs.err());
        assertTrue(verbs.out().contains("\"replicas\":[1,2],"), verbs.out());
        assertTrue(
                verbs.out()
                        .endsWith(
                                """
                                Proposed partition reassignment configuration
                                {"version":1,"partitions":[{"topic":"spread","partition":0,"replicas":[2,3],"log_dirs":["any","any"]}]}
                                """),
                verbs.out());
    }

    @Test
    void logDirectoriesAreShownAsJson() throws Exception {
        topic("shown", List.of(2));
        assertEquals(0, run("kafka-log-dirs", "--describe", "--topic-list", "shown"), verbs.err());
        assertTrue(
                verbs.out().contains("Received log directory information from brokers 1,2,3\n"),
                verbs.out());
        assertTrue(
                verbs.out()
                        .matches(
                                "(?s).*\"broker\":2,\"logDirs\":\\[\\{\"partitions\":\\[\\{\"partition\":\"shown-0\",\"size\":[1-9][0-9]*,"
                                        + "\"offsetLag\":0,\"isFuture\":false}],\"error\":null,\"logDir\":\".*"),
                verbs.out());
        assertEquals(1, run("kafka-log-dirs", "--describe", "--broker-list", "1,7"));
        assertEquals(
                "ERROR: The given brokers do not exist from --broker-list: 7. Current existent brokers: 1,2,3",
                verbs.err());
    }

    @Test
    void leadersAreElected() throws Exception {
        topic("led", List.of(1, 2));
        String[] preferred = {
            "--election-type",
            "preferred",
            "--path-to-json-file",
            file("{'partitions':[{'topic':'led','partition':0}]}")
        };
        assertEquals(0, run("kafka-leader-election", preferred), verbs.err());
        assertEquals("Valid replica already elected for partitions led-0\n", verbs.out());
        assign("led", List.of(2, 1));
        assertEquals(0, run("kafka-leader-election", preferred), verbs.err());
        assertEquals(
                "Successfully completed leader election (PREFERRED) for partitions led-0\n",
                verbs.out());
        String[] missing = {
            "--election-type", "preferred", "--topic", "nosuch", "--partition", "0"
        };
        assertEquals(1, run("kafka-leader-election", missing));
        assertEquals("1 replica(s) could not be elected", verbs.err());
    }

    @Test
    void addressesAreListedAndTheIdTold() throws Exception {
        String id = admin.describeCluster().clusterId().get();
        assertEquals(0, run("kafka-cluster", "cluster-id"), verbs.err());
        assertEquals("Cluster ID: " + id + "\n", verbs.out());
        assertEquals(0, run("kafka-cluster", "list-endpoints"), verbs.err());
        assertEquals(
                "ID         HOST      PORT       RACK       STATE      ENDPOINT_TYPE  ",
                verbs.out().lines().findFirst().orElse(""));
        assertEquals(4, verbs.out().lines().count(), verbs.out());
        assertEquals(1, run("kafka-cluster", "unregister", "--id", "77"));
    }

    @Test
    void aReleaseMeansTheLevelsOfAllFeatures() {
        assertEquals(1, run("kafka-features", "upgrade", "--release-version", "4.3", "--dry-run"));
        assertTrue(verbs.out().contains("Can not upgrade metadata.version to 30. "), verbs.out());
        assertTrue(verbs.out().contains("Can not upgrade group.version to 1. "), verbs.out());
        assertEquals(0, run("kafka-features", "describe", "--node-id", "2"), verbs.err());
        assertTrue(
                verbs.out().contains("Feature: group.version                             "),
                verbs.out());
    }

    /// Once every voter has told its directory, which `kraft.version` waits for: a moment after the start.
    @Test
    void whatTheClusterDoesNotSupportIsLeftOutOfARelease() {
        while (run("kafka-features", "upgrade", "--release-version", "4.4") != 0) {
            assertTrue(verbs.out().contains("kraft.version to 1. "), verbs.out());
        }
        assertTrue(
                verbs.out()
                        .contains("share.version is left out: this cluster does not support it."),
                verbs.out());
        assertTrue(verbs.out().contains("kraft.version was upgraded to 1."), verbs.out());
    }
}
