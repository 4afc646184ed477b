package dev.millrace.dist.local;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.broker.config.Settings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// `millrace cluster` against four brokers, of which the fourth has nothing at first.
@Timeout(value = 120, unit = TimeUnit.SECONDS)
final class ClusterVerbsTest {
    @SuppressWarnings("NullAway.Init") // made before all tests
    private static LocalCluster cluster;

    @SuppressWarnings("NullAway.Init") // made before all tests
    private static Admin admin;

    private final Verbs verbs = new Verbs();

    @BeforeAll
    static void start() throws Exception {
        cluster = Verbs.cluster(Settings.NONE.with("listeners", "PLAINTEXT://localhost:0"), 4);
        admin = Admin.create(Map.of("bootstrap.servers", cluster.plan().bootstrapServers()));
    }

    @AfterAll
    static void stop() {
        admin.close();
        cluster.close();
    }

    /// Six partitions of two replicas, on the first three brokers, with a record in each.
    @BeforeEach
    void fill() throws Exception {
        if (admin.listTopics().names().get().contains("t")) {
            return;
        }
        var assignment = new TreeMap<Integer, List<Integer>>();
        for (int partition = 0; partition < 6; partition++) {
            assignment.put(partition, List.of(1 + partition % 3, 1 + (partition + 1) % 3));
        }
        admin.createTopics(List.of(new NewTopic("t", assignment))).all().get();
        try (var producer =
                new KafkaProducer<>(
                        Map.of("bootstrap.servers", cluster.plan().bootstrapServers()),
                        new ByteArraySerializer(),
                        new ByteArraySerializer())) {
            for (int partition = 0; partition < 6; partition++) {
                producer.send(new ProducerRecord<>("t", partition, null, new byte[] {1})).get();
            }
        }
    }

    private int run(String... words) {
        var all = new ArrayList<>(List.of("cluster"));
        all.addAll(List.of(words));
        return verbs.run(cluster, "", all);
    }

    private String out() {
        return verbs.out();
    }

    private JsonNode status() {
        assertEquals(0, run("status", "--output", "json"), verbs::err);
        return JsonMapper.shared().readTree(out());
    }

    private int replicasOf(int broker) {
        for (JsonNode each : status().path("brokers")) {
            if (each.path("id").asInt() == broker) {
                return each.path("replicas").asInt();
            }
        }
        return -1;
    }

    @Test
    void aBrokerIsGivenItsShareAndThenEmptiedAndForgotten() throws Exception {
        assertEquals(0, replicasOf(4));
        assertEquals(0, run("rebalance"), verbs::err);
        assertTrue(out().contains("this is only the plan"), out());
        assertEquals(0, replicasOf(4));

        assertEquals(0, run("rebalance", "--execute", "--throttle", "10MB"), verbs::err);
        awaitReplicasOf(4, 3);
        do {
            assertEquals(0, run("rebalance"), verbs::err);
        } while (!out().contains("nothing to move"));

        assertEquals(0, run("drain", "4", "--dry-run"), verbs::err);
        assertEquals(3, replicasOf(4));
        assertEquals(1, run("remove", "4"), verbs::err);
        assertTrue(verbs.err().contains("broker 4 still runs"), verbs::err);
        awaitReplicasOf(4, 0);
        awaitEverythingInSync();

        cluster.stopBroker(4);
        assertEquals(0, run("remove", "4"), verbs::err);
        awaitReplicasOf(4, -1);
        cluster.startBroker(4);
        awaitReplicasOf(4, 0);
    }

    /// Each broker answers by its own image, and some hear of a change later.
    private void awaitReplicasOf(int broker, int wanted) {
        int found = replicasOf(broker);
        while (found != wanted) {
            found = replicasOf(broker);
        }
    }

    /// A broker that an election of the quorum has kept from its heartbeats is out of sync for a moment.
    private void awaitEverythingInSync() {
        JsonNode status = status();
        while (status.path("underReplicated").size() + status.path("offline").size() > 0) {
            status = status();
        }
    }

