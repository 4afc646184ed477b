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
        implements Handler<DescribeQuorumRequestData, DescribeQuorumResponseData> {
    private final QuorumRequests quorum;

    DescribeQuorumHandler(QuorumRequests quorum) {
        this.quorum = quorum;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.DESCRIBE_QUORUM;
    }

    @Override
    public Outcome<DescribeQuorumResponseData> handle(
            RequestContext context, DescribeQuorumRequestData request) {
        return Outcome.when(
                quorum.handle(
                                context.connection().listener(),
                                context.correlationId(),
                                context.version(),
                                request)
                        .thenApply(DescribeQuorumResponseData.class::cast));
    }
}
