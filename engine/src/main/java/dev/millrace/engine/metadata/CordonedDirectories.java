package dev.millrace.engine.metadata;

import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.server.common.MetadataVersion;
import org.jspecify.annotations.Nullable;

/// `cordoned.log.dirs`, a broker's own setting: log directories that take no new partition (KIP-1066). What lies in them is served as
/// before.
///
/// Only the broker knows which directories it has: it looks at a change before the active controller decides, and has the last word. A
/// change that no broker has looked at may only take directories off the list.
public final class CordonedDirectories {
    public static final String KEY = "cordoned.log.dirs";

    private static final String ALL = "*";

    private CordonedDirectories() {}

    /// @param value of the setting: paths, separated by commas, or `*`
    /// @param all the broker's directories, as configured
    public static Set<String> of(String value, Collection<String> all) {
        List<String> named = list(value);
        return new LinkedHashSet<>(named.contains(ALL) ? all : named);
    }

    /// @param before what the setting was: a directory that has gone since may stay in it
    /// @throws ConfigException with Kafka's sentence, for an entry that is no directory of the broker, and for `*` beside others
    public static void check(String value, String before, Collection<String> all) {
        List<String> entries = list(value);
        if (entries.contains(ALL) && entries.size() > 1) {
            throw new ConfigException(
                    "When " + KEY + " is set to *, it must not contain other values");
        }
        Set<String> named = of(value, all);
        for (String path : named) {
            if (!all.contains(path) && !list(before).contains(path)) {
                throw new ConfigException(
                        KEY,
                        named,
                        "Invalid entry in %s: %s. All cordoned log dirs must be entries of log.dirs or log.dir."
                                .formatted(KEY, path));
            }
        }
    }

    /// Of a change of a broker's settings that the active controller decides on.
    ///
    /// @throws InvalidConfigurationException with Kafka's sentence
    static void checkChange(
            MetadataVersion version,
            Map<String, String> before,
            Map<String, String> after,
            ConfigDecisions.Origin origin) {
        @Nullable String now = after.get(KEY);
        @Nullable String was = before.get(KEY);
        if (now == null || now.equals(was)) {
            return;
        }
        if (!version.isCordonedLogDirsSupported()) {
            throw new InvalidConfigurationException(
                    "The %s configuration value cannot be set because it requires metadata.version >= %s"
                            .formatted(KEY, MetadataVersion.IBP_4_3_IV0));
        }
        if (origin != ConfigDecisions.Origin.SEEN_BY_BROKER
                && !list(was == null ? "" : was).containsAll(list(now))) {
            throw new InvalidConfigurationException(
                    "When updating "
                            + KEY
                            + " via controllers,  the new value must be a subset of the current configuration value.");
        }
    }

    private static List<String> list(String value) {
        return Arrays.stream(value.split(",", -1))
                .map(String::strip)
                .filter(each -> !each.isEmpty())
                .toList();
    }
}
