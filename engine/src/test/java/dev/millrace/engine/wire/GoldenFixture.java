package dev.millrace.engine.wire;

import java.util.Map;
import java.util.TreeMap;

/// The cluster that the golden questions are asked of: one broker, three topics.
final class GoldenFixture {
    /// Partitions by topic name.
    static final TreeMap<String, Integer> TOPICS =
            new TreeMap<>(Map.of("orders", 3, "single", 1, "__consumer_offsets", 1));

    private GoldenFixture() {}
}
