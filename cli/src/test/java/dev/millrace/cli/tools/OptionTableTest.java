package dev.millrace.cli.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.cli.Recorded;
import dev.millrace.cli.cluster.CommandFailed;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.StreamsGroupMemberAssignment;
import org.apache.kafka.clients.admin.StreamsGroupMemberAssignment.TaskIds;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The grammar of Kafka's tools, and what the tools make of it.
class OptionTableTest {
    private static Arguments parse(String line) {
        return new OptionTable("tool", "for tests")
                .flag("list", "a flag")
                .value("topic", "name", "a value")
                .optional("state", "states", "perhaps a value")
                .value("shift-by", "n", "a number")
                .parse(line.isEmpty() ? new String[0] : line.split(" ", -1));
    }

    @Test
    void reads() {
        var arguments = parse("--list --topic a --topic=b=c --state --shift-by -5");
        assertTrue(arguments.has("list"));
        assertEquals(List.of("a", "b=c"), arguments.values("topic"));
        assertTrue(arguments.has("state"));
        assertNull(arguments.value("state"));
        assertEquals(-5L, arguments.number("shift-by"));
        assertEquals("empty,stable", parse("--state empty,stable").value("state"));
        assertFalse(parse("").has("list"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"--lis", "list", "--list=yes", "--topic", "-topic a", "--zookeeper a"})
    void refuses(String line) {
        assertThrows(CommandFailed.class, () -> parse(line));
    }

    @Test
    void aCommandIsAWordOfItsOwn() {
        var table = new KafkaTransactions().options();
        var arguments = table.parse("list --duration-filter -1".split(" ", -1));
        assertTrue(arguments.has("list"));
        assertEquals(-1L, arguments.number("duration-filter"));
        assertThrows(CommandFailed.class, () -> table.parse(new String[] {"--list"}));
        assertThrows(CommandFailed.class, () -> table.parse(new String[] {"lists"}));
    }

    @Test
    void onceMeansOnce() {
        assertThrows(CommandFailed.class, () -> parse("--topic a --topic b").value("topic"));
        assertThrows(CommandFailed.class, () -> parse("--shift-by x").number("shift-by"));
    }

    private static Map<String, Object> producer(String... words) {
        return KafkaConsoleProducer.settings(new KafkaConsoleProducer().options().parse(words));
    }

    @Test
    void producerSettings() {
        assertEquals(Map.of(), producer("--topic", "t"));
        assertEquals(
                Map.of("compression.type", "gzip"),
                producer("--compression-codec", "--topic", "t"));
        assertEquals(
                Map.of(
                        "compression.type",
                        "zstd",
                        "acks",
                        "0",
                        "batch.size",
                        "7",
                        "linger.ms",
                        "8"),
                producer(
                        "--compression-codec",
                        "zstd",
                        "--request-required-acks",
                        "0",
                        "--batch-size",
                        "7",
                        "--max-partition-memory-bytes",
                        "6",
                        "--timeout",
                        "8"));
        assertEquals(
                Map.of("acks", "1", "retries", "0"),
                producer(
                        "--request-required-acks",
                        "all",
                        "--producer-property",
                        "acks=1",
                        "--command-property",
                        "retries=0"));
    }

    private static Map<String, Object> consumer(String... words) {
        return KafkaConsoleConsumer.settings(new KafkaConsoleConsumer().options().parse(words));
    }

    @Test
    void consumerSettings() {
        assertEquals("latest", consumer("--topic", "t").get("auto.offset.reset"));
        assertEquals("earliest", consumer("--from-beginning").get("auto.offset.reset"));
        assertEquals("g", consumer("--group", "g").get("group.id"));
        assertEquals("g", consumer("--consumer-property", "group.id=g").get("group.id"));
        assertEquals(
                "read_committed",
                consumer("--isolation-level", "read_committed").get("isolation.level"));
        assertThrows(
                CommandFailed.class,
                () -> consumer("--group", "g", "--consumer-property", "group.id=h"));
        assertThrows(
                CommandFailed.class,
                () ->
                        consumer(
                                "--from-beginning",
                                "--consumer-property",
                                "auto.offset.reset=latest"));
    }

    private static List<ConfigEntity> entities(String line) {
        return ConfigEntity.parse(new KafkaConfigs().options().parse(line.split(" ", -1)));
    }

    @Test
    void configEntities() {
        assertEquals(
                List.of(new ConfigEntity("topics", "t")),
                entities("--entity-type topics --entity-name t"));
        assertEquals(List.of(new ConfigEntity("topics", "t")), entities("--topic t"));
        assertEquals(List.of(new ConfigEntity("brokers", null)), entities("--entity-type brokers"));
        assertEquals(
                List.of(new ConfigEntity("brokers", "")),
                entities("--entity-type brokers --entity-default"));
        assertEquals(
                List.of(new ConfigEntity("users", ""), new ConfigEntity("clients", "c")),
                entities(
                        "--entity-type users --entity-default --entity-type clients --entity-name c"));
        for (String wrong :
                List.of("--all", "--entity-type things", "--topic t --user u", "--entity-name t")) {
            assertThrows(CommandFailed.class, () -> entities(wrong), wrong);
        }
    }

    @Test
    void assignments() {
        assertEquals("-", GroupTables.assignment(List.of()));
        assertEquals(
                "a:0,2;b:1",
                GroupTables.assignment(
                        List.of(
                                new TopicPartition("b", 1),
                                new TopicPartition("a", 2),
                                new TopicPartition("a", 0))));
    }

    @Test
    void tasks() {
        var assignment =
                new StreamsGroupMemberAssignment(
                        List.of(new TaskIds("0", List.of(0, 2)), new TaskIds("1", List.of(1))),
                        List.of(),
                        List.of(new TaskIds("1", List.of(0))));
        assertEquals(
                "TARGET-ACTIVE: 0:[0,2]; 1:[1]; TARGET-WARMUP: 1:[0]; ",
                StreamsGroupTables.tasks(assignment, "TARGET-"));
    }

    @Test
    void aFixedColumnDoesNotGrow() {
        var recorded = new Recorded();
        var table = new TextTable().column("A", 3).fixed("B", 2);
        table.row(List.of("x", "longer"));
        table.print(recorded.terminal);
        assertEquals("A   B \nx   longer\n", recorded.out());
    }

    @Test
    void tables() {
        var recorded = new Recorded();
        var table = new TextTable().column("A", 3).column("B", 0);
        table.row(List.of("long", "x"));
        table.row(List.of("s", "y"));
        table.print(recorded.terminal);
        assertEquals("A    B\nlong x\ns    y\n", recorded.out());
    }
}
