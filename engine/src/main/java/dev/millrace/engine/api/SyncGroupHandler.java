package dev.millrace.engine.api;

import dev.millrace.engine.coordinator.group.Groups;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/// SyncGroup: the leader of a classic group brings the assignment, every member fetches its own.
///
/// - v3 adds the static member id (KIP-345), v5 the protocol that the client believes is chosen (KIP-559): it must
///   say so, though the message allows null
/// - the answer comes when the leader has brought the assignment and it is committed
public final class SyncGroupHandler
        implements Handler<SyncGroupRequestData, SyncGroupResponseData> {
    private static final int PROTOCOL_SINCE = 5;

    private final Groups groups;

    public SyncGroupHandler(Groups groups) {
        this.groups = groups;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.SYNC_GROUP;
    }

    @Override
    public Outcome<SyncGroupResponseData> handle(
            RequestContext context, SyncGroupRequestData request) {
        if (context.version() >= PROTOCOL_SINCE
                && (request.protocolType() == null || request.protocolName() == null)) {
            return Outcome.reply(
                    new SyncGroupResponseData()
                            .setErrorCode(Errors.INCONSISTENT_GROUP_PROTOCOL.code()));
        }
        return Outcome.when(groups.sync(request));
    }
}
