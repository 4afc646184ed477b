package dev.millrace.engine.metadata;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.metadata.ConfigRecord;
import org.apache.kafka.common.metadata.FeatureLevelRecord;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.apache.kafka.server.common.EligibleLeaderReplicasVersion;
import org.apache.kafka.server.common.Feature;
import org.apache.kafka.server.common.KRaftVersion;
import org.apache.kafka.server.common.MetadataVersion;

/// The first records of a new cluster: the levels at which it begins to work.
public final class Bootstrap {
    private Bootstrap() {}

    /// The newest levels that are ready for production.
    public static List<ApiMessageAndVersion> records() {
        return records(MetadataVersion.LATEST_PRODUCTION, Map.of(), 1);
    }

    /// @param version of the metadata records
    /// @param asked levels that differ from those that go with that version, by feature name
    /// @param minInSync `min.insync.replicas` of the node that writes them
    public static List<ApiMessageAndVersion> records(
            MetadataVersion version, Map<String, Short> asked, int minInSync) {
        var records = new ArrayList<ApiMessageAndVersion>();
        records.add(level(MetadataVersion.FEATURE_NAME, version.featureLevel()));
        for (Feature feature : Feature.PRODUCTION_FEATURES) {
            short level = asked.getOrDefault(feature.featureName(), newest(feature, version));
            // The quorum keeps its own version in control records.
            if (level > 0 && !feature.featureName().equals(KRaftVersion.FEATURE_NAME)) {
                records.add(level(feature.featureName(), level));
            }
        }
        if (level(records, EligibleLeaderReplicasVersion.FEATURE_NAME) > 0) {
            records.add(minInsyncReplicas(minInSync));
        }
        return records;
    }

    /// The levels that were named when the directories were formatted, as far as this program serves them.
    ///
    /// @param minInSync as of [#records]
    /// @throws UnreadableMetadata when the metadata's own version is not among those
    public static List<ApiMessageAndVersion> asFormatted(
            List<ApiMessageAndVersion> records, int minInSync) {
        short wanted = level(records, MetadataVersion.FEATURE_NAME);
        FeatureRange versions = SupportedFeatures.RANGES.get(MetadataVersion.FEATURE_NAME);
        if (versions == null || !versions.contains(wanted)) {
            throw new UnreadableMetadata(
                    "The directory was formatted with metadata.version level %d, and this version works with %s."
                            .formatted(wanted, versions));
        }
        var levels = new TreeMap<String, Short>();
        for (Feature feature : Feature.PRODUCTION_FEATURES) {
            FeatureRange served = SupportedFeatures.RANGES.get(feature.featureName());
            short most = served == null ? 0 : served.max();
            short level = level(records, feature.featureName());
            levels.put(feature.featureName(), (short) Math.min(level, most));
        }
        return records(MetadataVersion.fromFeatureLevel(wanted), levels, minInSync);
    }

    /// What goes with that version of the metadata, as far as this program serves it.
    private static short newest(Feature feature, MetadataVersion version) {
        FeatureRange served = SupportedFeatures.RANGES.get(feature.featureName());
        return (short) Math.min(feature.defaultLevel(version), served == null ? 0 : served.max());
    }

    private static short level(List<ApiMessageAndVersion> records, String feature) {
        for (ApiMessageAndVersion record : records) {
            if (record.message() instanceof FeatureLevelRecord level
                    && level.name().equals(feature)) {
                return level.featureLevel();
            }
        }
        return 0;
    }

    /// Eligible leader replicas are counted against one minimum for all brokers, which must not depend on whose file is asked:
    /// Kafka writes it down when the feature is switched on (KIP-966), as the file of the controller has it.
    static ApiMessageAndVersion minInsyncReplicas(int minInSync) {
        return new ApiMessageAndVersion(
                new ConfigRecord()
                        .setResourceType(ConfigResource.Type.BROKER.id())
                        .setResourceName("")
                        .setName("min.insync.replicas")
                        .setValue(Integer.toString(minInSync)),
                (short) 0);
    }

    private static ApiMessageAndVersion level(String name, short level) {
        return new ApiMessageAndVersion(
                new FeatureLevelRecord().setName(name).setFeatureLevel(level), (short) 0);
    }
}
