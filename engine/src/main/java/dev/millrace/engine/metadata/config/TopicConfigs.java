package dev.millrace.engine.metadata.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.apache.kafka.server.config.ConfigSynonym;
import org.apache.kafka.server.config.ServerTopicConfigSynonyms;
import org.jspecify.annotations.Nullable;

/// Which value of a topic's setting wins: its own, this broker's dynamic one, the dynamic default of all brokers, the one in
/// the broker's file, Kafka's default; within one source `retention.ms` looks at `log.retention.ms`, then minutes, then
/// hours. Without Kafka's definitions, so that a start does not pay for them.
public final class TopicConfigs {
    private TopicConfigs() {}

    /// Where values come from, nearest first.
    ///
    /// @param topic the topic's own
    /// @param broker dynamic, of this broker; broker keys
    /// @param brokers dynamic, of all brokers; broker keys
    /// @param file of this broker's file; broker keys
    public record Sources(
            Map<String, String> topic,
            Map<String, String> broker,
            Map<String, String> brokers,
            Map<String, String> file) {}

    /// A broker key that gives a topic key its default, and how its unit is converted.
    record Synonym(String name, UnaryOperator<String> convert) {}

    /// Everything that is set somewhere, in key order, by topic key and in the topic key's unit; a key that is missing has
    /// Kafka's default. Keys that nobody knows are left out.
    public static SortedMap<String, String> effective(Sources sources) {
        var values = new TreeMap<String, String>();
        if (!sources.file().isEmpty()
                || !sources.brokers().isEmpty()
                || !sources.broker().isEmpty()) {
            ServerTopicConfigSynonyms.ALL_TOPIC_CONFIG_SYNONYMS
                    .keySet()
                    .forEach(key -> putFromBroker(values, key, sources));
            OwnKeys.TOPIC_SYNONYMS.keySet().forEach(key -> putFromBroker(values, key, sources));
        }
        values.putAll(sources.topic());
        return values;
    }

    private static void putFromBroker(Map<String, String> values, String key, Sources sources) {
        for (var source : List.of(sources.broker(), sources.brokers(), sources.file())) {
            for (Synonym synonym : synonyms(key)) {
                @Nullable String value = source.get(synonym.name());
                if (value != null) {
                    values.put(key, unlimited(key, synonym.convert().apply(value)));
                    return;
                }
            }
        }
    }

    /// As in Kafka, a broker's retention below zero, in whatever unit, is the topic's -1: for ever.
    private static String unlimited(String topicKey, String value) {
        return topicKey.equals("retention.ms") && value.strip().startsWith("-") ? "-1" : value;
    }

    /// The broker keys behind a topic key, in the order in which they are asked.
    static List<Synonym> synonyms(String topicKey) {
        var synonyms = new ArrayList<Synonym>();
        for (ConfigSynonym synonym :
                ServerTopicConfigSynonyms.ALL_TOPIC_CONFIG_SYNONYMS.getOrDefault(
                        topicKey, List.of())) {
            synonyms.add(new Synonym(synonym.name(), v -> synonym.converter().apply(v)));
        }
        for (String own : OwnKeys.TOPIC_SYNONYMS.getOrDefault(topicKey, List.of())) {
            synonyms.add(new Synonym(own, v -> v));
        }
        return synonyms;
    }
}
