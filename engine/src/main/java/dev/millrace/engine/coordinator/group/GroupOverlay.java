package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.metadata.ConfigsImage;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.apache.kafka.common.config.ConfigResource;
import org.jspecify.annotations.Nullable;

/// What an administrator has set at run time for one group, over what the broker's file says: on the group itself (KIP-848), on
/// this broker, on all brokers; the first counts. Values were checked before they were accepted; one that cannot be read all the
/// same, from another version's hand, counts as not set.
///
/// @param own by the group's key, such as `consumer.assignment.interval.ms`
/// @param broker by the broker's key, which is the group's after `group.`
/// @param brokers likewise
record GroupOverlay(
        Map<String, String> own, Map<String, String> broker, Map<String, String> brokers) {
    private static final String BROKERS_PREFIX = "group.";

    /// @param brokerId of the broker that asks
    static GroupOverlay of(String group, ConfigsImage configs, int brokerId) {
        return new GroupOverlay(
                configs.of(new ConfigResource(ConfigResource.Type.GROUP, group)),
                configs.of(
                        new ConfigResource(ConfigResource.Type.BROKER, Integer.toString(brokerId))),
                configs.of(new ConfigResource(ConfigResource.Type.BROKER, "")));
    }

    boolean isEmpty() {
        return own.isEmpty() && !isAboutGroups(broker) && !isAboutGroups(brokers);
    }

    private static boolean isAboutGroups(Map<String, String> settings) {
        return settings.keySet().stream().anyMatch(key -> key.startsWith(BROKERS_PREFIX));
    }

    private @Nullable String set(String key) {
        @Nullable String value = own.get(key);
        if (value == null) {
            value = broker.get(BROKERS_PREFIX + key);
        }
        return value == null ? brokers.get(BROKERS_PREFIX + key) : value;
    }

    int integer(String key, int otherwise, Bounds bounds) {
        @Nullable Integer set = parsed(key, Integer::valueOf);
        return set == null ? otherwise : bounds.clamp(set);
    }

    long number(String key, long otherwise) {
        @Nullable Long set = parsed(key, Long::valueOf);
        return set == null ? otherwise : set;
    }

    String text(String key, String otherwise) {
        return Objects.requireNonNullElse(set(key), otherwise);
    }

    List<String> list(String key, List<String> otherwise) {
        @Nullable String set = set(key);
        return set == null ? otherwise : split(set);
    }

    /// As Kafka reads a list: blanks around the elements do not count.
    static List<String> split(String text) {
        String stripped = text.strip();
        return stripped.isEmpty() ? List.of() : Arrays.asList(stripped.split("\\s*,\\s*", -1));
    }

    private <T> @Nullable T parsed(String key, Function<String, T> parse) {
        @Nullable String set = set(key);
        try {
            return set == null ? null : parse.apply(set.strip());
        } catch (NumberFormatException _) {
            return null;
        }
    }
}
