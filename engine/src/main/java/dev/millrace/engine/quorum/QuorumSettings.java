package dev.millrace.engine.quorum;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.Uuid;

/// What a member of the quorum is told at its start.
///
/// @param controller whether this node may vote; one that is no controller follows the log as an observer for ever
/// @param directoryId of the directory that holds the metadata log: with the node id, the identity of a voter (KIP-853)
/// @param controllerListener by whose endpoints the members know each other
/// @param endpoint where other members would reach this one; of no meaning for a broker that is no controller
/// @param staticVoters `controller.quorum.voters`; empty when the voters are kept in the log (`kraft.version` 1)
/// @param bootstrapServers where to ask for the leader while the log names no voters; empty asks the static voters, or itself
/// @param firstVoters who the voters of a new cluster are, written into an empty folder; none when this node joins a cluster
/// @param config the settings that were given, by Kafka's keys
public record QuorumSettings(
        String clusterId,
        int nodeId,
        boolean controller,
        Uuid directoryId,
        String controllerListener,
        Endpoint endpoint,
        Map<Integer, InetSocketAddress> staticVoters,
        List<InetSocketAddress> bootstrapServers,
        List<FirstVoter> firstVoters,
        Map<String, String> config) {
    /// One of the voters that formatting writes down.
    public record FirstVoter(int nodeId, Uuid directoryId, String host, int port) {}
}
