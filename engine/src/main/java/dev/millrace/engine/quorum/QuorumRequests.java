package dev.millrace.engine.quorum;

import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.protocol.ApiMessage;

/// Where requests of the quorum's own APIs go: Kafka's consensus engine answers them.
@FunctionalInterface
public interface QuorumRequests {
    /// Any thread.
    ///
    /// @param listener by which the request came
    /// @return completes with the response message, within a later step
    CompletionStage<ApiMessage> handle(
            String listener, int correlationId, short version, ApiMessage request);
}
