package dev.millrace.engine.coordinator.group;

import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// Who may speak for a member of a classic group (G2; KIP-345 for static members).
final class MemberFencing {
    static final String UNKNOWN_MEMBER_ID = "";
    static final int UNKNOWN_GENERATION = -1;

    private MemberFencing() {}

    /// Does the commit name neither a member nor a generation?
    static boolean isAnonymous(OffsetCommitRequestData request) {
        return request.generationIdOrMemberEpoch() < 0
                && request.memberId().equals(UNKNOWN_MEMBER_ID)
                && request.groupInstanceId() == null;
    }

    /// Is it a member, and is the instance it says it is its own?
    static Errors fence(ClassicGroup group, String memberId, @Nullable String instanceId) {
        if (group.state() instanceof ClassicState.Dead) {
            return Errors.COORDINATOR_NOT_AVAILABLE;
        }
        if (instanceId != null) {
            String current = group.instance(instanceId);
            if (current == null) {
                return Errors.UNKNOWN_MEMBER_ID;
            }
            if (!current.equals(memberId)) {
                return Errors.FENCED_INSTANCE_ID;
            }
        }
        return group.hasMember(memberId) ? Errors.NONE : Errors.UNKNOWN_MEMBER_ID;
    }

    /// As [#fence], and is it of this generation?
    static Errors fence(
            ClassicGroup group, String memberId, @Nullable String instanceId, int generation) {
        Errors error = fence(group, memberId, instanceId);
        if (error != Errors.NONE) {
            return error;
        }
        return generation == group.generation() ? Errors.NONE : Errors.ILLEGAL_GENERATION;
    }
}
