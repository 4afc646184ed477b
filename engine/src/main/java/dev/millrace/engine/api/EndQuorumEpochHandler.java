package dev.millrace.engine.api;

import dev.millrace.engine.quorum.QuorumRequests;
import org.apache.kafka.common.message.EndQuorumEpochRequestData;
import org.apache.kafka.common.message.EndQuorumEpochResponseData;
import org.apache.kafka.common.protocol.ApiKeys;

/// EndQuorumEpoch 0-1: a leader of the quorum resigns and names who may follow it (KIP-595). Controllers only.
///
/// - v1 adds directory ids and endpoints (KIP-853)
final class EndQuorumEpochHandler
        extends QuorumHandler<EndQuorumEpochRequestData, EndQuorumEpochResponseData> {
    EndQuorumEpochHandler(QuorumRequests quorum) {
        super(ApiKeys.END_QUORUM_EPOCH, EndQuorumEpochResponseData.class, quorum);
    }
}
