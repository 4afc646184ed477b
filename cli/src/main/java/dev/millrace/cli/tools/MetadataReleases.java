package dev.millrace.cli.tools;

/// What the levels of `metadata.version` are called: after the release that they were made for.
final class MetadataReleases {
    private static final int FIRST = 7;

    /// In the order of the levels; a test of the distribution holds this against Kafka's own list.
    private static final String[] NAMES = {
        "3.3-IV3", "3.4-IV0", "3.5-IV0", "3.5-IV1", "3.5-IV2", "3.6-IV0", "3.6-IV1", "3.6-IV2",
        "3.7-IV0", "3.7-IV1", "3.7-IV2", "3.7-IV3", "3.7-IV4", "3.8-IV0", "3.9-IV0", "4.0-IV0",
        "4.0-IV1", "4.0-IV2", "4.0-IV3", "4.1-IV0", "4.1-IV1", "4.2-IV0", "4.2-IV1", "4.3-IV0",
        "4.4-IV0", "4.4-IV1", "4.4-IV2", "4.5-IV0"
    };

    private MetadataReleases() {}

    static String name(int level) {
        return FIRST <= level && level < FIRST + NAMES.length
                ? NAMES[level - FIRST]
                : "UNKNOWN " + level;
    }
}
