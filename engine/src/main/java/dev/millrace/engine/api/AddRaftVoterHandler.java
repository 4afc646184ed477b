package dev.millrace.engine.api;

import dev.millrace.engine.quorum.QuorumRequests;
import org.apache.kafka.common.message.AddRaftVoterRequestData;
import org.apache.kafka.common.message.AddRaftVoterResponseData;
import org.apache.kafka.common.protocol.ApiKeys;

/// AddRaftVoter 0-1: a controller becomes a voter (KIP-853). By either kind of listener; the leader decides.
///
/// - the leader waits until the new voter has caught up, and refuses while another change is under way
/// - v1 may be answered before the change is committed
/// - with static voters (`kraft.version` 0) the leader refuses it
final class AddRaftVoterHandler
        extends QuorumHandler<AddRaftVoterRequestData, AddRaftVoterResponseData> {
    AddRaftVoterHandler(QuorumRequests quorum) {
        super(ApiKeys.ADD_RAFT_VOTER, AddRaftVoterResponseData.class, quorum);
    }
}
