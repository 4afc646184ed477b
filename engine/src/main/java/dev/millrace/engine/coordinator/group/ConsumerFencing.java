package dev.millrace.engine.coordinator.group;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData.TopicPartitions;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;
import org.jspecify.annotations.Nullable;

/// Who may speak for a member of the consumer protocol, and until when (G2).
final class ConsumerFencing {
    /// From this version on a client knows member epochs.
    private static final int MEMBER_EPOCHS_SINCE = 9;

    private static final String REJOIN = " The member must abandon all its partitions and rejoin.";

    private ConsumerFencing() {}

    static ApiError unknownMember(ConsumerGroup group, String memberId) {
        return new ApiError(
                Errors.UNKNOWN_MEMBER_ID,
                "Member %s is not a member of group %s.".formatted(memberId, group.id()));
    }

    static ApiError unknownInstance(String instanceId) {
        return new ApiError(
                Errors.UNKNOWN_MEMBER_ID, "Instance id %s is unknown.".formatted(instanceId));
    }

    static ApiError unknownState() {
        return new ApiError(
                Errors.FENCED_MEMBER_EPOCH,
                "The consumer group member is in a unknown state." + REJOIN);
    }

    /// The instance has a member, and that one has not left.
    static ApiError unreleased(ConsumerMember owner, String memberId, String instanceId) {
        return new ApiError(
                Errors.UNRELEASED_INSTANCE_ID,
                "Static member %s with instance id %s cannot join the group because the instance id is owned by %s member."
                        .formatted(memberId, instanceId, owner.id()));
    }

    /// Is the instance this member's?
    static @Nullable ApiError instance(ConsumerMember owner, String memberId, String instanceId) {
        return owner.id().equals(memberId)
                ? null
                : new ApiError(
                        Errors.FENCED_INSTANCE_ID,
                        "Static member %s with instance id %s was fenced by member %s."
                                .formatted(memberId, instanceId, owner.id()));
    }

    /// Is the member at this epoch? At the one before it may be as well, when it did not hear of the present one: then it has
    /// no partition that it got with it.
    ///
    /// @param claimed 0 for a member that joins
    static @Nullable ApiError epoch(
            ConsumerMember member, int claimed, @Nullable List<TopicPartitions> owned) {
        ConsumerAssignment current = member.current();
        if (claimed == 0 || claimed == current.epoch()) {
            return null;
        }
        boolean answerWasLost =
                claimed < current.epoch()
                        && claimed == current.previousEpoch()
                        && owned != null
                        && isWithin(owned, current.assigned());
        return answerWasLost
                ? null
                : new ApiError(
                        Errors.FENCED_MEMBER_EPOCH,
                        "The consumer group member has a %s member epoch (%d) than the one known by the group coordinator (%d).%s"
                                .formatted(
                                        claimed > current.epoch() ? "greater" : "smaller",
                                        claimed,
                                        current.epoch(),
                                        REJOIN));
    }

    private static boolean isWithin(
            List<TopicPartitions> owned, Map<Uuid, Map<Integer, Integer>> assigned) {
        return owned.stream()
                .allMatch(topic ->
                        assigned.getOrDefault(topic.topicId(), Map.of())
                                .keySet()
                                .containsAll(topic.partitions()));
    }

    // ---- offsets

    /// May that member commit at that epoch? At an earlier one it may for partitions that it has had since then (KIP-1251):
    /// its commit and the answer to its heartbeat may have crossed.
    static Errors admitCommit(ConsumerGroup group, Caller caller, OffsetCommitRequestData request) {
        ConsumerMember member = group.member(request.memberId());
        boolean speaksNewProtocol = member != null && member.said().classic() == null;
        return speaksNewProtocol && caller.version() < MEMBER_EPOCHS_SINCE
                ? Errors.UNSUPPORTED_VERSION
                : admitCommit(group, request);
    }

    static Errors admitCommit(ConsumerGroup group, OffsetCommitRequestData request) {
        int claimed = request.generationIdOrMemberEpoch();
        if (claimed < 0 && group.isEmpty()) {
            return Errors.NONE;
        }
        ConsumerMember member = group.member(request.memberId());
        if (member == null) {
            return Errors.UNKNOWN_MEMBER_ID;
        }
        if (claimed == member.epoch()) {
            return Errors.NONE;
        }
        boolean wasItsOwn = claimed < member.epoch() && hasHadSince(member, claimed, request);
        return wasItsOwn ? Errors.NONE : stale(member);
    }

    private static boolean hasHadSince(
            ConsumerMember member, int epoch, OffsetCommitRequestData request) {
        for (OffsetCommitRequestTopic topic : request.topics()) {
            for (OffsetCommitRequestPartition partition : topic.partitions()) {
                Integer since =
                        member.current().heldSince(topic.topicId(), partition.partitionIndex());
                if (since == null || epoch < since) {
                    return false;
                }
            }
        }
        return true;
    }

    /// May that member ask for offsets at that epoch? Who is no member may, when it does not say that it is.
    static Errors admitFetch(ConsumerGroup group, @Nullable String memberId, int claimed) {
        if (memberId == null && claimed < 0) {
            return Errors.NONE;
        }
        ConsumerMember member = group.member(Objects.requireNonNullElse(memberId, ""));
        if (member == null) {
            return Errors.UNKNOWN_MEMBER_ID;
        }
        return claimed == member.epoch() ? Errors.NONE : stale(member);
    }

    private static Errors stale(ConsumerMember member) {
        return member.said().classic() != null
                ? Errors.ILLEGAL_GENERATION
                : Errors.STALE_MEMBER_EPOCH;
    }
}
