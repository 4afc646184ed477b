package dev.millrace.engine.metadata;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.server.common.Feature;
import org.apache.kafka.server.common.MetadataVersion;

/// The feature levels that this program can work at: those of the pinned Kafka libraries that are ready for production, but
/// for features whose APIs are not served yet. A client that finds a level here may use what it stands for.
public final class SupportedFeatures {
    /// The share protocol: its APIs are not served yet (docs/protocol-coverage.md).
    private static final Set<Feature> NOT_SERVED = EnumSet.of(Feature.SHARE_VERSION);

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
            short latest = NOT_SERVED.contains(feature) ? 0 : feature.latestProduction();
            ranges.put(
                    feature.featureName(), new FeatureRange(feature.minimumProduction(), latest));
        }
        return Collections.unmodifiableSortedMap(ranges);
    }
}
