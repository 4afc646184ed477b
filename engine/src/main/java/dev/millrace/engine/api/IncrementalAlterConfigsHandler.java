package dev.millrace.engine.api;

import dev.millrace.engine.metadata.ClusterDefaults;
import dev.millrace.engine.metadata.ConfigDecisions;
import dev.millrace.engine.metadata.ConfigDecisions.Change;
import dev.millrace.engine.metadata.Controller;
import dev.millrace.engine.metadata.Decision;
import dev.millrace.engine.metadata.MetadataImage;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterConfigsResource;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData.AlterConfigsResourceResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.ApiError;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.jspecify.annotations.Nullable;

/// IncrementalAlterConfigs 0-1: sets, deletes, or edits the elements of, single settings (KIP-339).
///
/// - each resource is changed whole or not at all, and answered for
/// - **not done**: log levels (BROKER_LOGGER)
public final class IncrementalAlterConfigsHandler
        implements Handler<
                IncrementalAlterConfigsRequestData, IncrementalAlterConfigsResponseData> {
    private final Controller controller;
    private final ClusterDefaults defaults;

    public IncrementalAlterConfigsHandler(Controller controller, ClusterDefaults defaults) {
        this.controller = controller;
        this.defaults = defaults;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.INCREMENTAL_ALTER_CONFIGS;
    }

    @Override
    public Outcome<IncrementalAlterConfigsResponseData> handle(
            RequestContext context, IncrementalAlterConfigsRequestData request) {
        var asked = request.duplicate();
        BrokersVerdict.carry(request.resources(), asked.resources());
        return Refusals.outcome(
                controller.submit(image -> decide(image, asked)),
                error -> {
                    var response = new IncrementalAlterConfigsResponseData();
                    asked.resources().forEach(r -> response.responses().add(result(r, error)));
                    return response;
                });
    }

    private Decision<IncrementalAlterConfigsResponseData> decide(
            MetadataImage image, IncrementalAlterConfigsRequestData request) {
        var records = new ArrayList<ApiMessageAndVersion>();
        var response = new IncrementalAlterConfigsResponseData();
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
                switch (ConfigDecisions.incremental(
                        image, defaults, key, changes(resource), BrokersVerdict.of(resource))) {
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
    static List<Change> changes(AlterConfigsResource resource) {
        var names = new HashSet<String>();
        var nulls = new ArrayList<String>();
        var changes = new ArrayList<Change>();
        for (var config : resource.configs()) {
            @Nullable OpType operation = OpType.forId(config.configOperation());
            if (operation == null) {
                throw new InvalidRequestException(
                        "Unknown operation type " + config.configOperation());
            }
            if (!names.add(config.name())) {
                throw new InvalidRequestException("Error due to duplicate config keys");
            }
            if (config.value() == null && operation != OpType.DELETE) {
                nulls.add(config.name());
            }
            changes.add(new Change(operation, config.name(), config.value()));
        }
        if (!nulls.isEmpty()) {
            throw new InvalidRequestException(
                    "Null value not supported for : " + String.join(",", nulls));
        }
        return changes;
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
