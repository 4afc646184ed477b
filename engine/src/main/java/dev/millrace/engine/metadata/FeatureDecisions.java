package dev.millrace.engine.metadata;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.FeatureUpdate.UpgradeType;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.message.UpdateFeaturesRequestData.FeatureUpdateKey;
import org.apache.kafka.common.metadata.ClearElrRecord;
import org.apache.kafka.common.metadata.FeatureLevelRecord;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.apache.kafka.server.common.EligibleLeaderReplicasVersion;
import org.apache.kafka.server.common.Feature;
import org.apache.kafka.server.common.KRaftVersion;
import org.apache.kafka.server.common.MetadataVersion;
import org.jspecify.annotations.Nullable;

/// Changes of the levels that the cluster works at (KIP-584). All of a request's changes are made, or none.
public final class FeatureDecisions {
    private FeatureDecisions() {}

    /// @param defaults this node's
    /// @param kraftVersion the quorum's own version, which is not in the image
    /// @param upgrade of that version; done when nothing else in the request is refused, for it cannot be taken back
    /// @return the first refusal, or none
    public static Decision<ApiError> update(
            MetadataImage image,
            ClusterDefaults defaults,
            short kraftVersion,
            KraftUpgrade upgrade,
            Map<String, FeatureUpdateKey> updates,
            boolean validateOnly) {
        Map<String, Short> levels = new TreeMap<>(image.features().levels());
        updates.forEach((name, update) -> levels.put(name, update.maxVersionLevel()));
        var records = new ArrayList<ApiMessageAndVersion>();
        for (FeatureUpdateKey update : updates.values()) {
            ApiError refusal = check(image, defaults.nodeId(), kraftVersion, update, levels);
            if (refusal.isFailure()) {
                return Decision.answer(refusal);
            }
            if (!update.feature().equals(KRaftVersion.FEATURE_NAME)
                    && update.maxVersionLevel() != current(image, kraftVersion, update.feature())) {
                records.add(
                        new ApiMessageAndVersion(
                                new FeatureLevelRecord()
                                        .setName(update.feature())
                                        .setFeatureLevel(update.maxVersionLevel()),
                                (short) 0));
                if (update.feature().equals(EligibleLeaderReplicasVersion.FEATURE_NAME)) {
                    eligibleLeaders(image, defaults, update.maxVersionLevel(), records);
                }
            }
        }
        FeatureUpdateKey ofQuorum = updates.get(KRaftVersion.FEATURE_NAME);
        ApiError refusal =
                ofQuorum != null && ofQuorum.maxVersionLevel() > kraftVersion
                        ? upgrade(upgrade, ofQuorum.maxVersionLevel(), validateOnly)
                        : ApiError.NONE;
        return refusal.isFailure()
                ? Decision.answer(refusal)
                : new Decision<>(validateOnly ? List.of() : records, ApiError.NONE);
    }

    /// Who is eligible is forgotten when nobody counts them any more; before they are counted, the minimum that they are counted
    /// against is written down, and brokers have none of their own any more (KIP-966).
    private static void eligibleLeaders(
            MetadataImage image,
            ClusterDefaults defaults,
            short level,
            List<ApiMessageAndVersion> records) {
        if (level == 0) {
            records.add(new ApiMessageAndVersion(new ClearElrRecord(), (short) 0));
        } else if (!TopicRules.hasMinInSync(image)) {
            records.add(
                    Bootstrap.minInsyncReplicas(
                            Integer.parseInt(
                                    defaults.file().getOrDefault("min.insync.replicas", "1"))));
        }
        if (level > 0) {
            TopicRules.forgetMinInSyncOfBrokers(image, records);
        }
    }

    private static ApiError upgrade(KraftUpgrade upgrade, short level, boolean validateOnly) {
        try {
            upgrade.to(level, validateOnly);
            return ApiError.NONE;
        } catch (ApiException refused) {
            return ApiError.fromThrowable(refused);
        }
    }

    private static short current(MetadataImage image, short kraftVersion, String feature) {
        return feature.equals(KRaftVersion.FEATURE_NAME)
                ? kraftVersion
                : image.features().level(feature);
    }

