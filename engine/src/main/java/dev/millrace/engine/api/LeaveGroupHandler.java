package dev.millrace.engine.api;

import dev.millrace.engine.coordinator.group.Groups;
import java.util.List;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData.MemberIdentity;
import org.apache.kafka.common.message.LeaveGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupResponseData.MemberResponse;
import org.apache.kafka.common.protocol.ApiKeys;

/// LeaveGroup: members of a classic group go, or are sent away.
///
/// - v3 takes several members, by member id or by instance id (KIP-345); before, one, whose error stands at the top
/// - v5 adds a reason
public final class LeaveGroupHandler
        implements Handler<LeaveGroupRequestData, LeaveGroupResponseData> {
    private static final int MANY_SINCE = 3;

    private final Groups groups;

    public LeaveGroupHandler(Groups groups) {
        this.groups = groups;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.LEAVE_GROUP;
    }

    @Override
    public Outcome<LeaveGroupResponseData> handle(
            RequestContext context, LeaveGroupRequestData request) {
        if (context.version() >= MANY_SINCE) {
            return Outcome.when(groups.leave(request));
        }
        var one = new MemberIdentity().setMemberId(request.memberId());
        var many =
                new LeaveGroupRequestData().setGroupId(request.groupId()).setMembers(List.of(one));
        return Outcome.when(groups.leave(many).thenApply(LeaveGroupHandler::errorAtTheTop));
    }

    private static LeaveGroupResponseData errorAtTheTop(LeaveGroupResponseData many) {
        short error = many.errorCode();
        for (MemberResponse member : many.members()) {
            error = error == 0 ? member.errorCode() : error;
        }
        return new LeaveGroupResponseData().setErrorCode(error);
    }
}
