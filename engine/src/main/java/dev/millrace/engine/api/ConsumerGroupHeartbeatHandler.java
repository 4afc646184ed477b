package dev.millrace.engine.api;

import dev.millrace.engine.coordinator.group.Groups;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/// ConsumerGroupHeartbeat: a member of the consumer protocol joins, goes on, or leaves, and hears what it has to read (KIP-848).
///
/// - v1 adds subscriptions by regular expression, and clients make their member ids themselves (KIP-1082)
/// - refused with `UNSUPPORTED_VERSION` while the feature `group.version` is 0, or `group.coordinator.rebalance.protocols` lacks
///   `consumer`
public final class ConsumerGroupHeartbeatHandler
        implements Handler<ConsumerGroupHeartbeatRequestData, ConsumerGroupHeartbeatResponseData> {
    private final Groups groups;

    public ConsumerGroupHeartbeatHandler(Groups groups) {
        this.groups = groups;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.CONSUMER_GROUP_HEARTBEAT;
    }

    @Override
    public Outcome<ConsumerGroupHeartbeatResponseData> handle(
            RequestContext context, ConsumerGroupHeartbeatRequestData request) {
        if (!groups.servesConsumerProtocol()) {
            return new Outcome.Reply<>(
                    new ConsumerGroupHeartbeatResponseData()
                            .setErrorCode(Errors.UNSUPPORTED_VERSION.code()));
        }
        return Outcome.when(groups.heartbeat(Callers.of(context), request));
    }
}
