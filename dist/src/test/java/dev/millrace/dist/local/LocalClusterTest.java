package dev.millrace.dist.local;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.broker.StartFailed;
import dev.millrace.broker.config.Settings;
import dev.millrace.cli.cluster.BootstrapAddresses;
import dev.millrace.cli.cluster.CommandFailed;
import dev.millrace.cli.cluster.ControlSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A whole cluster in this process, and Kafka's Java client against it.
@Timeout(value = 120, unit = TimeUnit.SECONDS)
final class LocalClusterTest {
    @TempDir Path folder;

    private LocalPlan plan() throws Exception {
        return LocalPlan.of(
                Settings.NONE
                        .with("listeners", "PLAINTEXT://localhost:0")
                        .with("log.dirs", folder.toString())
                        .with("offsets.topic.num.partitions", "3"),
                3);
    }

    private static Map<String, Object> client(LocalPlan plan) {
        return Map.of("bootstrap.servers", plan.bootstrapServers());
    }

    private static void produce(LocalPlan plan, int partition, String value) throws Exception {
        try (var producer =
                new KafkaProducer<>(
                        client(plan), new ByteArraySerializer(), new ByteArraySerializer())) {
            producer.send(
                            new ProducerRecord<byte[], byte[]>(
                                    "t", partition, null, value.getBytes(StandardCharsets.UTF_8)))
                    .get(60, TimeUnit.SECONDS);
        }
    }

    private static List<String> consume(LocalPlan plan, int partition, int count) {
        var values = new ArrayList<String>();
        try (var consumer =
                new KafkaConsumer<>(
                        new TreeMap<>(client(plan)),
                        new ByteArrayDeserializer(),
                        new ByteArrayDeserializer())) {
            consumer.assign(List.of(new TopicPartition("t", partition)));
            consumer.seekToBeginning(consumer.assignment());
            while (values.size() < count) {
                consumer.poll(Duration.ofSeconds(1))
                        .forEach(r -> values.add(new String(r.value(), StandardCharsets.UTF_8)));
            }
        }
        return values;
    }

    /// Each of three partitions is on a broker of its own; one broker is away, and comes back with what it had.
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aBrokerIsStoppedAndStarted(boolean inMemory) throws Exception {
        LocalPlan plan = plan();
        try (LocalCluster cluster = LocalCluster.start(plan, inMemory)) {
            try (Admin admin = Admin.create(client(plan))) {
                var assignment = Map.of(0, List.of(1), 1, List.of(2), 2, List.of(3));
                admin.createTopics(List.of(new NewTopic("t", assignment))).all().get();
                assertEquals(3, admin.describeCluster().nodes().get().size());
            }
            for (int partition = 0; partition < 3; partition++) {
                produce(plan, partition, "one " + partition);
            }
            cluster.stopBroker(2);
            assertEquals(List.of(1, 3), cluster.running());
            assertThrows(StartFailed.class, () -> cluster.stopBroker(2));
            produce(plan, 2, "two 2");
            cluster.startBroker(2);
            produce(plan, 1, "two 1");
            assertEquals(List.of("one 0"), consume(plan, 0, 1));
            assertEquals(List.of("one 1", "two 1"), consume(plan, 1, 2));
            assertEquals(List.of("one 2", "two 2"), consume(plan, 2, 2));
        }
    }

    /// Of two brokers the first is the only controller: nobody could decide anything after it has gone.
    @Test
    void whatTheOnlyControllerLedAnotherLeadsBeforeItStops() throws Exception {
        try (LocalCluster cluster =
                        Verbs.cluster(
                                Settings.NONE.with("listeners", "PLAINTEXT://localhost:0"), 2);
                Admin admin = Admin.create(client(cluster.plan()))) {
            admin.createTopics(List.of(new NewTopic("t", Map.of(0, List.of(1, 2))))).all().get();
            produce(cluster.plan(), 0, "kept");
            cluster.stopBroker(1);
            assertEquals(List.of("kept"), consume(cluster.plan(), 0, 1));
        }
    }

