package dev.millrace.engine.metadata;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.server.common.Feature;
import org.apache.kafka.server.common.MetadataVersion;

/// The feature levels that this program can work at: those of the pinned Kafka libraries that are ready for production.
public final class SupportedFeatures {
    /// By feature name, in name order.
    public static final SortedMap<String, FeatureRange> RANGES = ranges();

    private SupportedFeatures() {}

    private static SortedMap<String, FeatureRange> ranges() {
        var ranges = new TreeMap<String, FeatureRange>();
        ranges.put(
                MetadataVersion.FEATURE_NAME,
                new FeatureRange(
                        MetadataVersion.MINIMUM_VERSION.featureLevel(),
                        MetadataVersion.LATEST_PRODUCTION.featureLevel()));
        for (Feature feature : Feature.PRODUCTION_FEATURES) {
            ranges.put(
                    feature.featureName(),
                    new FeatureRange(feature.minimumProduction(), feature.latestProduction()));
        }
        return Collections.unmodifiableSortedMap(ranges);
    }
}
