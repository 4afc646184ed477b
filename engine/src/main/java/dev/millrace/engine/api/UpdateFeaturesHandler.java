package dev.millrace.engine.api;

import dev.millrace.engine.metadata.ClusterDefaults;
import dev.millrace.engine.metadata.Controller;
import dev.millrace.engine.metadata.FeatureDecisions;
import dev.millrace.engine.metadata.KraftUpgrade;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.FeatureUpdate.UpgradeType;
import org.apache.kafka.common.message.UpdateFeaturesRequestData;
import org.apache.kafka.common.message.UpdateFeaturesRequestData.FeatureUpdateKey;
import org.apache.kafka.common.message.UpdateFeaturesResponseData;
import org.apache.kafka.common.message.UpdateFeaturesResponseData.UpdatableFeatureResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;

/// UpdateFeatures 0-2: the levels that the cluster works at (KIP-584).
///
/// - v0 says only whether a downgrade is allowed, v1 which kind (KIP-778), v2 answers for all of them at once
/// - one refusal refuses all
public final class UpdateFeaturesHandler
        implements Handler<UpdateFeaturesRequestData, UpdateFeaturesResponseData> {
    private static final String PREFIX =
            "The update failed for all features since the following feature had an error: ";

    private final Controller controller;
    private final ClusterDefaults defaults;
    private final Supplier<Short> kraftVersion;
    private final KraftUpgrade upgrade;

    /// @param kraftVersion the quorum's own version
    /// @param upgrade raises that
    public UpdateFeaturesHandler(
            Controller controller,
            ClusterDefaults defaults,
            Supplier<Short> kraftVersion,
            KraftUpgrade upgrade) {
        this.controller = controller;
        this.defaults = defaults;
        this.kraftVersion = kraftVersion;
        this.upgrade = upgrade;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.UPDATE_FEATURES;
    }

    @Override
    public Outcome<UpdateFeaturesResponseData> handle(
            RequestContext context, UpdateFeaturesRequestData request) {
        var updates = new LinkedHashMap<String, FeatureUpdateKey>();
        for (FeatureUpdateKey update : request.featureUpdates()) {
            updates.put(update.feature(), normal(update.duplicate(), context.version()));
        }
        var decided =
                controller.submit(
                        request.timeoutMs(),
                        image ->
                                FeatureDecisions.update(
                                        image,
                                        defaults,
                                        kraftVersion.get(),
                                        upgrade,
                                        updates,
                                        request.validateOnly()));
        return Refusals.outcome(
                decided.thenApply(error -> answer(context.version(), updates, error)),
                error -> answer(context.version(), updates, error));
    }

    private static FeatureUpdateKey normal(FeatureUpdateKey update, short version) {
        if (version == 0) {
            update.setUpgradeType(
                    (update.allowDowngrade() ? UpgradeType.SAFE_DOWNGRADE : UpgradeType.UPGRADE)
                            .code());
        }
        return update;
    }

    private static UpdateFeaturesResponseData answer(
            short version, Map<String, FeatureUpdateKey> updates, ApiError error) {
        var response =
                new UpdateFeaturesResponseData()
                        .setErrorCode(error.error().code())
                        .setErrorMessage(
                                error.isFailure() ? PREFIX + error.messageWithFallback() : null);
        if (version < 2 && error.isSuccess()) {
            for (String feature : updates.keySet()) {
                response.results()
                        .add(
                                new UpdatableFeatureResult()
                                        .setFeature(feature)
                                        .setErrorMessage(Errors.NONE.name()));
            }
        }
        return response;
    }
}
