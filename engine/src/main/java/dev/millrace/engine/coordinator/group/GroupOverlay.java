package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.metadata.ConfigsImage;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.kafka.common.config.ConfigResource;
import org.jspecify.annotations.Nullable;

/// What an administrator has set on one group (KIP-848), over the broker's defaults. Values were checked before they were
/// accepted; one that cannot be read all the same, from another version's hand, counts as not set.
record GroupOverlay(Map<String, String> own) {
    static GroupOverlay of(String group, ConfigsImage configs) {
        return new GroupOverlay(configs.of(new ConfigResource(ConfigResource.Type.GROUP, group)));
    }

    boolean isEmpty() {
        return own.isEmpty();
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
        return own.getOrDefault(key, otherwise);
    }

    List<String> list(String key, List<String> otherwise) {
        String set = own.get(key);
        return set == null ? otherwise : split(set);
    }

    /// As Kafka reads a list: blanks around the elements do not count.
    static List<String> split(String text) {
        String stripped = text.strip();
        return stripped.isEmpty() ? List.of() : Arrays.asList(stripped.split("\\s*,\\s*", -1));
    }

    private <T> @Nullable T parsed(String key, Function<String, T> parse) {
        String set = own.get(key);
        try {
            return set == null ? null : parse.apply(set.strip());
        } catch (NumberFormatException _) {
            return null;
        }
    }
}
