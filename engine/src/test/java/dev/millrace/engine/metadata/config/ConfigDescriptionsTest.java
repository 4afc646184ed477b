package dev.millrace.engine.metadata.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.junit.jupiter.api.Test;

/// What stands behind a group's setting, as Apache Kafka 4.4.0 tells it.
final class ConfigDescriptionsTest {
    private static final String KEY = "consumer.assignment.interval.ms";
    private static final String BROKERS = "group." + KEY;

    private static ConfigValue described(Map<String, String> own, TopicConfigs.Sources sources) {
        return ConfigDescriptions.named(ConfigDescriptions.group(own, sources), List.of(KEY))
                .getFirst();
    }

    private static List<String> synonyms(ConfigValue value) {
        return value.synonyms().stream()
                .map(each -> each.name() + "=" + each.value() + " " + each.source())
                .toList();
    }

    @Test
    void theBrokersSettingsStandBehindAGroupsOwn() {
        var sources =
                new TopicConfigs.Sources(
                        Map.of(),
                        Map.of(BROKERS, "1500"),
                        Map.of(BROKERS, "2000"),
                        Map.of(BROKERS, "2500"));
        List<String> behind =
                List.of(
                        BROKERS + "=1500 DYNAMIC_BROKER_CONFIG",
                        BROKERS + "=2000 DYNAMIC_DEFAULT_BROKER_CONFIG",
                        BROKERS + "=2500 STATIC_BROKER_CONFIG",
                        BROKERS + "=1000 DEFAULT_CONFIG");
        ConfigValue without = described(Map.of(), sources);
        assertEquals("1500", without.value());
        assertEquals(behind, synonyms(without));

        ConfigValue with = described(Map.of(KEY, "3000"), sources);
        assertEquals("3000", with.value());
        assertEquals(KEY + "=3000 GROUP_CONFIG", synonyms(with).getFirst());
        assertEquals(behind, synonyms(with).subList(1, 5));
    }

    @Test
    void withNothingSetTheDefaultIsTheBrokers() {
        var none = new TopicConfigs.Sources(Map.of(), Map.of(), Map.of(), Map.of());
        ConfigValue value = described(Map.of(), none);
        assertEquals("1000", value.value());
        assertEquals(List.of(BROKERS + "=1000 DEFAULT_CONFIG"), synonyms(value));
    }

    /// Tools read them back as numbers: they are no secrets, though no file may hold them.
    @Test
    void theRatesOfThrottlesAreTold() {
        for (String rate :
                List.of(
                        "leader.replication.throttled.rate",
                        "follower.replication.throttled.rate",
                        "replica.alter.log.dirs.io.max.bytes.per.second")) {
            var set = new TopicConfigs.Sources(Map.of(), Map.of(rate, "17"), Map.of(), Map.of());
            ConfigValue value =
                    ConfigDescriptions.named(ConfigDescriptions.broker(set), List.of(rate))
                            .getFirst();
            assertEquals("17", value.value(), rate);
            assertEquals(ConfigDef.Type.LONG, value.type(), rate);
            assertEquals(List.of(rate + "=17 DYNAMIC_BROKER_CONFIG"), synonyms(value));

            var none = new TopicConfigs.Sources(Map.of(), Map.of(), Map.of(), Map.of());
            assertEquals(
                    List.of(),
                    ConfigDescriptions.named(ConfigDescriptions.broker(none), List.of(rate)),
                    "only where it is set");
        }
    }
}
