package dev.millrace.engine.api;

import dev.millrace.engine.quorum.QuorumRequests;
import org.apache.kafka.common.message.VoteRequestData;
import org.apache.kafka.common.message.VoteResponseData;
import org.apache.kafka.common.protocol.ApiKeys;

/// Vote 0-2: asks a voter for its vote (KIP-595). Controllers only.
///
/// - v1 adds directory ids (KIP-853), v2 pre-votes, which disturb nobody (KIP-996)
final class VoteHandler extends QuorumHandler<VoteRequestData, VoteResponseData> {
    VoteHandler(QuorumRequests quorum) {
        super(ApiKeys.VOTE, VoteResponseData.class, quorum);
    }
}
