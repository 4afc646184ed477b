package dev.millrace.engine.coordinator.group;

import java.util.List;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.StreamsGroupHeartbeatResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;

/// The answer to a streams member, and what must be done for it that a coordinator cannot do.
///
/// @param missingTopics that the application keeps its data in and that are not there yet, by name
public record StreamsHeartbeat(
        StreamsGroupHeartbeatResponseData response, List<CreatableTopic> missingTopics) {
    static StreamsHeartbeat refusal(Errors error) {
        return refusal(new ApiError(error, null));
    }

    static StreamsHeartbeat refusal(ApiError error) {
        return new StreamsHeartbeat(
                new StreamsGroupHeartbeatResponseData()
                        .setErrorCode(error.error().code())
                        .setErrorMessage(error.message()),
                List.of());
    }
}
