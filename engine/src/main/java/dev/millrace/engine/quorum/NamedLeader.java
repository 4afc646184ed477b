package dev.millrace.engine.quorum;

import java.util.List;
import org.apache.kafka.common.message.BeginQuorumEpochRequestData;
import org.apache.kafka.common.message.BeginQuorumEpochResponseData;
import org.apache.kafka.common.message.EndQuorumEpochRequestData;
import org.apache.kafka.common.message.EndQuorumEpochResponseData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchSnapshotResponseData;
import org.apache.kafka.common.message.UpdateRaftVoterResponseData;
import org.apache.kafka.common.message.VoteResponseData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.jspecify.annotations.Nullable;

/// Who a peer's message says leads.
///
/// @param id negative when it says that there is none
/// @param hasAddress whether it also says where that one is
record NamedLeader(int id, int epoch, boolean hasAddress) {
    boolean known() {
        return id >= 0;
    }

    /// Null when the message does not say.
    static @Nullable NamedLeader in(ApiMessage message) {
        return switch (message) {
            case BeginQuorumEpochRequestData begin -> begin(begin);
            case EndQuorumEpochRequestData end -> end(end);
            case FetchResponseData fetch -> fetch(fetch);
            case FetchSnapshotResponseData fetch -> snapshot(fetch);
            case VoteResponseData vote -> vote(vote);
            case BeginQuorumEpochResponseData begin -> begun(begin);
            case EndQuorumEpochResponseData end -> ended(end);
            case UpdateRaftVoterResponseData update -> {
                var leader = update.currentLeader();
                yield new NamedLeader(
                        leader.leaderId(), leader.leaderEpoch(), !leader.host().isEmpty());
            }
            default -> null;
        };
    }

    private static @Nullable NamedLeader begin(BeginQuorumEpochRequestData begin) {
        var topic = first(begin.topics());
        var at = topic == null ? null : first(topic.partitions());
        return at == null
                ? null
                : new NamedLeader(
                        at.leaderId(), at.leaderEpoch(), !begin.leaderEndpoints().isEmpty());
    }

    private static @Nullable NamedLeader end(EndQuorumEpochRequestData end) {
        var topic = first(end.topics());
        var at = topic == null ? null : first(topic.partitions());
        return at == null
                ? null
                : new NamedLeader(
                        at.leaderId(), at.leaderEpoch(), !end.leaderEndpoints().isEmpty());
    }

    private static @Nullable NamedLeader fetch(FetchResponseData fetch) {
        var topic = first(fetch.responses());
        var at = topic == null ? null : first(topic.partitions());
        return at == null
                ? null
                : new NamedLeader(
                        at.currentLeader().leaderId(),
                        at.currentLeader().leaderEpoch(),
                        fetch.nodeEndpoints().find(at.currentLeader().leaderId()) != null);
    }

    private static @Nullable NamedLeader snapshot(FetchSnapshotResponseData fetch) {
        var topic = first(fetch.topics());
        var at = topic == null ? null : first(topic.partitions());
        return at == null
                ? null
                : new NamedLeader(
                        at.currentLeader().leaderId(),
                        at.currentLeader().leaderEpoch(),
                        fetch.nodeEndpoints().find(at.currentLeader().leaderId()) != null);
    }

    private static @Nullable NamedLeader vote(VoteResponseData vote) {
        var topic = first(vote.topics());
        var at = topic == null ? null : first(topic.partitions());
        return at == null
                ? null
                : new NamedLeader(
                        at.leaderId(),
                        at.leaderEpoch(),
                        vote.nodeEndpoints().find(at.leaderId()) != null);
    }

    private static @Nullable NamedLeader begun(BeginQuorumEpochResponseData begin) {
        var topic = first(begin.topics());
        var at = topic == null ? null : first(topic.partitions());
        return at == null
                ? null
                : new NamedLeader(
                        at.leaderId(),
                        at.leaderEpoch(),
                        begin.nodeEndpoints().find(at.leaderId()) != null);
    }

    private static @Nullable NamedLeader ended(EndQuorumEpochResponseData end) {
        var topic = first(end.topics());
        var at = topic == null ? null : first(topic.partitions());
        return at == null
                ? null
                : new NamedLeader(
                        at.leaderId(),
                        at.leaderEpoch(),
                        end.nodeEndpoints().find(at.leaderId()) != null);
    }

    private static <T> @Nullable T first(List<T> list) {
        return list.isEmpty() ? null : list.getFirst();
    }
}
