package dev.millrace.engine.quorum;

import java.net.InetSocketAddress;
import java.util.Map;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.Uuid;

/// What a member of the quorum is told at its start.
///
/// @param voter whether this node is a controller; one that is not follows the log as an observer
/// @param directoryId of the directory that holds the metadata log: with the node id, the identity of a voter (KIP-853)
/// @param controllerListener by whose endpoints the members know each other
/// @param endpoint where other members would reach this one; of no meaning for an observer
/// @param staticVoters `controller.quorum.voters`; empty when the voters are kept in the log (`kraft.version` 1)
/// @param config the settings that were given, by Kafka's keys
public record QuorumSettings(
        String clusterId,
        int nodeId,
        boolean voter,
        Uuid directoryId,
        String controllerListener,
        Endpoint endpoint,
        Map<Integer, InetSocketAddress> staticVoters,
        Map<String, String> config) {}
