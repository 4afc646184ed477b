package dev.millrace.engine.replica;

import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;

/// What a leader asks the controller to decide (AlterPartition, KIP-497).
///
/// @param partitionEpoch the state that it rests on: the controller compares and sets
/// @param members the in-sync set it wants, with the broker epochs that it has heard of (KIP-903)
public record InSyncProposal(
        Partition partition,
        TopicPartition name,
        Uuid topicId,
        int leaderEpoch,
        int partitionEpoch,
        List<Member> members) {
    /// @param brokerEpoch -1 when unknown
    public record Member(int brokerId, long brokerEpoch) {}
}
