package dev.millrace.engine.api;

import dev.millrace.engine.quorum.QuorumRequests;
import org.apache.kafka.common.message.UpdateRaftVoterRequestData;
import org.apache.kafka.common.message.UpdateRaftVoterResponseData;
import org.apache.kafka.common.protocol.ApiKeys;

/// UpdateRaftVoter 0: a voter says where it listens now, and which levels it knows (KIP-853). Controllers only.
///
/// - with static voters (`kraft.version` 0) the leader refuses it
final class UpdateRaftVoterHandler
        extends QuorumHandler<UpdateRaftVoterRequestData, UpdateRaftVoterResponseData> {
    UpdateRaftVoterHandler(QuorumRequests quorum) {
        super(ApiKeys.UPDATE_RAFT_VOTER, UpdateRaftVoterResponseData.class, quorum);
    }
}
