package dev.millrace.engine.api;

import dev.millrace.engine.coordinator.group.Groups;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.protocol.ApiKeys;

/// Heartbeat of a classic group member.
///
/// - v3 adds the static member id (KIP-345)
/// - a member learns of a rebalance here: `REBALANCE_IN_PROGRESS` tells it to join again
public final class HeartbeatHandler
        implements Handler<HeartbeatRequestData, HeartbeatResponseData> {
    private final Groups groups;

    public HeartbeatHandler(Groups groups) {
        this.groups = groups;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.HEARTBEAT;
    }

    @Override
    public Outcome<HeartbeatResponseData> handle(
            RequestContext context, HeartbeatRequestData request) {
        return Outcome.when(
                groups.heartbeat(request)
                        .thenApply(
                                error -> new HeartbeatResponseData().setErrorCode(error.code())));
    }
}