    private static ApiError check(
            MetadataImage image,
            int controllerId,
            short kraftVersion,
            FeatureUpdateKey update,
            Map<String, Short> levels) {
        String feature = update.feature();
        short level = update.maxVersionLevel();
        var type = UpgradeType.fromCode(update.upgradeType());
        if (type == UpgradeType.UNKNOWN) {
            return invalid(
                    feature, level, "The controller does not support the given upgrade type.");
        }
        if (level < 0) {
            return invalid(feature, level, "A feature version cannot be less than 0.");
        }
        @Nullable String unsupported = unsupported(image, controllerId, feature, level);
        if (unsupported != null) {
            return invalid(feature, level, unsupported);
        }
        short now = current(image, kraftVersion, feature);
        if (level < now && type == UpgradeType.UPGRADE) {
            return invalid(
                    feature,
                    level,
                    "Can't downgrade the version of this feature without setting the upgrade type to either safe or unsafe downgrade.");
        }
        if (level > now && type != UpgradeType.UPGRADE) {
            return invalid(feature, level, "Can't downgrade to a newer version.");
        }
        if (feature.equals(KRaftVersion.FEATURE_NAME)) {
            return level >= now
                    ? ApiError.NONE
                    : invalid(
                            feature,
                            level,
                            "Can't downgrade the version of this feature: the voters stay in the log.");
        }
        return feature.equals(MetadataVersion.FEATURE_NAME)
                ? checkMetadataVersion(now, level, type)
                : checkDependencies(feature, level, levels);
    }

    private static ApiError checkMetadataVersion(short now, short level, UpgradeType type) {
        var current = MetadataVersion.fromFeatureLevel(now);
        var wanted = MetadataVersion.fromFeatureLevel(level);
        if (level < now && MetadataVersion.checkIfMetadataChanged(current, wanted)) {
            return new ApiError(
                    Errors.INVALID_UPDATE_VERSION,
                    "Invalid metadata.version "
                            + level
                            + (type == UpgradeType.UNSAFE_DOWNGRADE
                                    ? ". Unsafe metadata downgrade is not supported in this version."
                                    : ". Refusing to perform the requested downgrade because it might delete metadata information."));
        }
        return ApiError.NONE;
    }

    private static ApiError checkDependencies(
            String feature, short level, Map<String, Short> levels) {
        if (level == 0) {
            return ApiError.NONE;
        }
        try {
            Feature.validateVersion(
                    Feature.featureFromName(feature).fromFeatureLevel(level, true), levels);
            return ApiError.NONE;
        } catch (IllegalArgumentException missing) {
            return invalid(feature, level, String.valueOf(missing.getMessage()));
        }
    }

    /// Why some node of the cluster cannot work at this level; null when all can.
    private static @Nullable String unsupported(
            MetadataImage image, int controllerId, String feature, short level) {
        @Nullable FeatureRange local = SupportedFeatures.RANGES.get(feature);
        if (local == null) {
            return "Local controller " + controllerId + " does not support this feature.";
        }
        boolean switchedOff = level == 0 && !feature.equals(MetadataVersion.FEATURE_NAME);
        if (!switchedOff && !local.contains(level)) {
            return "Local controller "
                    + controllerId
                    + " only supports versions "
                    + local.min()
                    + "-"
                    + local.max();
        }
        for (BrokerImage broker : image.cluster().brokers().values()) {
            @Nullable FeatureRange range = broker.features().get(feature);
            if (range == null && level != 0) {
                return "Broker " + broker.id() + " does not support this feature.";
            }
            if (range != null && level != 0 && !range.contains(level)) {
                return "Broker "
                        + broker.id()
                        + " only supports versions "
                        + range.min()
                        + "-"
                        + range.max();
            }
        }
        for (ControllerImage controller : image.cluster().controllers().values()) {
            @Nullable FeatureRange range = controller.features().get(feature);
            if (controller.id() == controllerId || level == 0) {
                continue;
            }
            if (range == null) {
                return "Controller " + controller.id() + " does not support this feature.";
            }
            if (!range.contains(level)) {
                return "Controller "
                        + controller.id()
                        + " only supports versions "
                        + range.min()
                        + "-"
                        + range.max();
            }
        }
        return null;
    }

    private static ApiError invalid(String feature, short level, String why) {
        return new ApiError(
                Errors.INVALID_UPDATE_VERSION,
                "Invalid update version " + level + " for feature " + feature + ". " + why);
    }
}
