package dev.millrace.engine.quorum;

import java.util.List;
import org.apache.kafka.common.message.AddRaftVoterRequestData;
import org.apache.kafka.common.message.BeginQuorumEpochRequestData;
import org.apache.kafka.common.message.EndQuorumEpochRequestData;
import org.apache.kafka.common.message.FetchSnapshotRequestData;
import org.apache.kafka.common.message.UpdateRaftVoterRequestData;
import org.apache.kafka.common.message.VoteRequestData;
import org.apache.kafka.common.network.ListenerName;
import org.apache.kafka.common.protocol.ApiMessage;

/// Requests that can be read and make no sense, in ways of which Kafka's consensus client makes an exception: it would end the
/// process, and anybody may send them.
///
/// @param nodeId of this node, which asks nobody by itself and sends itself nothing
/// @param listener by which the client reaches a leader; of one that does not say where that is it cannot fetch
record UnsoundRequests(int nodeId, ListenerName listener) {
    private record At(String name, String host) {}

    boolean include(ApiMessage request) {
        return switch (request) {
            case AddRaftVoterRequestData add ->
                    add.listeners().stream().anyMatch(at -> isUnsound(at.name(), at.host()));
            case UpdateRaftVoterRequestData update ->
                    update.listeners().stream().anyMatch(at -> isUnsound(at.name(), at.host()))
                            || isUnsound(update.kRaftVersionFeature());
            case BeginQuorumEpochRequestData begin ->
                    isNowhere(
                            begin.leaderEndpoints().stream()
                                    .map(at -> new At(at.name(), at.host()))
                                    .toList());
            case EndQuorumEpochRequestData end ->
                    isNowhere(
                            end.leaderEndpoints().stream()
                                    .map(at -> new At(at.name(), at.host()))
                                    .toList());
            case FetchSnapshotRequestData fetch ->
                    fetch.maxBytes() < 0 || fetch.replicaId() == nodeId;
            case VoteRequestData vote ->
                    vote.topics().stream()
                            .flatMap(topic -> topic.partitions().stream())
                            .anyMatch(partition -> partition.replicaId() == nodeId);
            default -> false;
        };
    }

    /// Of a leader that says nothing of where it is the log may know it.
    private boolean isNowhere(List<At> leader) {
        return leader.stream().anyMatch(at -> isUnsound(at.name, at.host))
                || (!leader.isEmpty()
                        && leader.stream()
                                .noneMatch(
                                        at -> ListenerName.normalised(at.name).equals(listener)));
    }

    private static boolean isUnsound(String listener, String host) {
        return listener.isBlank() || host.isBlank();
    }

    private static boolean isUnsound(UpdateRaftVoterRequestData.KRaftVersionFeature range) {
        return range.minSupportedVersion() < 0
                || range.maxSupportedVersion() < range.minSupportedVersion();
    }
}
