package dev.millrace.engine.coordinator.group;

import java.util.List;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;
import org.jspecify.annotations.Nullable;

/// What is wrong with a ConsumerGroupHeartbeat by itself, whatever the group is.
final class ConsumerRequests {
    private static final int CLIENTS_MAKE_IDS_SINCE = 1;

    private ConsumerRequests() {}

    /// @param assignors that members may ask for
    static @Nullable ApiError check(
            short version, ConsumerGroupHeartbeatRequestData request, List<String> assignors) {
        String wrong = empty(version, request);
        if (wrong == null) {
            wrong = inEpoch(request);
        }
        if (wrong != null) {
            return new ApiError(Errors.INVALID_REQUEST, wrong);
        }
        String assignor = request.serverAssignor();
        return assignor == null || assignors.contains(assignor)
                ? null
                : new ApiError(
                        Errors.UNSUPPORTED_ASSIGNOR,
                        "ServerAssignor %s is not supported. Supported assignors: %s."
                                .formatted(assignor, String.join(", ", assignors)));
    }

    private static @Nullable String empty(
            short version, ConsumerGroupHeartbeatRequestData request) {
        boolean needsMemberId =
                version >= CLIENTS_MAKE_IDS_SINCE
                        || request.memberEpoch() > 0
                        || request.memberEpoch() == -1;
        if (needsMemberId && isEmpty(request.memberId())) {
            return "MemberId can't be empty.";
        }
        if (isEmpty(request.groupId())) {
            return "GroupId can't be empty.";
        }
        if (isEmpty(request.instanceId())) {
            return "InstanceId can't be empty.";
        }
        return isEmpty(request.rackId()) ? "RackId can't be empty." : null;
    }

    private static boolean isEmpty(@Nullable String text) {
        return text != null && text.trim().isEmpty();
    }

    private static @Nullable String inEpoch(ConsumerGroupHeartbeatRequestData request) {
        return switch (request.memberEpoch()) {
            case 0 -> whenJoining(request);
            case ConsumerAssignment.LEFT_FOR_A_WHILE ->
                    request.instanceId() == null ? "InstanceId can't be null." : null;
            default -> request.memberEpoch() < -2 ? "MemberEpoch is invalid." : null;
        };
    }

    private static @Nullable String whenJoining(ConsumerGroupHeartbeatRequestData request) {
        if (request.rebalanceTimeoutMs() == -1) {
            return "RebalanceTimeoutMs must be provided in first request.";
        }
        if (request.topicPartitions() == null || !request.topicPartitions().isEmpty()) {
            return "TopicPartitions must be empty when (re-)joining.";
        }
        return request.subscribedTopicNames() == null && request.subscribedTopicRegex() == null
                ? "Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining."
                : null;
    }
}
