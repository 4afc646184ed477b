package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.Decision;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.protocol.Errors;

/// Heartbeat: a member says that it lives, and hears whether it must join again.
final class ClassicHeartbeats {
    private final GroupShard shard;
    private final ClassicRebalances rebalances;

    ClassicHeartbeats(GroupShard shard, ClassicRebalances rebalances) {
        this.shard = shard;
        this.rebalances = rebalances;
    }

    Decision<GroupRecord, Errors> heartbeat(HeartbeatRequestData request) {
        ConsumerGroup mixed = shard.consumerGroup(request.groupId());
        if (mixed != null) {
            return shard.mixedMembers.heartbeat(request, mixed);
        }
        ClassicGroup group = shard.classicGroup(request.groupId());
        if (group == null) {
            return Decision.answer(Errors.UNKNOWN_MEMBER_ID);
        }
        Errors error =
                MemberFencing.fence(
                        group,
                        request.memberId(),
                        request.groupInstanceId(),
                        request.generationId());
        ClassicMember member = group.member(request.memberId());
        if (error != Errors.NONE || member == null) {
            return Decision.answer(error);
        }
        Errors answer =
                switch (group.state()) {
                    case ClassicState.PreparingRebalance _ -> Errors.REBALANCE_IN_PROGRESS;
                    case ClassicState.CompletingRebalance _, ClassicState.Stable _ -> Errors.NONE;
                    case ClassicState.Empty _ -> Errors.UNKNOWN_MEMBER_ID;
                    case ClassicState.Dead _ -> Errors.COORDINATOR_NOT_AVAILABLE;
                };
        return Decision.answer(answer, () -> rebalances.touch(group, member));
    }
}
