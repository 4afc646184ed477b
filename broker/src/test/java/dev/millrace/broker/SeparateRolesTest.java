package dev.millrace.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.millrace.broker.config.BrokerConfig;
import dev.millrace.broker.config.Settings;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A controller and a broker, each a node of its own, and Kafka's Java client against them.
@Timeout(value = 120, unit = TimeUnit.SECONDS)
final class SeparateRolesTest {
    @TempDir Path folder;
    private int controllerPort;
    private int brokerPort;
    private @Nullable Broker controller;
    private @Nullable Broker broker;

    @BeforeEach
    void start() throws Exception {
        controllerPort = FreePort.find();
        brokerPort = FreePort.find();
        controller = startController();
        broker = startBroker();
    }

    @AfterEach
    void stop() {
        for (Broker node : new Broker[] {broker, controller}) {
            if (node != null) {
                node.stop();
            }
        }
    }

    private Broker startController() throws Exception {
        return start(
                Map.of(
                        "process.roles",
                        "controller",
                        "node.id",
                        "3000",
                        "listeners",
                        "CONTROLLER://127.0.0.1:" + controllerPort,
                        "log.dirs",
                        folder.resolve("controller").toString()));
    }

    private Broker startBroker() throws Exception {
        return start(
                Map.of(
                        "process.roles",
                        "broker",
                        "node.id",
                        "7",
                        "listeners",
                        "PLAINTEXT://127.0.0.1:" + brokerPort,
                        "log.dirs",
                        folder.resolve("broker").toString()));
    }

    private Broker start(Map<String, String> own) throws Exception {
        var settings =
                new TreeMap<>(
                        Map.of(
                                "controller.quorum.voters", "3000@127.0.0.1:" + controllerPort,
                                "controller.listener.names", "CONTROLLER",
                                "offsets.topic.num.partitions", "2",
                                "broker.session.timeout.ms", "3000",
                                "broker.heartbeat.interval.ms", "500"));
        settings.putAll(own);
        return Broker.start(BrokerConfig.from(Settings.of(settings), new ArrayList<>()), false);
    }

    private Map<String, Object> client() {
        return Map.of("bootstrap.servers", "127.0.0.1:" + brokerPort);
    }

    private void produce(String value) throws Exception {
        try (var producer =
                new KafkaProducer<>(
                        client(), new ByteArraySerializer(), new ByteArraySerializer())) {
            var record =
                    new ProducerRecord<byte[], byte[]>("t", value.getBytes(StandardCharsets.UTF_8));
            producer.send(record).get(60, TimeUnit.SECONDS);
        }
    }

    private List<String> consume(int count) {
        var settings = new TreeMap<>(client());
        settings.put("group.id", "g" + count);
        settings.put("auto.offset.reset", "earliest");
        var values = new ArrayList<String>();
        try (var consumer =
                new KafkaConsumer<>(
                        settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.subscribe(List.of("t"));
            while (values.size() < count) {
                consumer.poll(Duration.ofSeconds(1))
                        .forEach(record ->
                                values.add(new String(record.value(), StandardCharsets.UTF_8)));
            }
        }
        return values;
    }

    @Test
    void servesThroughRestartsOfEither() throws Exception {
        try (Admin admin = Admin.create(client())) {
            admin.createTopics(List.of(new NewTopic("t", 1, (short) 1))).all().get();
            var cluster = admin.describeCluster();
            assertEquals(1, cluster.nodes().get().size());
            assertEquals(clusterId("controller"), cluster.clusterId().get());
            assertEquals(clusterId("controller"), clusterId("broker"));
            var quorum = admin.describeMetadataQuorum().quorumInfo().get();
            assertEquals(3000, quorum.leaderId());
            assertEquals(7, quorum.observers().getFirst().replicaId());
        }
        produce("one");
        assertEquals(List.of("one"), consume(1));

        stopped(broker);
        broker = startBroker();
        produce("two");
        assertEquals(List.of("one", "two"), consume(2));

        stopped(controller);
        produce("three");
        controller = startController();
        try (Admin admin = Admin.create(client())) {
            admin.createTopics(List.of(new NewTopic("u", 3, (short) 1))).all().get();
        }
        assertEquals(List.of("one", "two", "three"), consume(3));
    }

    private static void stopped(@Nullable Broker node) {
        assertNotNull(node);
        node.stop();
    }

    private String clusterId(String node) throws Exception {
        return Files.readAllLines(folder.resolve(node).resolve("meta.properties")).stream()
                .filter(line -> line.startsWith("cluster.id="))
                .map(line -> line.substring("cluster.id=".length()))
                .findFirst()
                .orElseThrow();
    }
}
