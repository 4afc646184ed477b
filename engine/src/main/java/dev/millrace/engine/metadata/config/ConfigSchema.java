package dev.millrace.engine.metadata.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.coordinator.group.GroupConfig;
import org.apache.kafka.coordinator.group.GroupCoordinatorConfig;
import org.apache.kafka.coordinator.group.modern.share.ShareGroupConfig;
import org.apache.kafka.server.config.AbstractKafkaConfig;
import org.apache.kafka.server.config.DynamicBrokerConfig;
import org.apache.kafka.server.config.DynamicConfig;
import org.apache.kafka.server.metrics.ClientMetricsConfigs;
import org.apache.kafka.storage.internals.log.LogConfig;
import org.jspecify.annotations.Nullable;

/// Kafka's definitions of every key, and ours. Loading this class loads them all (about 150 ms on a cold JVM).
public final class ConfigSchema {
    private static final ConfigDef TOPIC = OwnKeys.defineTopicKeys(LogConfig.configDefCopy());
    private static final ConfigDef BROKER =
            OwnKeys.defineBrokerKeys(new ConfigDef(AbstractKafkaConfig.CONFIG_DEF));

    private ConfigSchema() {}

    /// The definition for one kind of resource; null for a kind that has none.
    static @Nullable ConfigDef of(ConfigResource.Type type) {
        return switch (type) {
            case TOPIC -> TOPIC;
            case BROKER -> BROKER;
            case CLIENT_METRICS -> ClientMetricsConfigs.configDef();
            case GROUP -> GroupConfig.CONFIG_DEF;
            case BROKER_LOGGER, UNKNOWN -> null;
        };
    }

    /// The keys of a kind of resource, by name in order.
    public static SortedMap<String, ConfigDef.ConfigKey> keys(ConfigResource.Type type) {
        @Nullable ConfigDef def = of(type);
        return def == null ? new TreeMap<>() : new TreeMap<>(def.configKeys());
    }

    /// True for a list, whose elements can be added and taken away one by one.
    public static boolean isList(ConfigResource.Type type, String key) {
        ConfigDef.@Nullable ConfigKey definition = key(type, key);
        return definition != null && definition.type == ConfigDef.Type.LIST;
    }

    /// What a list has when nobody set it, as text; empty when there is no default.
    public static String defaultOf(ConfigResource.Type type, String key) {
        ConfigDef.@Nullable ConfigKey definition = key(type, key);
        if (definition == null || !definition.hasDefault()) {
            return "";
        }
        @Nullable String text = ConfigDef.convertToString(definition.defaultValue, definition.type);
        return text == null ? "" : text;
    }

    /// The definition of a key; null when it is unknown. A broker key may carry a listener's prefix.
    static ConfigDef.@Nullable ConfigKey key(ConfigResource.Type type, String name) {
        @Nullable ConfigDef def = of(type);
        if (def == null) {
            return null;
        }
        ConfigDef.@Nullable ConfigKey key = def.configKeys().get(name);
        if (key == null && type == ConfigResource.Type.BROKER) {
            for (String synonym : DynamicBrokerConfig.brokerConfigSynonyms(name, true)) {
                ConfigDef.@Nullable ConfigKey base = def.configKeys().get(synonym);
                if (base != null) {
                    return base;
                }
            }
        }
        return key;
    }

    /// A secret, or a key that nobody knows and that may be one.
    public static boolean isSensitive(ConfigResource.Type type, String name) {
        ConfigDef.@Nullable ConfigKey key = key(type, name);
        return type == ConfigResource.Type.BROKER
                ? AbstractKafkaConfig.maybeSensitive(Optional.ofNullable(brokerType(name)))
                : key != null && key.type == ConfigDef.Type.PASSWORD;
    }

    /// The type of a broker key, also of those that only dynamic settings know (the rates of throttles); null when it is unknown.
    static ConfigDef.@Nullable Type brokerType(String name) {
        ConfigDef.@Nullable ConfigKey key = key(ConfigResource.Type.BROKER, name);
        if (key == null) {
            key = DynamicConfig.Broker.configKeys().get(name);
        }
        return key == null ? null : key.type;
    }

