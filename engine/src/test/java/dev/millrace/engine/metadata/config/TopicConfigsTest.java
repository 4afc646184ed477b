package dev.millrace.engine.metadata.config;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class TopicConfigsTest {
    record Case(
            String name,
            Map<String, String> topic,
            Map<String, String> broker,
            Map<String, String> brokers,
            Map<String, String> file,
            Map<String, String> want) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static final Map<String, String> NONE = Map.of();

    static Stream<Case> cases() {
        return Stream.of(
                new Case("nothing is set", NONE, NONE, NONE, NONE, NONE),
                new Case(
                        "the topic wins",
                        Map.of("retention.ms", "1"),
                        Map.of("log.retention.ms", "2"),
                        Map.of("log.retention.ms", "3"),
                        Map.of("log.retention.ms", "4"),
                        Map.of("retention.ms", "1")),
                new Case(
                        "this broker before all brokers",
                        NONE,
                        Map.of("log.retention.ms", "2"),
                        Map.of("log.retention.ms", "3"),
                        Map.of("log.retention.ms", "4"),
                        Map.of("retention.ms", "2")),
                new Case(
                        "all brokers before the file",
                        NONE,
                        NONE,
                        Map.of("log.retention.hours", "1"),
                        Map.of("log.retention.ms", "4"),
                        Map.of("retention.ms", "3600000")),
                new Case(
                        "minutes before hours within a source",
                        NONE,
                        NONE,
                        NONE,
                        Map.of("log.retention.hours", "1", "log.retention.minutes", "2"),
                        Map.of("retention.ms", "120000")),
                new Case(
                        "less than no hours are for ever",
                        NONE,
                        NONE,
                        NONE,
                        Map.of("log.retention.hours", "-1"),
                        Map.of("retention.ms", "-1")),
                new Case(
                        "less than no minutes are for ever",
                        NONE,
                        NONE,
                        Map.of("log.retention.minutes", "-5"),
                        NONE,
                        Map.of("retention.ms", "-1")),
                new Case(
                        "another name, and a name of our own",
                        NONE,
                        NONE,
                        NONE,
                        Map.of("message.max.bytes", "7", "millrace.flush", "os", "node.id", "1"),
                        Map.of("max.message.bytes", "7", "millrace.flush", "os")));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void resolves(Case c) {
        var sources = new TopicConfigs.Sources(c.topic, c.broker, c.brokers, c.file);
        assertEquals(c.want, TopicConfigs.effective(sources));
    }

    /// What the start path resolves and what DescribeConfigs says must be the same.
    @ParameterizedTest
    @MethodSource("cases")
    void agreesWithTheDescription(Case c) {
        var sources = new TopicConfigs.Sources(c.topic, c.broker, c.brokers, c.file);
        for (ConfigValue value : ConfigDescriptions.topic(sources)) {
            if (c.want.containsKey(value.name())) {
                assertEquals(c.want.get(value.name()), value.value(), value.name());
            }
        }
    }

    @Test
    void ourOwnKeyIsChecked() {
        ConfigSchema.checkTopic(NONE, Map.of("millrace.flush", "os"), NONE);
        var wrong =
                assertThrows(
                        ConfigException.class,
                        () ->
                                ConfigSchema.checkTopic(
                                        NONE, Map.of("millrace.flush", "never"), NONE));
        assertEquals(
                "Invalid value never for configuration millrace.flush: String must be one of: ack, os",
                wrong.getMessage());
    }

    /// `__consumer_offsets` is such a topic: no group could be found while the broker's hours counted as milliseconds.
    @Test
    void topicsWithSettingsCanBeMadeWhenTheBrokerKeepsRecordsForEver() {
        var file = Map.of("log.retention.hours", "-1");
        assertDoesNotThrow(
                () -> ConfigSchema.checkTopic(NONE, Map.of("cleanup.policy", "compact"), file));
    }

    @Test
    void secretsAreNotTold() {
        var file = Map.of("ssl.keystore.password", "hunter2");
        for (ConfigValue value :
                ConfigDescriptions.broker(new TopicConfigs.Sources(NONE, NONE, NONE, file))) {
            assertEquals(-1, value.toString().indexOf("hunter2"), value.name());
        }
    }
}
