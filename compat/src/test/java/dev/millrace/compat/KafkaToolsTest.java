package dev.millrace.compat;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// Apache Kafka's own command line tools, as published, against the broker: exit codes and what they print.
@ExtendWith(SharedBroker.Extension.class)
class KafkaToolsTest {
    private final String bootstrap;

    @TempDir private Path temp;

    KafkaToolsTest(SharedBroker broker) {
        bootstrap = broker.bootstrap();
    }

    @Test
    void topics() {
        Command topics = tool("kafka-topics");
        shows(
                topics.with("--create", "--topic", "tools-topics", "--partitions", "2"),
                "^Created topic tools-topics\\.$");
        shows(topics.with("--list"), "^tools-topics$");
        topics.with("--alter", "--topic", "tools-topics", "--partitions", "4").run().succeeded();
        shows(
                topics.with("--describe", "--topic", "tools-topics"),
                "^Topic: tools-topics\\s+TopicId: \\S{22}\\s+PartitionCount: 4\\s+ReplicationFactor: 1\\s+Configs:",
                "^\\s+Topic: tools-topics\\s+Partition: 3\\s+Leader: \\d+\\s+Replicas: \\d+\\s+Isr: \\d+");
        Command.Result twoReplicas =
                topics.with("--create", "--topic", "tools-two", "--replication-factor", "2").run();
        assertEquals(1, twoReplicas.exit());
        assertTrue(
                twoReplicas.toString().contains("InvalidReplicationFactorException"),
                twoReplicas.toString());
        Command.Result again = topics.with("--create", "--topic", "tools-topics").run();
        assertEquals(1, again.exit());
        assertTrue(again.toString().contains("TopicExistsException"), again.toString());
        topics.with("--delete", "--topic", "tools-topics").run().succeeded();
        assertNotEquals(0, topics.with("--describe", "--topic", "tools-topics").run().exit());
    }

    @Test
    void consoleProducerAndConsumer() {
        tool("kafka-console-producer")
                .with(
                        "--topic",
                        "tools-console") // not there yet: producing creates it, as Kafka's default
                // says
                .with("--reader-property", "parse.key=true", "--reader-property", "key.separator=:")
                .with("--compression-codec", "zstd")
                .input("k1:first\nk2:ünïcode 🚰\nk1:third\n")
                .run()
                .succeeded();
        Command.Result read =
                tool("kafka-console-consumer")
                        .with("--topic", "tools-console", "--from-beginning", "--max-messages", "3")
                        .with(
                                "--formatter-property",
                                "print.key=true",
                                "--formatter-property",
                                "key.separator=:")
                        .run()
                        .succeeded();
        assertEquals(
                List.of("k1:first", "k1:third", "k2:ünïcode 🚰"),
                read.lines().stream().sorted().toList());
    }

    @Test
    void consumerGroups() {
        produce("tools-groups", 5);
        tool("kafka-console-consumer")
                .with(
                        "--topic",
                        "tools-groups",
                        "--group",
                        "tools-group",
                        "--from-beginning",
                        "--max-messages",
                        "5")
                .run()
                .succeeded();
        Command groups = tool("kafka-consumer-groups");
        shows(groups.with("--list"), "^tools-group$");
        shows(
                groups.with("--describe", "--group", "tools-group"),
                "^GROUP\\s+TOPIC\\s+PARTITION\\s+",
                "^tools-group\\s+tools-groups\\s+0\\s+5\\s+5\\s+0\\s");
        shows(
                groups.with(
                                "--group",
                                "tools-group",
                                "--topic",
                                "tools-groups",
                                "--reset-offsets",
                                "--to-offset",
                                "2")
                        .with("--execute"),
                "^tools-group\\s+tools-groups\\s+0\\s+2\\s*$");
        shows(
                groups.with("--describe", "--group", "tools-group"),
                "^tools-group\\s+tools-groups\\s+0\\s+2\\s+5\\s+3\\s");
    }

    @Test
    void configs() {
        createTopic("tools-configs");
        Command configs =
                tool("kafka-configs")
                        .with("--entity-type", "topics", "--entity-name", "tools-configs");
        shows(
                configs.with(
                        "--alter", "--add-config", "retention.ms=60000,cleanup.policy=compact"),
                "^Completed updating config for topic tools-configs\\.$");
        shows(
                configs.with("--describe"),
                "^\\s+retention\\.ms=60000 sensitive=false synonyms=\\{DYNAMIC_TOPIC_CONFIG:retention\\.ms=60000",
                "^\\s+cleanup\\.policy=compact ");
        configs.with("--alter", "--delete-config", "retention.ms").run().succeeded();
        Command.Result left = configs.with("--describe").run().succeeded();
        assertTrue(!left.out().contains("retention.ms="), left.toString());
        Command.Result wrong = configs.with("--alter", "--add-config", "retention.ms=soon").run();
        assertNotEquals(0, wrong.exit());
        assertTrue(wrong.toString().contains("retention.ms"), wrong.toString());
    }

    @Test
    void brokerApiVersions() {
        shows(
                tool("kafka-broker-api-versions"),
                "^\\S+:\\d+ \\(id: \\d+ rack: null isFenced: false\\) -> \\($",
                "^\\s+Produce\\(0\\): 0 to 13 \\[usable: 13\\]|^\\s+Produce\\(0\\): 3 to 13 \\[usable: 13\\]",
                "^\\s+ApiVersions\\(18\\): 0 to \\d \\[usable: \\d\\]");
    }