    /// Refuses a broker file's value that is not of its key's type or range. Keys that are unknown are the caller's affair.
    ///
    /// @throws ConfigException naming the key, the value and what is allowed
    public static void checkBrokerFile(Map<String, String> file) {
        BROKER.parse(complete(file));
    }

    /// @param file the broker's own settings, some of which limit what a topic may ask for
    /// @throws ConfigException naming the key, the value and what is allowed
    public static void checkTopic(
            Map<String, String> before, Map<String, String> after, Map<String, String> file) {
        var kafkas = new TreeMap<String, String>();
        after.forEach((key, value) -> {
            if (OwnKeys.TOPIC_SYNONYMS.containsKey(key)) {
                parse(TOPIC, key, value);
            } else {
                kafkas.put(key, value);
            }
        });
        var defaults = new TreeMap<String, Object>(LogConfig.configDefCopy().defaultValues());
        TopicConfigs.effective(new TopicConfigs.Sources(Map.of(), Map.of(), Map.of(), file))
                .forEach(defaults::replace);
        LogConfig.validate(before, kafkas, defaults, false);
    }

    private static void parse(ConfigDef def, String key, String value) {
        ConfigDef.ConfigKey definition = Objects.requireNonNull(def.configKeys().get(key));
        Object parsed = ConfigDef.parseType(key, value, definition.type);
        if (definition.validator != null) {
            definition.validator.ensureValid(key, parsed);
        }
    }

    /// Names that nobody knows pass, as with Kafka: they are for plug-ins.
    ///
    /// @param one true for one broker's values, false for the default of all brokers
    /// @throws ConfigException or an `InvalidRequestException`, naming the key
    public static void checkDynamicBroker(Map<String, String> after, boolean one) {
        var kafkas = new Properties();
        after.forEach((key, value) -> {
            if (OwnKeys.isDynamicBrokerKey(key)) {
                parse(BROKER, key, value);
            } else {
                kafkas.put(key, value);
            }
        });

        String limits = after.getOrDefault(AddressLimits.KEY, "");
        if (AddressLimits.parse(limits) == null) {
            throw new ConfigException(AddressLimits.KEY, limits, AddressLimits.ALLOWED);
        }

        // Kafka takes the values twice, before and after it has looked up references to files; we
        // look up none (CVE-2024-31141).
        DynamicBrokerConfig.validateConfigs(kafkas, kafkas, one);
    }

    /// @param file the broker's own settings, which bound a group's
    /// @throws org.apache.kafka.common.errors.InvalidConfigurationException naming the key
    public static void checkGroup(Map<String, String> after, Map<String, String> file) {
        var broker = new AbstractConfig(BROKER, complete(file), false);
        GroupConfig.validate(
                after, new GroupCoordinatorConfig(broker), new ShareGroupConfig(broker));
    }

    /// With the keys that Kafka's definition insists on.
    private static Map<String, String> complete(Map<String, String> file) {
        var complete =
                new TreeMap<>(
                        Map.of(
                                "process.roles", "broker",
                                "node.id", "1",
                                "controller.listener.names", "CONTROLLER"));
        complete.putAll(file);
        return complete;
    }

    /// Keys of a broker that may change while it runs.
    public static boolean isDynamicBrokerKey(String key) {
        return DynamicBrokerConfig.ALL_DYNAMIC_CONFIGS.contains(key)
                || OwnKeys.isDynamicBrokerKey(key);
    }

    /// The names under which a broker key is looked for, itself first.
    static List<String> brokerSynonyms(String key) {
        return DynamicBrokerConfig.brokerConfigSynonyms(key, true);
    }

    /// The keys that the default of all brokers, or one broker, may have at run time.
    static List<String> dynamicBrokerKeys() {
        var names = new ArrayList<>(DynamicConfig.Broker.names());
        names.addAll(OwnKeys.TOPIC_SYNONYMS.keySet());
        names.addAll(BalanceKeys.ALL);
        return names.stream().sorted().collect(Collectors.toList());
    }
}
