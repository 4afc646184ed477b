package dev.millrace.engine.quorum;

import java.util.List;
import org.apache.kafka.common.message.BeginQuorumEpochResponseData;
import org.apache.kafka.common.message.EndQuorumEpochResponseData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchSnapshotResponseData;
import org.apache.kafka.common.message.UpdateRaftVoterResponseData;
import org.apache.kafka.common.message.VoteResponseData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.jspecify.annotations.Nullable;

/// Who a peer's answer says leads, and in which epoch.
record NamedLeader(int id, int epoch) {
    /// Null when the answer does not say.
    static @Nullable NamedLeader in(ApiMessage response) {
        return switch (response) {
            case FetchResponseData fetch -> {
                var topic = first(fetch.responses());
                var partition = topic == null ? null : first(topic.partitions());
                yield partition == null
                        ? null
                        : new NamedLeader(
                                partition.currentLeader().leaderId(),
                                partition.currentLeader().leaderEpoch());
            }
            case FetchSnapshotResponseData fetch -> {
                var topic = first(fetch.topics());
                var partition = topic == null ? null : first(topic.partitions());
                yield partition == null
                        ? null
                        : new NamedLeader(
                                partition.currentLeader().leaderId(),
                                partition.currentLeader().leaderEpoch());
            }
            case VoteResponseData vote -> {
                var topic = first(vote.topics());
                var partition = topic == null ? null : first(topic.partitions());
                yield partition == null
                        ? null
                        : new NamedLeader(partition.leaderId(), partition.leaderEpoch());
            }
            case BeginQuorumEpochResponseData begin -> {
                var topic = first(begin.topics());
                var partition = topic == null ? null : first(topic.partitions());
                yield partition == null
                        ? null
                        : new NamedLeader(partition.leaderId(), partition.leaderEpoch());
            }
            case EndQuorumEpochResponseData end -> {
                var topic = first(end.topics());
                var partition = topic == null ? null : first(topic.partitions());
                yield partition == null
                        ? null
                        : new NamedLeader(partition.leaderId(), partition.leaderEpoch());
            }
            case UpdateRaftVoterResponseData update ->
                    new NamedLeader(
                            update.currentLeader().leaderId(),
                            update.currentLeader().leaderEpoch());
            default -> null;
        };
    }

    private static <T> @Nullable T first(List<T> list) {
        return list.isEmpty() ? null : list.getFirst();
    }
}
