package dev.millrace.engine.api;

import dev.millrace.engine.quorum.QuorumRequests;
import org.apache.kafka.common.message.RemoveRaftVoterRequestData;
import org.apache.kafka.common.message.RemoveRaftVoterResponseData;
import org.apache.kafka.common.protocol.ApiKeys;

/// RemoveRaftVoter 0: a voter becomes an observer (KIP-853). By either kind of listener; the leader decides.
///
/// - the leader may be told to remove itself, and resigns when that is committed
/// - with static voters (`kraft.version` 0) the leader refuses it
final class RemoveRaftVoterHandler
        extends QuorumHandler<RemoveRaftVoterRequestData, RemoveRaftVoterResponseData> {
    RemoveRaftVoterHandler(QuorumRequests quorum) {
        super(ApiKeys.REMOVE_RAFT_VOTER, RemoveRaftVoterResponseData.class, quorum);
    }
}
