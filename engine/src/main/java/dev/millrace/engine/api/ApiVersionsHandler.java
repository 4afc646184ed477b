package dev.millrace.engine.api;

import dev.millrace.engine.metadata.FeatureRange;
import dev.millrace.engine.metadata.MetadataImage;
import java.util.Map;
import java.util.SortedMap;
import java.util.function.Supplier;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersionCollection;
import org.apache.kafka.common.message.ApiVersionsResponseData.FinalizedFeatureKey;
import org.apache.kafka.common.message.ApiVersionsResponseData.FinalizedFeatureKeyCollection;
import org.apache.kafka.common.message.ApiVersionsResponseData.SupportedFeatureKey;
import org.apache.kafka.common.message.ApiVersionsResponseData.SupportedFeatureKeyCollection;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiVersionsRequest;
import org.apache.kafka.server.common.KRaftVersion;

/// ApiVersions 0-5: which APIs and versions are served, and at which feature levels the cluster works.
///
/// - the list is the [Router]'s own: what is dispatched is what is advertised
/// - v3 adds the client's software name and version (KIP-511) and features (KIP-584); v0-v3 leave out features whose lowest
///   level is 0, which old clients refuse (KAFKA-17011)
/// - v5: a client that looks for another cluster or node is told to bootstrap again (KIP-1242)
/// - a version above 5 is answered by the [Router] in version 0, with `UNSUPPORTED_VERSION`
/// - the features' epoch is the offset of the metadata image
/// - **not done**: ZooKeeper migration, of which Kafka 4 knows nothing either
public final class ApiVersionsHandler
        implements Handler<ApiVersionsRequestData, ApiVersionsResponseData> {
    private static final short FIRST_WITH_SOFTWARE = 3;
    private static final short FIRST_WITH_LEVEL_0 = 4;

    private final Supplier<ApiVersionCollection> served;
    private final Supplier<MetadataImage> image;
    private final Supplier<Short> kraftVersion;
    private final NodeIdentity self;
    private final SortedMap<String, FeatureRange> supported;

    /// @param served a fresh copy of what the router serves, each time
    /// @param kraftVersion the level of the quorum's own feature, which is not in the image
    /// @param supported the feature levels that this program can work at, by name
    public ApiVersionsHandler(
            Supplier<ApiVersionCollection> served,
            Supplier<MetadataImage> image,
            Supplier<Short> kraftVersion,
            NodeIdentity self,
            SortedMap<String, FeatureRange> supported) {
        this.served = served;
        this.image = image;
        this.kraftVersion = kraftVersion;
        this.self = self;
        this.supported = supported;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.API_VERSIONS;
    }

    @Override
    public Outcome<ApiVersionsResponseData> handle(
            RequestContext context, ApiVersionsRequestData request) {
        Errors error = examine(context, request);
        if (error == Errors.NONE && context.version() >= FIRST_WITH_SOFTWARE) {
            context.connection()
                    .software(
                            new ClientSoftware(
                                    request.clientSoftwareName(), request.clientSoftwareVersion()));
        }
        return Outcome.reply(
                error == Errors.NONE
                        ? answer(context.version())
                        : new ApiVersionsResponseData().setErrorCode(error.code()));
    }

    private Errors examine(RequestContext context, ApiVersionsRequestData request) {
        if (!new ApiVersionsRequest(request, context.version()).isValid()) {
            return Errors.INVALID_REQUEST;
        }
        boolean meant =
                request.clusterId() == null
                        || (request.clusterId().equals(self.clusterId())
                                && request.nodeId() == self.nodeId());
        return meant ? Errors.NONE : Errors.REBOOTSTRAP_REQUIRED;
    }

    private ApiVersionsResponseData answer(short version) {
        MetadataImage now = image.get();
        return new ApiVersionsResponseData()
                .setApiKeys(served.get())
                .setSupportedFeatures(supported(version))
                .setFinalizedFeatures(agreed(now.features().levels(), kraftVersion.get()))
                .setFinalizedFeaturesEpoch(now.offset());
    }

    private SupportedFeatureKeyCollection supported(short version) {
        var keys = new SupportedFeatureKeyCollection();
        supported.forEach((name, range) -> {
            if (range.min() > 0 || version >= FIRST_WITH_LEVEL_0) {
                keys.add(
                        new SupportedFeatureKey()
                                .setName(name)
                                .setMinVersion(range.min())
                                .setMaxVersion(range.max()));
            }
        });
        return keys;
    }

    private static FinalizedFeatureKeyCollection agreed(
            Map<String, Short> levels, short kraftVersion) {
        var keys = new FinalizedFeatureKeyCollection();
        if (kraftVersion > 0) {
            keys.add(
                    new FinalizedFeatureKey()
                            .setName(KRaftVersion.FEATURE_NAME)
                            .setMinVersionLevel(kraftVersion)
                            .setMaxVersionLevel(kraftVersion));
        }
        levels.forEach((name, level) ->
                keys.add(
                        new FinalizedFeatureKey()
                                .setName(name)
                                .setMinVersionLevel(level)
                                .setMaxVersionLevel(level)));
        return keys;
    }
}
