package dev.millrace.engine.metadata.config;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.requests.DescribeConfigsResponse.ConfigSource;
import org.apache.kafka.coordinator.group.GroupConfig;
import org.apache.kafka.server.config.ServerTopicConfigSynonyms;
import org.jspecify.annotations.Nullable;

/// Every setting of a resource as it stands, with where it comes from: what DescribeConfigs and CreateTopics answer.
public final class ConfigDescriptions {
    private ConfigDescriptions() {}

    /// A topic's settings, in key order; as in Kafka, an internal one (`internal.segment.bytes`) only where it is set.
    public static List<ConfigValue> topic(TopicConfigs.Sources sources) {
        var values = new ArrayList<ConfigValue>();
        Map<String, String> set = TopicConfigs.effective(sources);
        for (ConfigDef.ConfigKey key : ConfigSchema.keys(ConfigResource.Type.TOPIC).values()) {
            if (!key.internalConfig || sources.topic().containsKey(key.name)) {
                values.add(topic(key, sources, set));
            }
        }
        return values;
    }

    private static ConfigValue topic(
            ConfigDef.ConfigKey key, TopicConfigs.Sources sources, Map<String, String> set) {
        var synonyms = new ArrayList<ConfigValue.Synonym>();
        @Nullable String own = sources.topic().get(key.name);
        if (own != null) {
            synonyms.add(new ConfigValue.Synonym(key.name, own, ConfigSource.TOPIC_CONFIG));
        }
        List<TopicConfigs.Synonym> brokerKeys = TopicConfigs.synonyms(key.name);
        if (!brokerKeys.isEmpty()) {
            List<String> names = brokerKeys.stream().map(TopicConfigs.Synonym::name).toList();
            var broker = new ArrayList<ConfigValue.Synonym>();
            addBrokerSynonyms(broker, names, serverDefault(key.name), sources, false);
            synonyms.addAll(broker);
        }
        String effective =
                set.getOrDefault(
                        key.name, ConfigSchema.defaultOf(ConfigResource.Type.TOPIC, key.name));
        return new ConfigValue(
                key.name,
                normal(key, effective),
                synonyms.isEmpty() ? ConfigSource.DEFAULT_CONFIG : synonyms.getFirst().source(),
                false,
                false,
                key.type,
                key.documentation,
                synonyms);
    }

    /// The broker key whose default stands behind a topic key.
    private static String serverDefault(String topicKey) {
        return OwnKeys.TOPIC_SYNONYMS.containsKey(topicKey)
                ? topicKey
                : ServerTopicConfigSynonyms.serverSynonym(topicKey);
    }

    /// The text of a value as Kafka prints it: lists without blanks, numbers without signs and zeros that mean nothing.
    private static @Nullable String normal(ConfigDef.ConfigKey key, @Nullable String value) {
        if (value == null) {
            return null;
        }
        try {
            return ConfigDef.convertToString(
                    ConfigDef.parseType(key.name, value, key.type), key.type);
        } catch (ConfigException _) {
            return value;
        }
    }

    private static void addBrokerSynonyms(
            List<ConfigValue.Synonym> into,
            List<String> names,
            String name,
            TopicConfigs.Sources sources,
            boolean sensitive) {
        add(into, names, sources.broker(), ConfigSource.DYNAMIC_BROKER_CONFIG, sensitive);
        add(into, names, sources.brokers(), ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG, sensitive);
        add(into, names, sources.file(), ConfigSource.STATIC_BROKER_CONFIG, sensitive);
        for (String each : names) {
            ConfigDef.@Nullable ConfigKey key = ConfigSchema.key(ConfigResource.Type.BROKER, each);
            if (key != null && key.hasDefault() && key.defaultValue != null) {
                String text = ConfigDef.convertToString(key.defaultValue, key.type);
                into.add(
                        new ConfigValue.Synonym(
                                each, sensitive ? null : text, ConfigSource.DEFAULT_CONFIG));
            }
        }
        // As Kafka: what overrides a key stands before it, and is left out when the key itself is
        // described.
        while (!into.isEmpty() && !into.getFirst().name().equals(name)) {
            into.removeFirst();
        }
    }

    private static void add(
            List<ConfigValue.Synonym> into,
            List<String> names,
            Map<String, String> values,
            ConfigSource source,
            boolean sensitive) {
        for (String name : names) {
            @Nullable String value = values.get(name);
            if (value != null) {
                into.add(new ConfigValue.Synonym(name, sensitive ? null : value, source));
            }
        }
    }

    /// This broker's settings, in key order; the topic source is not looked at.
    public static List<ConfigValue> broker(TopicConfigs.Sources sources) {
        var names = new TreeSet<String>();
        for (ConfigDef.ConfigKey key : ConfigSchema.keys(ConfigResource.Type.BROKER).values()) {
            if (!key.internalConfig) {
                names.add(key.name);
            }
        }
        names.addAll(sources.file().keySet());
        names.addAll(sources.broker().keySet());
        return names.stream().map(name -> broker(name, sources, _ -> true)).toList();
    }

