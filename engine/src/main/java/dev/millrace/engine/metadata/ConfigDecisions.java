package dev.millrace.engine.metadata;

import dev.millrace.engine.metadata.config.ConfigSchema;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.metadata.ConfigRecord;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.apache.kafka.server.metrics.ClientMetricsConfigs;
import org.jspecify.annotations.Nullable;

/// Changes of settings: of a topic, a broker or all brokers, a group, a client metrics subscription. One resource is changed
/// whole or not at all; a request for several answers for each, and then takes what [#follow]s from all of them together.
public final class ConfigDecisions {
    /// Values do not fit a record beyond this (Kafka's bound).
    private static final int MAX_VALUE_LENGTH = Short.MAX_VALUE;

    private ConfigDecisions() {}

    /// What to do with one key.
    ///
    /// @param value null only for [OpType#DELETE]
    public record Change(OpType operation, String key, @Nullable String value) {}

    /// Whose change it is.
    public enum Origin {
        /// Of a topic that the same request creates: it does not exist yet.
        NEW_TOPIC,
        /// Of a broker, which has looked at it itself.
        SEEN_BY_BROKER,
        OTHER
    }

    /// The records of an accepted change, or why it is refused.
    public sealed interface Result {
        record Accepted(List<ApiMessageAndVersion> records) implements Result {}

        record Refused(ApiError error) implements Result {}
    }

    /// Changes key by key; what is not named stays.
    public static Result incremental(
            MetadataImage image,
            ClusterDefaults defaults,
            ConfigResource resource,
            List<Change> changes,
            Origin origin) {
        var after = new TreeMap<>(image.configs().of(resource));
        for (Change change : changes) {
            @Nullable ApiError refusal = apply(resource, after, change);
            if (refusal != null) {
                return new Result.Refused(refusal);
            }
        }
        return check(image, defaults, resource, after, origin);
    }

    /// What a key would have after these changes; null when it would not be set.
    public static @Nullable String after(
            ConfigsImage configs, ConfigResource resource, List<Change> changes, String key) {
        var after = new TreeMap<>(configs.of(resource));
        for (Change change : changes) {
            var _ = apply(resource, after, change); // the active controller says what is wrong
        }
        return after.get(key);
    }

    private static @Nullable ApiError apply(
            ConfigResource resource, Map<String, String> after, Change change) {
        String key = change.key();
        switch (change.operation()) {
            case DELETE -> after.remove(key);
            case SET -> after.put(key, Objects.requireNonNull(change.value()));
            case APPEND, SUBTRACT -> {
                if (!ConfigSchema.isList(resource.type(), key)) {
                    return new ApiError(
                            Errors.INVALID_CONFIG,
                            "Can't "
                                    + change.operation()
                                    + " to key "
                                    + key
                                    + " because its type is not LIST.");
                }
                String now = after.getOrDefault(key, ConfigSchema.defaultOf(resource.type(), key));
                after.put(key, edited(now, change));
            }
        }
        return null;
    }

    private static String edited(String now, Change change) {
        var elements = new ArrayList<String>();
        if (!now.isEmpty()) {
            elements.addAll(Arrays.asList(now.split(",", -1)));
        }
        for (String element : Objects.requireNonNull(change.value()).split(",", -1)) {
            if (change.operation() == OpType.SUBTRACT) {
                elements.remove(element);
            } else if (!elements.contains(element)) {
                elements.add(element);
            }
        }
        return String.join(",", elements);
    }

    /// Replaces everything that is set on the resource (the older AlterConfigs).
    public static Result replace(
            MetadataImage image,
            ClusterDefaults defaults,
            ConfigResource resource,
            Map<String, String> after,
            Origin origin) {
        return check(image, defaults, resource, after, origin);
    }

