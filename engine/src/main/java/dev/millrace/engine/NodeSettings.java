package dev.millrace.engine;

import dev.millrace.engine.metadata.FeatureLevels;
import dev.millrace.engine.metadata.config.OwnKeys;
import dev.millrace.engine.quorum.QuorumSettings;
import dev.millrace.engine.quorum.QuorumSettings.FirstVoter;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/// What one node is told at its start, and does not change while it runs.
///
/// @param broker whether it holds partitions and answers clients (`process.roles`)
/// @param controller whether it is a voter of the metadata quorum; one of the two is true
/// @param file the broker's own settings by Kafka's keys, those that were given; a missing one has Kafka's default
/// @param advertised the listeners for clients; an empty host stands for the address that a client connects to
/// @param controllerListener the first of `controller.listener.names`
/// @param controllerEndpoint where another member of the quorum would reach this node, when it is a controller
/// @param staticVoters `controller.quorum.voters`; empty when the voters are kept in the metadata log
/// @param bootstrapServers `controller.quorum.bootstrap.servers`
/// @param firstVoters of a new cluster; none when this node joins one, null when it is the only voter of its own
public record NodeSettings(
        String clusterId,
        int nodeId,
        boolean broker,
        boolean controller,
        Map<String, String> file,
        List<Endpoint> advertised,
        @Nullable String rack,
        String controllerListener,
        Endpoint controllerEndpoint,
        Map<Integer, InetSocketAddress> staticVoters,
        List<InetSocketAddress> bootstrapServers,
        @Nullable List<FirstVoter> firstVoters) {
    /// A node whose controllers are fixed, or which is the only one.
    public NodeSettings(
            String clusterId,
            int nodeId,
            boolean broker,
            boolean controller,
            Map<String, String> file,
            List<Endpoint> advertised,
            @Nullable String rack,
            String controllerListener,
            Endpoint controllerEndpoint,
            Map<Integer, InetSocketAddress> staticVoters) {
        this(
                clusterId,
                nodeId,
                broker,
                controller,
                file,
                advertised,
                rack,
                controllerListener,
                controllerEndpoint,
                staticVoters,
                List.of(),
                null);
    }

    long number(String key, long otherwise) {
        String value = file.get(key);
        return value == null ? otherwise : Long.parseLong(value.strip());
    }

    int integer(String key, int otherwise) {
        return Math.toIntExact(number(key, otherwise));
    }

    boolean flag(String key, boolean otherwise) {
        String value = file.get(key);
        return value == null ? otherwise : Boolean.parseBoolean(value.strip());
    }

    /// Levels that were asked for, by feature name; others begin at the newest.
    Map<String, Short> featuresOfANewCluster() {
        return FeatureLevels.parse(file.getOrDefault(OwnKeys.FEATURES, ""));
    }

    private List<FirstVoter> firstVoters(Uuid directoryId) {
        return firstVoters != null
                ? firstVoters
                : List.of(
                        new FirstVoter(
                                nodeId,
                                directoryId,
                                controllerEndpoint.host(),
                                controllerEndpoint.port()));
    }

    QuorumSettings quorum(Uuid directoryId) {
        return new QuorumSettings(
                clusterId,
                nodeId,
                controller,
                directoryId,
                controllerListener,
                controllerEndpoint,
                staticVoters,
                bootstrapServers,
                firstVoters(directoryId),
                file);
    }
}
