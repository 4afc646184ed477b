package dev.millrace.engine.api;

import dev.millrace.engine.metadata.ClusterImage;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Function;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidRequestException;

/// What both APIs that change settings ask of a request before they look at its values.
final class ConfigRequests {
    private ConfigRequests() {}

    /// The resources that come more than once.
    static <T> Set<ConfigResource> twice(Iterable<T> resources, Function<T, ConfigResource> key) {
        var once = new HashSet<ConfigResource>();
        var twice = new HashSet<ConfigResource>();
        for (T resource : resources) {
            if (!once.add(key.apply(resource))) {
                twice.add(key.apply(resource));
            }
        }
        return twice;
    }

    /// @param type as it came in the request
    /// @param nodeId this node, which decides for the broker that was asked and has handed the request on: any that is registered; and
    ///     for all controllers, as it leads them
    /// @throws InvalidRequestException with Kafka's sentence
    static ConfigResource checked(
            ConfigResource resource,
            byte type,
            ClusterImage cluster,
            int nodeId,
            Set<ConfigResource> twice) {
        if (twice.contains(resource)) {
            throw new InvalidRequestException("Each resource must appear at most once.");
        }
        return switch (resource.type()) {
            case TOPIC, CLIENT_METRICS, GROUP -> resource;
            case BROKER -> {
                checkNode(resource.name(), cluster, nodeId);
                yield resource;
            }
            case BROKER_LOGGER ->
                    throw new InvalidRequestException(
                            "Log levels of a Millrace broker are not changed through this API.");
            case UNKNOWN -> throw new InvalidRequestException("Unknown resource type " + type);
        };
    }

    private static void checkNode(String name, ClusterImage cluster, int nodeId) {
        if (name.isEmpty()) {
            return;
        }
        int id;
        try {
            id = Integer.parseInt(name);
        } catch (NumberFormatException _) {
            throw new InvalidRequestException("Node id must be an integer, but it is: " + name);
        }
        if (id != nodeId && cluster.broker(id) == null && !cluster.controllers().containsKey(id)) {
            throw new InvalidRequestException(
                    "Unexpected broker id, expected " + nodeId + ", but received " + name);
        }
    }
}
