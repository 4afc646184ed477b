package dev.millrace.engine.coordinator.group;

import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.jspecify.annotations.Nullable;

/// What a member of the consumer protocol says about itself.
///
/// @param instanceId of a static member (KIP-345)
/// @param rebalanceTimeoutMs how long it may take to give up partitions; -1 before it has said so
/// @param topics that it reads by name, in order, each once
/// @param regex that topics which it reads match as well (RE2/J); empty when there is none
/// @param assignor which it would like to be used
/// @param classic of a member that speaks the classic protocol in a group of this one, null for others
record ConsumerSubscription(
        @Nullable String instanceId,
        @Nullable String rackId,
        int rebalanceTimeoutMs,
        String clientId,
        String clientHost,
        List<String> topics,
        String regex,
        @Nullable String assignor,
        @Nullable Classic classic) {
    static final ConsumerSubscription NOTHING =
            new ConsumerSubscription(null, null, -1, "", "", List.of(), "", null, null);

    /// @param protocols that it supports, its favourite first
    record Classic(int sessionTimeoutMs, List<ClassicMember.Protocol> protocols) {}

    boolean hasRegex() {
        return !regex.isEmpty();
    }

    /// After a heartbeat: what it leaves out has not changed. This very object when nothing has.
    ConsumerSubscription updated(Caller caller, ConsumerGroupHeartbeatRequestData request) {
        var next =
                new ConsumerSubscription(
                        orElse(request.instanceId(), instanceId),
                        orElse(request.rackId(), rackId),
                        request.rebalanceTimeoutMs() == -1
                                ? rebalanceTimeoutMs
                                : request.rebalanceTimeoutMs(),
                        caller.clientId(),
                        caller.clientHost(),
                        request.subscribedTopicNames() == null
                                ? topics
                                : inOrder(request.subscribedTopicNames()),
                        Objects.requireNonNullElse(request.subscribedTopicRegex(), regex),
                        orElse(request.serverAssignor(), assignor),
                        null);
        return next.equals(this) ? this : next;
    }

    static List<String> inOrder(List<String> topics) {
        return List.copyOf(new TreeSet<>(topics));
    }

    private static @Nullable String orElse(@Nullable String said, @Nullable String before) {
        return said == null ? before : said;
    }
}
