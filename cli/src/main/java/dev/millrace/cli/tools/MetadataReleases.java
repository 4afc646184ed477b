package dev.millrace.cli.tools;

import dev.millrace.cli.cluster.CommandFailed;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What the levels of `metadata.version` are called, after the release that they were made for, and which levels of other features went
/// with them.
final class MetadataReleases {
    static final String FEATURE = "metadata.version";

    /// The newest level that clusters are begun with.
    static final int LATEST = 33;

    private static final int FIRST = 7;

    /// In the order of the levels; tests of the distribution hold all of this against Kafka's own lists.
    private static final List<String> NAMES =
            List.of(
                    "3.3-IV3", "3.4-IV0", "3.5-IV0", "3.5-IV1", "3.5-IV2", "3.6-IV0", "3.6-IV1",
                    "3.6-IV2", "3.7-IV0", "3.7-IV1", "3.7-IV2", "3.7-IV3", "3.7-IV4", "3.8-IV0",
                    "3.9-IV0", "4.0-IV0", "4.0-IV1", "4.0-IV2", "4.0-IV3", "4.1-IV0", "4.1-IV1",
                    "4.2-IV0", "4.2-IV1", "4.3-IV0", "4.4-IV0", "4.4-IV1", "4.4-IV2", "4.5-IV0");

    /// `4.4`, `4.4.1`, `4.4-IV1`
    private static final Pattern RELEASE = Pattern.compile("(\\d+\\.\\d+)(-IV\\d+)?(\\..+)?");

    /// A feature beside `metadata.version`.
    ///
    /// @param since the level of `metadata.version` that brings level 1, 2, ...
    /// @param needs levels of others that a level of this one needs, by level
    record Feature(String name, List<Integer> since, Map<Integer, Map<String, Integer>> needs) {
        /// The level that goes with a level of `metadata.version`.
        int level(int metadata) {
            return Math.toIntExact(since.stream().filter(each -> each <= metadata).count());
        }

        boolean has(int level) {
            return 0 <= level && level <= since.size();
        }
    }

    /// In the order in which Kafka's tools list them.
    static final List<Feature> FEATURES =
            List.of(
                    new Feature("kraft.version", List.of(21), Map.of()),
                    new Feature("transaction.version", List.of(24, 24), Map.of()),
                    new Feature("group.version", List.of(22), Map.of()),
                    new Feature(
                            "eligible.leader.replicas.version",
                            List.of(26),
                            Map.of(1, Map.of(FEATURE, 23))),
                    new Feature("share.version", List.of(28, 31), Map.of()),
                    new Feature("streams.version", List.of(29), Map.of()));

    private MetadataReleases() {}

    static boolean has(int level) {
        return FIRST <= level && level < FIRST + NAMES.size();
    }

    static String name(int level) {
        return has(level) ? NAMES.get(level - FIRST) : "UNKNOWN " + level;
    }

    /// The level that a release means: `4.4` the last that it is begun with, `4.4-IV1` that one.
    static int level(String release) {
        Matcher parts = RELEASE.matcher(release);
        if (parts.matches()) {
            boolean exactly = parts.group(2) != null;
            String name = parts.group(1) + (exactly ? parts.group(2) : "-");
            int last = exactly ? FIRST + NAMES.size() - 1 : LATEST;
            for (int level = last; level >= FIRST; level--) {
                String each = name(level);
                if (exactly ? each.equals(name) : each.startsWith(name)) {
                    return level;
                }
            }
        }
        throw CommandFailed.because(
                "Unknown metadata.version '%s'. Supported metadata.version are: %s"
                        .formatted(release, String.join(", ", NAMES)));
    }
}
