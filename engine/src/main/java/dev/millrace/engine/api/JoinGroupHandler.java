package dev.millrace.engine.api;

import dev.millrace.engine.coordinator.group.Groups;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.protocol.ApiKeys;

/// JoinGroup: a member of a classic group joins, and waits for the others.
///
/// - v1 adds the rebalance time-out, v4 makes clients ask for a member id first (KIP-394), v5 static members (KIP-345),
///   v7 the protocol type in the answer, v8 the reason, v9 leaders that need not assign (KIP-814)
/// - the answer comes when the rebalance ends: members wait here for each other
public final class JoinGroupHandler
        implements Handler<JoinGroupRequestData, JoinGroupResponseData> {
    private static final int NULL_PROTOCOL_SINCE = 7;

    private final Groups groups;

    public JoinGroupHandler(Groups groups) {
        this.groups = groups;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.JOIN_GROUP;
    }

    @Override
    public Outcome<JoinGroupResponseData> handle(
            RequestContext context, JoinGroupRequestData request) {
        var answer = groups.join(Callers.of(context), request);
        return Outcome.when(
                context.version() >= NULL_PROTOCOL_SINCE
                        ? answer
                        : answer.thenApply(JoinGroupHandler::withoutNull));
    }

    private static JoinGroupResponseData withoutNull(JoinGroupResponseData answer) {
        return answer.protocolName() == null ? answer.setProtocolName("") : answer;
    }
}
