package dev.millrace.engine.coordinator.group;

import java.util.Map;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;
import org.apache.kafka.coordinator.group.generated.StreamsGroupTopologyValue.Subtopology;
import org.jspecify.annotations.Nullable;

/// Who may speak for a member of a streams group (G2; KIP-345 for static members).
final class StreamsFencing {
    /// From this version on a commit names a member epoch.
    private static final int MEMBER_EPOCH_SINCE = 9;

    private StreamsFencing() {}

    static ApiError unknownMember(StreamsGroup group, String memberId) {
        return new ApiError(
                Errors.UNKNOWN_MEMBER_ID,
                "Member %s is not a member of group %s.".formatted(memberId, group.id()));
    }

    static ApiError unknownInstance(String instanceId) {
        return new ApiError(
                Errors.UNKNOWN_MEMBER_ID, "Instance id %s is unknown.".formatted(instanceId));
    }

    /// An instance is another member's by now.
    static @Nullable ApiError instance(StreamsMember owner, String memberId, String instanceId) {
        return owner.id().equals(memberId)
                ? null
                : new ApiError(
                        Errors.FENCED_INSTANCE_ID,
                        "Static member %s with instance id %s was fenced by member %s."
                                .formatted(memberId, instanceId, owner.id()));
    }

    static ApiError unreleased(StreamsMember owner, String memberId, String instanceId) {
        return new ApiError(
                Errors.UNRELEASED_INSTANCE_ID,
                ("Static member %s with instance id %s cannot join the group because the instance id"
                                + " is owned by %s member.")
                        .formatted(memberId, instanceId, owner.id()));
    }

    static ApiError unknownState() {
        return new ApiError(
                Errors.FENCED_MEMBER_EPOCH,
                "The streams group member is in a unknown state. The member must abandon all its tasks"
                        + " and rejoin.");
    }

    /// A member names its epoch, or the one before when it has not heard the last answer and has nothing that it should not.
    static @Nullable ApiError epoch(StreamsMember member, int epoch, @Nullable StreamsTasks told) {
        if (epoch == 0 || epoch == member.epoch()) {
            return null;
        }
        boolean missedAnAnswer =
                epoch < member.epoch()
                        && epoch == member.current().previousEpoch()
                        && told != null
                        && told.isWithin(member.current().assigned());
        if (missedAnAnswer) {
            return null;
        }
        return new ApiError(
                Errors.FENCED_MEMBER_EPOCH,
                ("The streams group member has a %s member epoch (%d) than the one known by the group"
                                + " coordinator (%d). The member must abandon all its partitions and"
                                + " rejoin.")
                        .formatted(
                                epoch > member.epoch() ? "greater" : "smaller",
                                epoch,
                                member.epoch()));
    }

    static Errors admitFetch(StreamsGroup group, @Nullable String memberId, int memberEpoch) {
        if (memberId == null && memberEpoch < 0) {
            return Errors.NONE;
        }
        StreamsMember member = memberId == null ? null : group.member(memberId);
        if (member == null) {
            return Errors.UNKNOWN_MEMBER_ID;
        }
        return memberEpoch == member.epoch() ? Errors.NONE : Errors.STALE_MEMBER_EPOCH;
    }

    /// Of an older epoch is admitted what the member has had since then (KIP-1251).
    static Errors admitCommit(StreamsGroup group, Caller caller, OffsetCommitRequestData request) {
        boolean isMember = group.member(request.memberId()) != null;
        return isMember && caller.version() < MEMBER_EPOCH_SINCE
                ? Errors.UNSUPPORTED_VERSION
                : admitCommit(group, request);
    }

    static Errors admitCommit(StreamsGroup group, OffsetCommitRequestData request) {
        int epoch = request.generationIdOrMemberEpoch();
        if (epoch < 0 && group.isEmpty()) {
            return Errors.NONE;
        }
        StreamsMember member = group.member(request.memberId());
        if (member == null) {
            return Errors.UNKNOWN_MEMBER_ID;
        }
        boolean admitted =
                epoch == member.epoch()
                        || (epoch < member.epoch() && hadAllSince(group, member, request));
        return admitted ? Errors.NONE : Errors.STALE_MEMBER_EPOCH;
    }

    private static boolean hadAllSince(
            StreamsGroup group, StreamsMember member, OffsetCommitRequestData request) {
        for (OffsetCommitRequestTopic topic : request.topics()) {
            Subtopology reader =
                    group.topology() == null
                            ? null
                            : group.topology().sourceTopicMap().get(topic.name());
            if (reader == null) {
                return false;
            }
            for (OffsetCommitRequestPartition partition : topic.partitions()) {
                Integer since = since(member, reader.subtopologyId(), partition.partitionIndex());
                if (since == null || request.generationIdOrMemberEpoch() < since) {
                    return false;
                }
            }
        }
        return true;
    }

    private static @Nullable Integer since(
            StreamsMember member, String subtopology, int partition) {
        Map<Integer, Integer> assigned = member.current().assigned().active().get(subtopology);
        Integer since = assigned == null ? null : assigned.get(partition);
        if (since != null) {
            return since;
        }
        Map<Integer, Integer> revoking = member.current().revoking().active().get(subtopology);
        return revoking == null ? null : revoking.get(partition);
    }
}
