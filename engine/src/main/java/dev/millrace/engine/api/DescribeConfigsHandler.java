package dev.millrace.engine.api;

import dev.millrace.engine.metadata.ClusterDefaults;
import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.metadata.config.ConfigDescriptions;
import dev.millrace.engine.metadata.config.ConfigValue;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.DescribeConfigsRequestData;
import org.apache.kafka.common.message.DescribeConfigsRequestData.DescribeConfigsResource;
import org.apache.kafka.common.message.DescribeConfigsResponseData;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsResourceResult;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsResult;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsSynonym;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;
import org.apache.kafka.common.requests.DescribeConfigsResponse.ConfigType;
import org.jspecify.annotations.Nullable;

/// DescribeConfigs 1-4: the settings of topics, of this broker, of all brokers, of groups and client metrics subscriptions.
///
/// - v1 adds where each value comes from (KIP-226), v3 types and documentation (KIP-569)
/// - a secret's value is never told (C3)
/// - **not done**: log levels (BROKER_LOGGER)
public final class DescribeConfigsHandler
        implements Handler<DescribeConfigsRequestData, DescribeConfigsResponseData> {
    private final Supplier<MetadataImage> image;
    private final ClusterDefaults defaults;

    public DescribeConfigsHandler(Supplier<MetadataImage> image, ClusterDefaults defaults) {
        this.image = image;
        this.defaults = defaults;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.DESCRIBE_CONFIGS;
    }

    @Override
    public Outcome<DescribeConfigsResponseData> handle(
            RequestContext context, DescribeConfigsRequestData request) {
        MetadataImage now = image.get();
        var response = new DescribeConfigsResponseData();
        for (DescribeConfigsResource resource : request.resources()) {
            response.results().add(describe(now, request, resource));
        }
        return Outcome.reply(response);
    }

    private DescribeConfigsResult describe(
            MetadataImage now,
            DescribeConfigsRequestData request,
            DescribeConfigsResource resource) {
        var result =
                new DescribeConfigsResult()
                        .setResourceType(resource.resourceType())
                        .setResourceName(resource.resourceName());
        try {
            for (ConfigValue value :
                    ConfigDescriptions.named(values(now, resource), resource.configurationKeys())) {
                result.configs().add(entry(request, value));
            }
        } catch (ApiException refusal) {
            ApiError error = ApiError.fromThrowable(refusal);
            result.setErrorCode(error.error().code()).setErrorMessage(error.messageWithFallback());
        }
        return result;
    }

    private List<ConfigValue> values(MetadataImage now, DescribeConfigsResource resource) {
        var type = ConfigResource.Type.forId(resource.resourceType());
        String name = resource.resourceName();
        Map<String, String> own = now.configs().of(new ConfigResource(type, name));
        return switch (type) {
            case TOPIC -> {
                Topic.validate(name);
                if (now.topics().byName(name) == null) {
                    throw new UnknownTopicOrPartitionException("");
                }
                yield ConfigDescriptions.topic(defaults.sources(now.configs(), own));
            }
            case BROKER -> name.isEmpty() ? ConfigDescriptions.brokers(own) : broker(now, name);
            case CLIENT_METRICS -> {
                if (name.isEmpty()) {
                    throw new InvalidRequestException(
                            "Client metrics subscription name must not be empty");
                }
                yield ConfigDescriptions.clientMetrics(own);
            }
            case GROUP -> {
                if (name.isEmpty()) {
                    throw new InvalidRequestException("Group name must not be empty");
                }
                yield ConfigDescriptions.group(own, defaults.sources(now.configs(), Map.of()));
            }
            case BROKER_LOGGER, UNKNOWN -> throw Errors.INVALID_REQUEST.exception();
        };
    }

    private List<ConfigValue> broker(MetadataImage now, String name) {
        int id;
        try {
            id = Integer.parseInt(name);
        } catch (NumberFormatException _) {
            throw new InvalidRequestException("Broker id must be an integer, but it is: " + name);
        }
        if (id != defaults.nodeId()) {
            throw new InvalidRequestException(
                    "Unexpected broker id, expected "
                            + defaults.nodeId()
                            + " or empty string, but received "
                            + name);
        }
        return ConfigDescriptions.broker(defaults.sources(now.configs(), Map.of()));
    }

    private static DescribeConfigsResourceResult entry(
            DescribeConfigsRequestData request, ConfigValue value) {
        var entry =
                new DescribeConfigsResourceResult()
                        .setName(value.name())
                        .setValue(value.sensitive() ? null : value.value())
                        .setReadOnly(value.readOnly())
                        .setConfigSource(value.source().id())
                        .setIsSensitive(value.sensitive())
                        .setConfigType(type(value.type()).id())
                        .setDocumentation(
                                request.includeDocumentation() ? value.documentation() : null);
        if (request.includeSynonyms()) {
            for (ConfigValue.Synonym synonym : value.synonyms()) {
                entry.synonyms()
                        .add(
                                new DescribeConfigsSynonym()
                                        .setName(synonym.name())
                                        .setValue(synonym.value())
                                        .setSource(synonym.source().id()));
            }
        }
        return entry;
    }

    private static ConfigType type(ConfigDef.@Nullable Type type) {
        return type == null ? ConfigType.UNKNOWN : ConfigType.valueOf(type.name());
    }
}
