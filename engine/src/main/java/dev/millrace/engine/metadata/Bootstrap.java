package dev.millrace.engine.metadata;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.metadata.FeatureLevelRecord;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.apache.kafka.server.common.Feature;
import org.apache.kafka.server.common.KRaftVersion;
import org.apache.kafka.server.common.MetadataVersion;

/// The first records of a new cluster: the levels at which it begins to work.
public final class Bootstrap {
    private Bootstrap() {}

    /// The newest levels that are ready for production.
    public static List<ApiMessageAndVersion> records() {
        return records(MetadataVersion.LATEST_PRODUCTION, Map.of());
    }

    /// @param version of the metadata records
    /// @param asked levels that differ from those that go with that version, by feature name
    public static List<ApiMessageAndVersion> records(
            MetadataVersion version, Map<String, Short> asked) {
        var records = new ArrayList<ApiMessageAndVersion>();
        records.add(level(MetadataVersion.FEATURE_NAME, version.featureLevel()));
        for (Feature feature : Feature.PRODUCTION_FEATURES) {
            short level = asked.getOrDefault(feature.featureName(), feature.defaultLevel(version));
            // The quorum keeps its own version in control records.
            if (level > 0 && !feature.featureName().equals(KRaftVersion.FEATURE_NAME)) {
                records.add(level(feature.featureName(), level));
            }
        }
        return records;
    }

    private static ApiMessageAndVersion level(String name, short level) {
        return new ApiMessageAndVersion(
                new FeatureLevelRecord().setName(name).setFeatureLevel(level), (short) 0);
    }
}