    private static Result check(
            MetadataImage image,
            ClusterDefaults defaults,
            ConfigResource resource,
            Map<String, String> after,
            Origin origin) {
        for (String value : after.values()) {
            if (value.length() > MAX_VALUE_LENGTH) {
                return refused(
                        Errors.INVALID_CONFIG,
                        "The configuration value cannot be added because it exceeds the maximum value size of "
                                + MAX_VALUE_LENGTH
                                + " bytes.");
            }
        }
        try {
            if (origin != Origin.NEW_TOPIC) {
                checkExists(image, resource);
            }
            checkValues(image, defaults, resource, after, origin);
        } catch (ConfigException wrong) {
            // Kafka checks a broker's values where the request arrives, and refuses the request.
            return refused(
                    resource.type() == ConfigResource.Type.BROKER
                            ? Errors.INVALID_REQUEST
                            : Errors.INVALID_CONFIG,
                    wrong.getMessage());
        } catch (ApiException wrong) {
            return new Result.Refused(ApiError.fromThrowable(wrong));
        }
        return new Result.Accepted(records(resource, image.configs().of(resource), after));
    }

    /// What the accepted changes of a request bring with them for partitions: asked once, for one may undo what another seems to bring.
    ///
    /// @param records of all of them; takes those that follow
    public static void follow(MetadataImage image, List<ApiMessageAndVersion> records) {
        TopicRules.recount(image, records);
    }

    private static Result refused(Errors error, @Nullable String message) {
        return new Result.Refused(new ApiError(error, message));
    }

    private static void checkExists(MetadataImage image, ConfigResource resource) {
        switch (resource.type()) {
            case TOPIC -> {
                if (resource.name().isEmpty()) {
                    throw new InvalidRequestException("Default topic resources are not allowed.");
                }
                Topic.validate(resource.name());
                if (image.topics().byName(resource.name()) == null) {
                    throw Errors.UNKNOWN_TOPIC_OR_PARTITION.exception(
                            "The topic '" + resource.name() + "' does not exist.");
                }
            }
            case BROKER -> {
                if (!resource.name().isEmpty() && !isNode(image, brokerId(resource.name()))) {
                    throw Errors.BROKER_ID_NOT_REGISTERED.exception(
                            "No node with id " + resource.name() + " found.");
                }
            }
            default -> {}
        }
    }

    /// A controller may have settings of its own by the same kind of name.
    private static boolean isNode(MetadataImage image, int id) {
        return image.cluster().broker(id) != null || image.cluster().controllers().containsKey(id);
    }

    private static int brokerId(String name) {
        try {
            return Integer.parseInt(name);
        } catch (NumberFormatException _) {
            throw new InvalidRequestException("Unable to parse broker name as a base 10 number.");
        }
    }

    private static void checkValues(
            MetadataImage image,
            ClusterDefaults defaults,
            ConfigResource resource,
            Map<String, String> after,
            Origin origin) {
        Map<String, String> before = image.configs().of(resource);
        switch (resource.type()) {
            case TOPIC -> ConfigSchema.checkTopic(before, after, defaults.file());
            case BROKER -> {
                ConfigSchema.checkDynamicBroker(after, !resource.name().isEmpty());
                TopicRules.checkMinInSync(image, resource, before, after);
                CordonedDirectories.checkChange(
                        image.features().metadataVersion(), before, after, origin);
            }
            case CLIENT_METRICS -> ClientMetricsConfigs.validate(resource.name(), after);
            case GROUP -> {
                if (resource.name().isEmpty()) {
                    throw new InvalidRequestException("Default group resources are not allowed.");
                }
                ConfigSchema.checkGroup(after, defaults.file());
            }
            case BROKER_LOGGER, UNKNOWN ->
                    throw new InvalidRequestException(
                            "Unexpected resource type " + resource.type() + ".");
        }
    }

    /// Only what changes is written, in key order.
    private static List<ApiMessageAndVersion> records(
            ConfigResource resource, Map<String, String> before, Map<String, String> after) {
        var records = new ArrayList<ApiMessageAndVersion>();
        after.forEach((key, value) -> {
            if (!value.equals(before.get(key))) {
                records.add(record(resource, key, value));
            }
        });
        before.keySet()
                .forEach(key -> {
                    if (!after.containsKey(key)) {
                        records.add(record(resource, key, null));
                    }
                });
        return records;
    }

    private static ApiMessageAndVersion record(
            ConfigResource resource, String key, @Nullable String value) {
        return new ApiMessageAndVersion(
                new ConfigRecord()
                        .setResourceType(resource.type().id())
                        .setResourceName(resource.name())
                        .setName(key)
                        .setValue(value),
                (short) 0);
    }
}
