package dev.millrace.engine.api;

import dev.millrace.engine.metadata.ClusterDefaults;
import dev.millrace.engine.metadata.ConfigDecisions;
import dev.millrace.engine.metadata.Controller;
import dev.millrace.engine.metadata.Decision;
import dev.millrace.engine.metadata.MetadataImage;
import java.util.ArrayList;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.message.AlterConfigsRequestData;
import org.apache.kafka.common.message.AlterConfigsRequestData.AlterConfigsResource;
import org.apache.kafka.common.message.AlterConfigsResponseData;
import org.apache.kafka.common.message.AlterConfigsResponseData.AlterConfigsResourceResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.ApiError;
import org.apache.kafka.server.common.ApiMessageAndVersion;

/// AlterConfigs 0-2, the older way: what is named replaces everything that was set on the resource.
public final class AlterConfigsHandler
        implements Handler<AlterConfigsRequestData, AlterConfigsResponseData> {
    private final Controller controller;
    private final ClusterDefaults defaults;

    public AlterConfigsHandler(Controller controller, ClusterDefaults defaults) {
        this.controller = controller;
        this.defaults = defaults;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.ALTER_CONFIGS;
    }

    @Override
    public Outcome<AlterConfigsResponseData> handle(
            RequestContext context, AlterConfigsRequestData request) {
        var asked = request.duplicate();
        BrokersVerdict.carry(request.resources(), asked.resources());
        return Refusals.outcome(
                controller.submit(image -> decide(image, asked)),
                error -> {
                    var response = new AlterConfigsResponseData();
                    asked.resources().forEach(r -> response.responses().add(result(r, error)));
                    return response;
                });
    }

    private Decision<AlterConfigsResponseData> decide(
            MetadataImage image, AlterConfigsRequestData request) {
        var records = new ArrayList<ApiMessageAndVersion>();
        var response = new AlterConfigsResponseData();
        Set<ConfigResource> twice = ConfigRequests.twice(request.resources(), r -> key(r));
        for (AlterConfigsResource resource : request.resources()) {
            ApiError error = ApiError.NONE;
            try {
                ConfigResource key =
                        ConfigRequests.checked(
                                key(resource),
                                resource.resourceType(),
                                image.cluster(),
                                defaults.nodeId(),
                                twice);
                switch (ConfigDecisions.replace(
                        image, defaults, key, values(resource), BrokersVerdict.of(resource))) {
                    case ConfigDecisions.Result.Accepted(var accepted) -> records.addAll(accepted);
                    case ConfigDecisions.Result.Refused(ApiError refusal) -> error = refusal;
                }
            } catch (InvalidRequestException refusal) {
                error = ApiError.fromThrowable(refusal);
            }
            response.responses().add(result(resource, error));
        }
        ConfigDecisions.follow(image, records);
        return new Decision<>(request.validateOnly() ? records.subList(0, 0) : records, response);
    }

    static ConfigResource key(AlterConfigsResource resource) {
        return new ConfigResource(
                ConfigResource.Type.forId(resource.resourceType()), resource.resourceName());
    }

    /// @throws InvalidRequestException with Kafka's sentence
    static Map<String, String> values(AlterConfigsResource resource) {
        var nulls = new ArrayList<String>();
        var values = new TreeMap<String, String>();
        for (var config : resource.configs()) {
            if (config.value() == null) {
                nulls.add(config.name());
            } else if (values.put(config.name(), config.value()) != null) {
                throw new InvalidRequestException("Error due to duplicate config keys");
            }
        }
        if (!nulls.isEmpty()) {
            throw new InvalidRequestException(
                    "Null value not supported for : " + String.join(",", nulls));
        }
        return values;
    }

    private static AlterConfigsResourceResponse result(
            AlterConfigsResource resource, ApiError error) {
        return new AlterConfigsResourceResponse()
                .setResourceType(resource.resourceType())
                .setResourceName(resource.resourceName())
                .setErrorCode(error.error().code())
                .setErrorMessage(error.isFailure() ? error.messageWithFallback() : null);
    }
}