    @Test
    void offsetsAndDeletedRecords() throws IOException {
        produce("tools-offsets", 8);
        Command offsets = tool("kafka-get-offsets").with("--topic", "tools-offsets");
        shows(offsets, "^tools-offsets:0:8$");
        Path upTo = temp.resolve("up-to.json");
        Files.writeString(
                upTo,
                "{\"version\": 1, \"partitions\": [{\"topic\": \"tools-offsets\", \"partition\": 0, \"offset\": 3}]}",
                UTF_8);
        shows(
                tool("kafka-delete-records").with("--offset-json-file", upTo.toString()),
                "^partition: tools-offsets-0\\s+low_watermark: 3$");
        shows(offsets.with("--time", "earliest"), "^tools-offsets:0:3$");
        shows(offsets.with("--time", "max-timestamp"), "^tools-offsets:0:\\d$");
    }

    @Test
    void logDirs() {
        produce("tools-dirs", 3);
        shows(
                tool("kafka-log-dirs").with("--describe", "--topic-list", "tools-dirs"),
                "\"partition\":\"tools-dirs-0\",\"size\":[1-9]\\d*,\"offsetLag\":0,\"isFuture\":false");
    }

    @Test
    void producerPerformance() {
        createTopic("tools-perf");
        Command perf =
                KafkaTool.named("kafka-producer-perf-test")
                        .with(
                                "--topic",
                                "tools-perf",
                                "--num-records",
                                "20000",
                                "--record-size",
                                "200")
                        .with(
                                "--throughput",
                                "-1",
                                "--producer-props",
                                "bootstrap.servers=" + bootstrap,
                                "acks=all");
        shows(perf, "^20000 records sent, [0-9.]+ records/sec");
        shows(tool("kafka-get-offsets").with("--topic", "tools-perf"), "^tools-perf:0:20000$");
    }

    @Test
    void leaderElection() {
        createTopic("tools-election");
        shows(
                tool("kafka-leader-election")
                        .with(
                                "--election-type",
                                "preferred",
                                "--topic",
                                "tools-election",
                                "--partition",
                                "0"),
                "^Valid replica already elected for partitions tools-election-0$");
    }

    @Test
    void metadataQuorum() {
        Command quorum = tool("kafka-metadata-quorum").with("describe");
        shows(
                quorum.with("--status"),
                "^ClusterId:\\s+\\S{22}$",
                "^LeaderId:\\s+\\d+$",
                "^HighWatermark:\\s+\\d+$",
                "^CurrentVoters:\\s+\\[\\{\"id\": ?\\d+");
        shows(
                quorum.with("--replication"),
                "^NodeId\\s+DirectoryId\\s+LogEndOffset",
                "^\\d+\\s+\\S+\\s+\\d+\\s+0\\s+.*Leader");
    }

    @Test
    void features() {
        shows(
                tool("kafka-features").with("describe"),
                // a level younger than the tool is "UNKNOWN 33" in it
                "^Feature: metadata\\.version\\s+SupportedMinVersion: \\S+\\s+SupportedMaxVersion: .*\\S\\s+FinalizedVersionLevel: \\S+");
    }

    @Test
    void producers() {
        createTopic("tool-producers");
        shows(
                tool("kafka-transactions")
                        .with(
                                "describe-producers",
                                "--topic",
                                "tool-producers",
                                "--partition",
                                "0"),
                "^ProducerId\\s+ProducerEpoch\\s+LatestCoordinatorEpoch\\s+LastSequence\\s+LastTimestamp");
    }

    @Test
    void transactions() {
        Command list = tool("kafka-transactions").with("list");
        assumeFalse(
                list.run().err().contains("does not support LIST_TRANSACTIONS"),
                "the broker has no transactions yet (docs/protocol-coverage.md)");
        shows(list, "^TransactionalId\\s+Coordinator\\s+ProducerId\\s+TransactionState");
    }

    private Command tool(String name) {
        return KafkaTool.named(name).with("--bootstrap-server", bootstrap);
    }

    private static void shows(Command command, String... lines) {
        Command.Result result = command.run().succeeded();
        for (String line : lines) {
            boolean found = Pattern.compile(line, Pattern.MULTILINE).matcher(result.out()).find();
            assertTrue(found, "nothing like " + line + " in: " + result);
        }
    }

    private void createTopic(String topic) {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1))).all().get();
        } catch (ExecutionException | InterruptedException e) {
            throw new AssertionError("cannot create " + topic, e);
        }
    }

    private void produce(String topic, int count) {
        createTopic(topic);
        Map<String, Object> config = Map.of("bootstrap.servers", bootstrap);
        try (var producer =
                new KafkaProducer<>(config, new StringSerializer(), new StringSerializer())) {
            for (int i = 0; i < count; i++) {
                producer.send(new ProducerRecord<>(topic, "key " + i, "value " + i)).get();
            }
        } catch (ExecutionException | InterruptedException e) {
            throw new AssertionError("cannot produce to " + topic, e);
        }
    }
}
