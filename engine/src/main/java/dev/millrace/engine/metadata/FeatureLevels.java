package dev.millrace.engine.metadata;

import static java.util.stream.Collectors.joining;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.kafka.server.common.KRaftVersion;
import org.apache.kafka.server.common.MetadataVersion;

/// Levels that somebody asks for, written `NAME=LEVEL,NAME=LEVEL`: what a new cluster is to begin at (`kafka-storage.sh format
/// --feature` in Kafka).
public final class FeatureLevels {
    private FeatureLevels() {}

    /// By feature name, in name order.
    ///
    /// @throws IllegalArgumentException with a sentence, for words that are no levels and for levels that this program does not
    ///     serve
    public static Map<String, Short> parse(String words) {
        var levels = new TreeMap<String, Short>();
        for (String word : words.split(",", -1)) {
            if (!word.isBlank()) {
                add(levels, word.strip());
            }
        }
        return Collections.unmodifiableMap(levels);
    }

    /// Those of the words that [#parse(String)] takes.
    public static String served(String words) {
        return Stream.of(words.split(",", -1)).filter(FeatureLevels::isTaken).collect(joining(","));
    }

    private static boolean isTaken(String word) {
        try {
            return !parse(word).isEmpty();
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static void add(Map<String, Short> levels, String word) {
        int equals = Math.max(word.indexOf('='), 0);
        String feature = word.substring(0, equals).strip();
        if (!mayBeAsked(feature)) {
            throw new IllegalArgumentException(word + ": write it as NAME=LEVEL; " + allowed());
        }
        try {
            short level = Short.parseShort(word.substring(equals + 1).strip());
            if (isServed(feature, level)) {
                levels.put(feature, level);
                return;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new IllegalArgumentException(word + ": " + allowed());
    }

    /// The metadata's own version and the quorum's are not asked for in this way.
    private static boolean mayBeAsked(String feature) {
        return SupportedFeatures.RANGES.containsKey(feature)
                && !feature.equals(MetadataVersion.FEATURE_NAME)
                && !feature.equals(KRaftVersion.FEATURE_NAME);
    }

    /// Zero stands for "without it", which every feature can be.
    private static boolean isServed(String feature, short level) {
        FeatureRange range = SupportedFeatures.RANGES.get(feature);
        return level == 0 || (range != null && range.contains(level));
    }

    /// What may be asked for, for people.
    public static String allowed() {
        var said = new StringBuilder("one of");
        SupportedFeatures.RANGES.forEach((feature, range) -> {
            if (mayBeAsked(feature)) {
                said.append(' ').append(feature).append(" 0-").append(range.max());
            }
        });
        return said.toString();
    }
}
