package dev.millrace.engine.metadata;

import java.util.SortedMap;
import org.apache.kafka.server.common.MetadataVersion;
import org.pcollections.TreePMap;

/// The levels that the cluster has agreed to work at, by feature name ("metadata.version" among them). A feature at level 0
/// is not in the map. `kraft.version` is not here: the quorum keeps it in control records of its own.
public final class FeaturesImage {
    static final FeaturesImage EMPTY = new FeaturesImage(TreePMap.empty());

    private final TreePMap<String, Short> levels;

    private FeaturesImage(TreePMap<String, Short> levels) {
        this.levels = levels;
    }

    public SortedMap<String, Short> levels() {
        return levels;
    }

    /// 0 when the feature is off or unknown.
    public short level(String feature) {
        return levels.getOrDefault(feature, (short) 0);
    }

    /// The record formats in use; the lowest that KRaft knows until the bootstrap records have been read.
    public MetadataVersion metadataVersion() {
        short level = level(MetadataVersion.FEATURE_NAME);
        return level == 0
                ? MetadataVersion.MINIMUM_VERSION
                : MetadataVersion.fromFeatureLevel(level);
    }

    FeaturesImage with(String feature, short level) {
        return new FeaturesImage(level == 0 ? levels.minus(feature) : levels.plus(feature, level));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof FeaturesImage that && levels.equals(that.levels);
    }

    @Override
    public int hashCode() {
        return levels.hashCode();
    }

    @Override
    public String toString() {
        return "FeaturesImage" + levels;
    }
}