    /// The dynamic default of all brokers: only what is set.
    public static List<ConfigValue> brokers(Map<String, String> brokers) {
        var sources = new TopicConfigs.Sources(Map.of(), Map.of(), brokers, Map.of());
        return brokers.keySet().stream()
                .sorted()
                .map(name ->
                        broker(
                                name,
                                sources,
                                source -> source == ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG))
                .toList();
    }

    private static ConfigValue broker(
            String name, TopicConfigs.Sources sources, Predicate<ConfigSource> shown) {
        boolean sensitive = ConfigSchema.isSensitive(ConfigResource.Type.BROKER, name);
        ConfigDef.@Nullable ConfigKey key = ConfigSchema.key(ConfigResource.Type.BROKER, name);
        var synonyms = new ArrayList<ConfigValue.Synonym>();
        addBrokerSynonyms(synonyms, ConfigSchema.brokerSynonyms(name), name, sources, sensitive);
        synonyms.removeIf(synonym -> !shown.test(synonym.source()));
        @Nullable String value = null;
        for (ConfigValue.Synonym synonym : synonyms) {
            if (synonym.name().equals(name)) {
                value = synonym.value();
                break;
            }
        }
        return new ConfigValue(
                name,
                key == null ? value : normal(key, value),
                synonyms.isEmpty() ? ConfigSource.DEFAULT_CONFIG : synonyms.getFirst().source(),
                !ConfigSchema.isDynamicBrokerKey(name),
                sensitive,
                ConfigSchema.brokerType(name),
                key == null ? null : key.documentation,
                synonyms);
    }

    /// A client metrics subscription: what is set and the defaults of the rest, in key order.
    public static List<ConfigValue> clientMetrics(Map<String, String> own) {
        var values = new ArrayList<ConfigValue>();
        ConfigSchema.keys(ConfigResource.Type.CLIENT_METRICS)
                .forEach((name, key) ->
                        values.add(
                                layered(
                                        key,
                                        own,
                                        ConfigSource.CLIENT_METRICS_CONFIG,
                                        ConfigSchema.defaultOf(
                                                ConfigResource.Type.CLIENT_METRICS, name),
                                        List.of())));
        return values;
    }

    /// A group's settings: what is set, then the broker's settings of the same meaning, in key order.
    ///
    /// @param sources the broker's; the topic source is not looked at
    public static List<ConfigValue> group(Map<String, String> own, TopicConfigs.Sources sources) {
        var values = new ArrayList<ConfigValue>();
        for (ConfigDef.ConfigKey key : ConfigSchema.keys(ConfigResource.Type.GROUP).values()) {
            if (!key.internalConfig && !GroupConfig.isInternal(key.name)) {
                List<ConfigValue.Synonym> behind = behind(key, sources);
                @Nullable String otherwise = behind.isEmpty() ? null : behind.getFirst().value();
                values.add(
                        layered(
                                key,
                                own,
                                ConfigSource.GROUP_CONFIG,
                                Objects.requireNonNullElse(otherwise, ""),
                                behind));
            }
        }
        return values;
    }

    /// What a group has when nothing is set on it, nearest first.
    private static List<ConfigValue.Synonym> behind(
            ConfigDef.ConfigKey key, TopicConfigs.Sources sources) {
        @Nullable String brokers = GroupConfig.brokerSynonym(key.name).orElse(null);
        if (brokers == null) {
            return List.of(
                    new ConfigValue.Synonym(
                            key.name,
                            ConfigSchema.defaultOf(ConfigResource.Type.GROUP, key.name),
                            ConfigSource.DEFAULT_CONFIG));
        }
        var behind = new ArrayList<ConfigValue.Synonym>();
        addBrokerSynonyms(behind, List.of(brokers), brokers, sources, false);
        return behind;
    }

    private static ConfigValue layered(
            ConfigDef.ConfigKey key,
            Map<String, String> own,
            ConfigSource ownSource,
            String otherwise,
            List<ConfigValue.Synonym> behind) {
        var synonyms = new ArrayList<ConfigValue.Synonym>();
        @Nullable String set = own.get(key.name);
        if (set != null) {
            synonyms.add(new ConfigValue.Synonym(key.name, set, ownSource));
        }
        synonyms.addAll(behind);
        return new ConfigValue(
                key.name,
                set == null ? otherwise : set,
                synonyms.isEmpty() ? ConfigSource.DEFAULT_CONFIG : synonyms.getFirst().source(),
                false,
                false,
                key.type,
                key.documentation,
                synonyms);
    }

    /// Those of the named keys, or all when `names` is null or empty.
    public static List<ConfigValue> named(
            List<ConfigValue> values, @Nullable Collection<String> names) {
        return names == null || names.isEmpty()
                ? values
                : values.stream().filter(value -> names.contains(value.name())).toList();
    }
}