    /// The first that starts cannot be ready alone: it does not hold up the start of the next.
    @Test
    void allMayBeStoppedAndStartedOneByOne() throws Exception {
        LocalPlan plan = plan();
        try (LocalCluster cluster = LocalCluster.start(plan, true)) {
            for (int id = 1; id <= 3; id++) {
                cluster.stopBroker(id);
            }
            assertEquals(List.of(), cluster.running());
            cluster.startBroker(1);
            assertEquals(List.of(1), cluster.starting());
            assertThrows(StartFailed.class, () -> cluster.startBroker(1));
            cluster.startBroker(2);
            cluster.startBroker(3);
            while (!cluster.starting().isEmpty()) {
                Thread.sleep(10);
            }
            assertEquals(List.of(1, 2, 3), cluster.running());
        }
    }

    @Test
    void theSameClusterIsThereAfterAStopOfAll() throws Exception {
        String id;
        try (LocalCluster cluster = LocalCluster.start(plan(), false);
                Admin admin = Admin.create(client(cluster.plan()))) {
            admin.createTopics(List.of(new NewTopic("t", Optional.of(3), Optional.empty())))
                    .all()
                    .get();
            id = admin.describeCluster().clusterId().get();
            produce(cluster.plan(), 2, "kept");
        }
        try (LocalCluster cluster = LocalCluster.start(plan(), false);
                Admin admin = Admin.create(client(cluster.plan()))) {
            assertEquals(id, admin.describeCluster().clusterId().get());
            assertEquals(List.of("kept"), consume(cluster.plan(), 2, 1));
        }
    }

    @Test
    void commandsOfTheSameUserStopAndStartBrokers() throws Exception {
        try (LocalCluster cluster = LocalCluster.start(plan(), true);
                ControlDoor door = ControlDoor.open(cluster)) {
            assertTrue(door != null);
            var socket =
                    ControlSocket.find(BootstrapAddresses.parse(cluster.plan().bootstrapServers()));
            int port = cluster.plan().ports().getFirst();
            assertEquals(
                    cluster.plan().bootstrapServers(),
                    ControlSocket.runningBrokers(BootstrapAddresses.parse("127.0.0.1:" + port)));
            assertNull(ControlSocket.runningBrokers(BootstrapAddresses.parse("192.0.2.1:" + port)));
            assertThrows(
                    CommandFailed.class,
                    () -> ControlSocket.find(BootstrapAddresses.parse("192.0.2.1:" + port)));
            assertEquals(List.of(true, true, true), running(socket.state()));
            assertEquals(List.of(true, true, false), running(socket.stop(3)));
            assertThrows(CommandFailed.class, () -> socket.stop(3));
            assertThrows(CommandFailed.class, () -> socket.stop(7));
            assertEquals(List.of(1, 2), cluster.running());
            assertEquals(List.of(true, true, true), running(socket.start(3)));
            assertEquals(cluster.plan().address(2), socket.state().get(1).address());
        }
    }

    /// Topics have three replicas without anybody saying so, and go on with two while a broker is away.
    @Test
    void leadersMoveAndRecordsStay() throws Exception {
        try (LocalCluster cluster = LocalCluster.start(plan(), false);
                Admin admin = Admin.create(client(cluster.plan()))) {
            LocalPlan plan = cluster.plan();
            admin.createTopics(List.of(new NewTopic("t", Optional.of(6), Optional.empty())))
                    .all()
                    .get();
            var topic = new ConfigResource(ConfigResource.Type.TOPIC, "t");
            assertEquals(
                    "2",
                    requireNonNull(admin.describeConfigs(List.of(topic)).all().get().get(topic))
                            .get("min.insync.replicas")
                            .value());
            for (int partition = 0; partition < 6; partition++) {
                produce(plan, partition, "one " + partition);
            }
            cluster.stopBroker(2);
            for (int partition = 0; partition < 6; partition++) {
                produce(plan, partition, "two " + partition);
            }
            cluster.startBroker(2);
            awaitInSync(admin, 3);
            cluster.stopBroker(3);
            for (int partition = 0; partition < 6; partition++) {
                assertEquals(
                        List.of("one " + partition, "two " + partition),
                        consume(plan, partition, 2));
            }
        }
    }

    private static void awaitInSync(Admin admin, int replicas) throws Exception {
        boolean all = false;
        while (!all) {
            all =
                    requireNonNull(
                                    admin.describeTopics(List.of("t"))
                                            .allTopicNames()
                                            .get()
                                            .get("t"))
                            .partitions()
                            .stream()
                            .allMatch(partition -> partition.isr().size() == replicas);
        }
    }

    private static List<Boolean> running(List<ControlSocket.Node> nodes) {
        return nodes.stream().map(ControlSocket.Node::running).toList();
    }
}
