package dev.millrace.engine.api;

import dev.millrace.engine.quorum.QuorumRequests;
import org.apache.kafka.common.message.DescribeQuorumRequestData;
import org.apache.kafka.common.message.DescribeQuorumResponseData;
import org.apache.kafka.common.protocol.ApiKeys;

/// The metadata quorum's leader, voters and observers, as the consensus engine answers it.
///
/// - v1 adds the times of each replica's last fetch (KIP-836), v2 directory ids and the nodes' endpoints (KIP-853)
/// - any other partition than the metadata log's gets `UNKNOWN_TOPIC_OR_PARTITION`
final class DescribeQuorumHandler
        extends QuorumHandler<DescribeQuorumRequestData, DescribeQuorumResponseData> {
    DescribeQuorumHandler(QuorumRequests quorum) {
        super(ApiKeys.DESCRIBE_QUORUM, DescribeQuorumResponseData.class, quorum);
    }
}
