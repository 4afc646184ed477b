package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.Decision;
import dev.millrace.engine.coordinator.ShardHost;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData.MemberIdentity;
import org.apache.kafka.common.message.LeaveGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupResponseData.MemberResponse;
import org.apache.kafka.common.protocol.Errors;

/// LeaveGroup: members go, or are sent away by an administrator (by instance id, or several at once).
final class ClassicLeaves {
    private final GroupShard shard;
    private final ShardHost<GroupRecord> host;
    private final ClassicRebalances rebalances;

    ClassicLeaves(GroupShard shard, ShardHost<GroupRecord> host, ClassicRebalances rebalances) {
        this.shard = shard;
        this.host = host;
        this.rebalances = rebalances;
    }

    static LeaveGroupResponseData refusal(Errors error) {
        return new LeaveGroupResponseData().setErrorCode(error.code());
    }

    Decision<GroupRecord, LeaveGroupResponseData> leave(LeaveGroupRequestData request) {
        ConsumerGroup mixed = shard.consumerGroup(request.groupId());
        if (mixed != null) {
            return shard.mixedMembers.leave(request, mixed);
        }
        ClassicGroup group = shard.classicGroup(request.groupId());
        var responses = new ArrayList<MemberResponse>(request.members().size());
        // Who goes, and why; no cause for one that only holds an id.
        Map<String, Optional<RebalanceCause>> leaving = new LinkedHashMap<>();
        for (MemberIdentity identity : request.members()) {
            Errors error =
                    group == null ? Errors.UNKNOWN_MEMBER_ID : leave(group, identity, leaving);
            responses.add(
                    new MemberResponse()
                            .setMemberId(identity.memberId())
                            .setGroupInstanceId(identity.groupInstanceId())
                            .setErrorCode(error.code()));
        }
        var response = new LeaveGroupResponseData().setMembers(responses);
        return group == null || leaving.isEmpty()
                ? Decision.answer(response)
                : Decision.answer(response, () -> remove(group, leaving));
    }

    private static Errors leave(
            ClassicGroup group,
            MemberIdentity identity,
            Map<String, Optional<RebalanceCause>> leaving) {
        String memberId = identity.memberId();
        String instanceId = identity.groupInstanceId();
        if (memberId.equals(MemberFencing.UNKNOWN_MEMBER_ID)) {
            String known = instanceId == null ? null : group.instance(instanceId);
            if (known == null || leaving.containsKey(known)) {
                return Errors.UNKNOWN_MEMBER_ID;
            }
            leaving.put(known, cause(group, known, identity));
            return Errors.NONE;
        }
        if (leaving.containsKey(memberId)) {
            return Errors.UNKNOWN_MEMBER_ID;
        }
        if (group.isPending(memberId)) {
            leaving.put(memberId, Optional.empty());
            return Errors.NONE;
        }
        Errors error = MemberFencing.fence(group, memberId, instanceId);
        if (error == Errors.NONE) {
            leaving.put(memberId, cause(group, memberId, identity));
        }
        return error;
    }

    private static Optional<RebalanceCause> cause(
            ClassicGroup group, String memberId, MemberIdentity identity) {
        return Optional.ofNullable(group.member(memberId))
                .map(member -> ClassicCauses.leaving(ClassicCauses.who(member), identity));
    }

    private void remove(ClassicGroup group, Map<String, Optional<RebalanceCause>> leaving) {
        var why = new ArrayList<RebalanceCause>();
        leaving.forEach((memberId, cause) -> {
            if (cause.isPresent()) {
                rebalances.remove(group, memberId, Errors.UNKNOWN_MEMBER_ID);
                why.add(cause.get());
            } else {
                group.removePending(memberId);
                host.cancel(new TimerKey.Session(group.id(), memberId));
            }
        });
        rebalances.membersChanged(group, why);
        rebalances.lessToWaitFor(group);
    }
}