    /// Nobody keeps new topics away from a broker that is drained.
    @Test
    void whatABrokerIsGivenWhileItIsDrainedGoesToo() throws Exception {
        admin.createTopics(List.of(new NewTopic("before", Map.of(0, List.of(4))))).all().get();
        awaitReplicasOf(4, 1);
        verbs.when(
                "PARTITION",
                () ->
                        admin.createTopics(
                                        List.of(new NewTopic("meanwhile", Map.of(0, List.of(4)))))
                                .all()
                                .toCompletionStage()
                                .toCompletableFuture()
                                .join());
        try {
            assertEquals(0, run("drain", "4", "--throttle", "10MB"), verbs::err);
            assertTrue(out().contains("before-0"), out());
            assertTrue(out().contains("meanwhile-0"), out());
            assertTrue(out().endsWith("broker 4 holds nothing any more\n"), out());
            awaitReplicasOf(4, 0);
            for (String topic : List.of("before", "meanwhile")) {
                var resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
                assertTrue(
                        requireNonNull(
                                        admin.describeConfigs(List.of(resource))
                                                .all()
                                                .get()
                                                .get(resource))
                                .entries()
                                .stream()
                                .noneMatch(entry ->
                                        entry.name().contains("throttled") && !entry.isDefault()),
                        topic);
            }
        } finally {
            assertEquals(0, run("drain", "4", "--undo"), verbs::err);
            admin.deleteTopics(List.of("before", "meanwhile")).all().get();
        }
    }

    @Test
    void nothingIsPlannedForABrokerThatIsDrained() throws Exception {
        assertEquals(0, run("drain", "4"), verbs::err);
        try {
            do {
                assertEquals(0, run("rebalance"), verbs::err);
            } while (!out().contains("broker 4 is drained")); // each broker hears of it in its time
            assertTrue(out().contains("`millrace cluster drain 4 --undo` ends that"), out());
            assertFalse(out().contains("4 bears"), out());
        } finally {
            assertEquals(0, run("drain", "4", "--undo"), verbs::err);
        }
        do {
            assertEquals(0, run("rebalance"), verbs::err);
        } while (out().contains("broker 4 is drained"));
        assertTrue(out().contains("4 bears"), out());
    }

    @Test
    void whatBalancingDoesIsToldWhileABrokerIsDown() throws Exception {
        cluster.stopBroker(4);
        try {
            assertEquals(0, run("rebalance", "--explain"), verbs::err);
            assertTrue(out().contains("the cluster balances by itself: on; "), out());
        } finally {
            cluster.startBroker(4);
            awaitEverythingInSync();
        }
    }

    @Test
    void statusIsForPeopleToo() {
        assertEquals(0, run("status"), verbs::err);
        assertTrue(out().contains("4 brokers"), out());
        assertTrue(out().contains("quorum: controller "), out());
        assertTrue(out().contains("3 voters, 1 observer"), out());
    }

    @Test
    void oneMoreBrokerIsToldWhereTheControllersAre() {
        assertEquals(0, run("add", "--host", "node5", "--rack", "r1"), verbs::err);
        var lines = out().lines().toList();
        assertTrue(lines.contains("node.id=5"), out());
        assertTrue(lines.contains("advertised.listeners=PLAINTEXT://node5:9092"), out());
        assertTrue(lines.contains("broker.rack=r1"), out());
        String voters = cluster.plan().settings(4).asMap().get("controller.quorum.voters");
        assertTrue(lines.contains("controller.quorum.voters=" + voters), out());
        assertTrue(lines.contains("millrace.http.listener=localhost:9095"), out());
        assertTrue(out().contains("# node5 will not find the controller at localhost:"), out());
        int directory = lines.indexOf("log.dirs=/var/lib/millrace");
        assertEquals(
                "# change this to a directory on that machine's disk", lines.get(directory - 1));
        assertEquals(0, run("add", "--host", "localhost"), verbs::err);
        assertFalse(out().contains("will not find"), out());
        assertEquals(1, run("add", "--id", "2"), verbs::err);
        assertEquals(2, run("add", "--port", "9999999"), out());
        assertEquals(2, run("add", "--port", "0"), out());
    }

    @Test
    void whatCannotBeDoneIsSaidInASentence() {
        assertEquals(1, run("drain", "9"));
        assertTrue(verbs.err().contains("there is no broker 9"));
        assertEquals(1, run("remove", "1"));
        assertTrue(verbs.err().contains("voter of the metadata quorum"));
        assertEquals(2, run("drain", "4", "--at-once", "0"));
        assertEquals(2, run("rebalance", "--throttle", "fast"));
        assertEquals(2, run("rebalance", "--off", "--execute"));
    }
}
