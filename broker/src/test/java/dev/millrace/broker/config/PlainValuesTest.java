package dev.millrace.broker.config;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.metadata.config.ConfigSchema;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What the table takes for granted, Kafka's definitions grant.
final class PlainValuesTest {
    private static final List<String> PROBES =
            List.of(
                    "",
                    " ",
                    ",",
                    "-2147483649",
                    "-2147483648",
                    "-2",
                    "-1",
                    "-0",
                    "+1",
                    "0",
                    "1",
                    "01",
                    " 1",
                    "1 ",
                    "1.0",
                    "14",
                    "1000",
                    "32767",
                    "32768",
                    "1048575",
                    "1048576",
                    "2147483647",
                    "2147483648",
                    "9223372036854775807",
                    "9223372036854775808",
                    "true",
                    "false",
                    "TRUE",
                    "yes",
                    "word",
                    "a,b",
                    "a, b",
                    "a,a",
                    "a, a",
                    "a,,b",
                    "a,",
                    "broker",
                    "broker,controller",
                    "controller,broker",
                    "broker,broker",
                    "broker, controller",
                    "controllers",
                    "1@localhost:9093",
                    "-1@localhost:9093",
                    "2147483648@localhost:9093",
                    "1@:9093",
                    "1@localhost:0",
                    "1@localhost:65536",
                    "1@a.b-c.example:1",
                    "1@10.0.0.1:9093,2@10.0.0.2:9093",
                    "@localhost:9093",
                    "localhost",
                    "localhost:",
                    "localhost:9093",
                    "-:1",
                    ".:1",
                    "a..b:1",
                    "[::1]:9093",
                    "::1:9093",
                    "PLAINTEXT://localhost:9092",
                    "PLAINTEXT://:9092,CONTROLLER://:9093",
                    "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT");

    private static Stream<String> keys() {
        var keys = new TreeSet<>(ConfigSchema.keys(ConfigResource.Type.BROKER).keySet());
        keys.addAll(List.of("", "nobody.knows.this", "zookeeper.connect", "broker_id"));
        return keys.stream();
    }

    @Test
    void neverHoldWhatKafkaRefuses() {
        keys().forEach(key ->
                PROBES.stream()
                        .filter(value -> PlainValues.hold(key, value))
                        .forEach(value -> granted(key, value)));
    }

    private static void granted(String key, String value) {
        var known = ConfigSchema.keys(ConfigResource.Type.BROKER).get(key);
        assertNotNull(known, key);
        assertDoesNotThrow(
                () -> {
                    Object parsed = ConfigDef.parseType(key, value, known.type);
                    if (known.validator != null) {
                        known.validator.ensureValid(key, parsed);
                    }
                },
                key + " = " + value);
    }

    @ParameterizedTest
    @CsvSource({
        "num.partitions, 0",
        "process.roles, observer",
        "listeners, ''",
        "controller.quorum.voters, localhost:9093",
        "auto.create.topics.enable, on",
        "nobody.knows.this, 1"
    })
    void leaveTheRestToKafka(String key, String value) {
        assertFalse(PlainValues.hold(key, value));
    }

    /// A start with these loads none of Kafka's definitions.
    @Test
    void coverAServerPropertiesAsKafkaShipsIt() {
        Map.ofEntries(
                        Map.entry("process.roles", "broker,controller"),
                        Map.entry("node.id", "1"),
                        Map.entry("controller.quorum.bootstrap.servers", "localhost:9093"),
                        Map.entry("controller.quorum.voters", "1@127.0.0.1:9093"),
                        Map.entry("listeners", "PLAINTEXT://:9092,CONTROLLER://:9093"),
                        Map.entry("inter.broker.listener.name", "PLAINTEXT"),
                        Map.entry(
                                "advertised.listeners",
                                "PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093"),
                        Map.entry("controller.listener.names", "CONTROLLER"),
                        Map.entry(
                                "listener.security.protocol.map",
                                "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT"),
                        Map.entry("num.network.threads", "3"),
                        Map.entry("num.io.threads", "8"),
                        Map.entry("socket.send.buffer.bytes", "102400"),
                        Map.entry("socket.receive.buffer.bytes", "102400"),
                        Map.entry("socket.request.max.bytes", "104857600"),
                        Map.entry("log.dirs", "/tmp/kraft-combined-logs"),
                        Map.entry("num.partitions", "1"),
                        Map.entry("num.recovery.threads.per.data.dir", "1"),
                        Map.entry("offsets.topic.replication.factor", "1"),
                        Map.entry("share.coordinator.state.topic.replication.factor", "1"),
                        Map.entry("share.coordinator.state.topic.min.isr", "1"),
                        Map.entry("transaction.state.log.replication.factor", "1"),
                        Map.entry("transaction.state.log.min.isr", "1"),
                        Map.entry("log.retention.hours", "168"),
                        Map.entry("log.segment.bytes", "1073741824"),
                        Map.entry("log.retention.check.interval.ms", "300000"),
                        Map.entry("auto.create.topics.enable", "false"))
                .forEach((key, value) -> assertTrue(PlainValues.hold(key, value), key));
    }

    @Test
    void areNeverAboutAKeyThatKafkaDoesNotKnow() {
        assertEquals(
                List.of(),
                keys().filter(key ->
                                !ConfigSchema.keys(ConfigResource.Type.BROKER).containsKey(key))
                        .filter(key -> PROBES.stream().anyMatch(v -> PlainValues.hold(key, v)))
                        .toList());
    }
}
