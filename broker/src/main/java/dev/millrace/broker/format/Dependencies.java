package dev.millrace.broker.format;

import java.io.PrintStream;
import java.util.List;
import org.apache.kafka.metadata.storage.FormatterException;
import org.apache.kafka.server.common.Feature;
import org.apache.kafka.server.common.FeatureVersion;
import org.apache.kafka.server.common.MetadataVersion;

/// `kafka-storage feature-dependencies`: which levels of other features a level needs.
record Dependencies(PrintStream out) {
    /// @param levels each as NAME=LEVEL
    int print(List<String> levels) {
        if (levels.isEmpty()) {
            throw new IllegalArgumentException("argument --feature/-f is required");
        }
        for (String asked : levels) {
            int equals = asked.indexOf('=');
            print(asked.substring(0, Math.max(0, equals)), asked.substring(equals + 1));
        }
        return 0;
    }

    private void print(String name, String text) {
        short level;
        try {
            level = Short.parseShort(text);
        } catch (NumberFormatException e) {
            throw new FormatterException(
                    "Invalid version format: " + text + " for feature " + name);
        }
        if (name.equals(MetadataVersion.FEATURE_NAME)) {
            out.printf("%s=%d (%s) has no dependencies.%n", name, level, release(level));
            return;
        }
        FeatureVersion version = version(name, level);
        if (version.dependencies().isEmpty()) {
            out.printf("%s=%d has no dependencies.%n", name, level);
            return;
        }
        out.printf("%s=%d requires:%n", name, level);
        version.dependencies()
                .forEach((other, least) ->
                        out.println(
                                "    %s=%d%s"
                                        .formatted(
                                                other,
                                                least,
                                                other.equals(MetadataVersion.FEATURE_NAME)
                                                        ? " (" + release(least) + ")"
                                                        : "")));
    }

    private static FeatureVersion version(String name, short level) {
        for (Feature feature : Feature.PRODUCTION_FEATURES) {
            if (feature.featureName().equals(name)) {
                try {
                    return feature.fromFeatureLevel(level, true);
                } catch (IllegalArgumentException e) {
                    throw new FormatterException(
                            "Feature level " + level + " is not supported for feature " + name);
                }
            }
        }
        throw new FormatterException("Unknown feature: " + name);
    }

    private static String release(short level) {
        try {
            return MetadataVersion.fromFeatureLevel(level).version();
        } catch (IllegalArgumentException e) {
            throw new FormatterException("Unknown metadata.version " + level);
        }
    }
}
