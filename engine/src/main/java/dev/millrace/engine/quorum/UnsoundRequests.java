package dev.millrace.engine.quorum;

import org.apache.kafka.common.message.AddRaftVoterRequestData;
import org.apache.kafka.common.message.BeginQuorumEpochRequestData;
import org.apache.kafka.common.message.EndQuorumEpochRequestData;
import org.apache.kafka.common.message.UpdateRaftVoterRequestData;
import org.apache.kafka.common.protocol.ApiMessage;

/// Requests that can be read and make no sense, in ways of which Kafka's consensus client makes an exception: it would end the
/// process, and anybody may send them.
final class UnsoundRequests {
    private UnsoundRequests() {}

    static boolean is(ApiMessage request) {
        return switch (request) {
            case AddRaftVoterRequestData add ->
                    add.listeners().stream().anyMatch(at -> isUnsound(at.name(), at.host()));
            case UpdateRaftVoterRequestData update ->
                    update.listeners().stream().anyMatch(at -> isUnsound(at.name(), at.host()))
                            || isUnsound(update.kRaftVersionFeature());
            case BeginQuorumEpochRequestData begin ->
                    begin.leaderEndpoints().stream()
                            .anyMatch(at -> isUnsound(at.name(), at.host()));
            case EndQuorumEpochRequestData end ->
                    end.leaderEndpoints().stream().anyMatch(at -> isUnsound(at.name(), at.host()));
            default -> false;
        };
    }

    private static boolean isUnsound(String listener, String host) {
        return listener.isBlank() || host.isBlank();
    }

    private static boolean isUnsound(UpdateRaftVoterRequestData.KRaftVersionFeature range) {
        return range.minSupportedVersion() < 0
                || range.maxSupportedVersion() < range.minSupportedVersion();
    }
}
