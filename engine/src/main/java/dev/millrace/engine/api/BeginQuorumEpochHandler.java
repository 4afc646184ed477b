package dev.millrace.engine.api;

import dev.millrace.engine.quorum.QuorumRequests;
import org.apache.kafka.common.message.BeginQuorumEpochRequestData;
import org.apache.kafka.common.message.BeginQuorumEpochResponseData;
import org.apache.kafka.common.protocol.ApiKeys;

/// BeginQuorumEpoch 0-1: a new leader of the quorum makes itself known to the voters (KIP-595). Controllers only.
///
/// - v1 adds directory ids and the leader's endpoints (KIP-853)
final class BeginQuorumEpochHandler
        extends QuorumHandler<BeginQuorumEpochRequestData, BeginQuorumEpochResponseData> {
    BeginQuorumEpochHandler(QuorumRequests quorum) {
        super(ApiKeys.BEGIN_QUORUM_EPOCH, BeginQuorumEpochResponseData.class, quorum);
    }
}
