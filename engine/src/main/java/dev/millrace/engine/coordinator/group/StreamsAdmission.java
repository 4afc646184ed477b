package dev.millrace.engine.coordinator.group;

import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;
import org.jspecify.annotations.Nullable;

/// As whom a heartbeat of a streams group is decided: of which group, and of which member.
sealed interface StreamsAdmission {
    record Refused(ApiError error) implements StreamsAdmission {}

    record Admitted(StreamsDraft draft) implements StreamsAdmission {}

    /// @param found under the id of the request
    static StreamsAdmission of(
            @Nullable Group found,
            StreamsGroupConfig config,
            StreamsGroupHeartbeatRequestData request) {
        boolean joins = request.memberEpoch() == 0;
        StreamsGroup group = group(found, request.groupId(), joins);
        if (group == null) {
            return new Refused(notFound(found, request.groupId()));
        }
        boolean isKnown =
                group.instance(request.instanceId()) != null
                        || group.member(request.memberId()) != null;
        if (joins && !isKnown && group.size() >= config.maxSize()) {
            return new Refused(
                    new ApiError(
                            Errors.GROUP_MAX_SIZE_REACHED,
                            "The streams group has reached its maximum capacity of %d members."
                                    .formatted(config.maxSize())));
        }
        return request.instanceId() == null
                ? dynamic(group, request)
                : fixed(group, request, request.instanceId());
    }

    /// A classic group without members gives way, keeping its offsets.
    private static @Nullable StreamsGroup group(@Nullable Group found, String id, boolean joins) {
        return switch (found) {
            case null -> joins ? new StreamsGroup(id) : null;
            case StreamsGroup group -> group;
            case ConsumerGroup _ -> null;
            case ClassicGroup classic -> joins && classic.isEmpty() ? new StreamsGroup(id) : null;
        };
    }

    private static ApiError notFound(@Nullable Group found, String id) {
        String why =
                found == null ? "Streams group %s not found." : "Group %s is not a streams group.";
        return new ApiError(Errors.GROUP_ID_NOT_FOUND, why.formatted(id));
    }

    private static StreamsAdmission dynamic(
            StreamsGroup group, StreamsGroupHeartbeatRequestData request) {
        StreamsMember member = group.member(request.memberId());
        if (member == null) {
            return request.memberEpoch() == 0
                    ? admitted(group, StreamsMember.unknown(request.memberId()))
                    : new Refused(StreamsFencing.unknownMember(group, request.memberId()));
        }
        return atItsEpoch(group, member, request);
    }

    private static StreamsAdmission fixed(
            StreamsGroup group, StreamsGroupHeartbeatRequestData request, String instanceId) {
        String memberId = request.memberId();
        StreamsMember owner = group.instance(instanceId);
        if (request.memberEpoch() == 0) {
            return owner == null
                    ? admitted(group, known(group, memberId))
                    : takeOver(group, owner, memberId, instanceId);
        }
        if (owner == null) {
            return new Refused(StreamsFencing.unknownInstance(instanceId));
        }
        ApiError fenced = StreamsFencing.instance(owner, memberId, instanceId);
        return fenced == null ? atItsEpoch(group, owner, request) : new Refused(fenced);
    }

    private static StreamsMember known(StreamsGroup group, String memberId) {
        StreamsMember member = group.member(memberId);
        return member == null ? StreamsMember.unknown(memberId) : member;
    }

    private static StreamsAdmission atItsEpoch(
            StreamsGroup group, StreamsMember member, StreamsGroupHeartbeatRequestData request) {
        ApiError fenced =
                StreamsFencing.epoch(member, request.memberEpoch(), StreamsTasks.told(request));
        return fenced == null ? admitted(group, member) : new Refused(fenced);
    }

    private static StreamsAdmission admitted(StreamsGroup group, StreamsMember member) {
        return new Admitted(new StreamsDraft(group, member, null));
    }

    /// A static member that had left for a while is back, under an id of its own.
    private static StreamsAdmission takeOver(
            StreamsGroup group, StreamsMember owner, String memberId, String instanceId) {
        if (owner.epoch() != StreamsAssignment.LEFT_FOR_A_WHILE) {
            return new Refused(StreamsFencing.unreleased(owner, memberId, instanceId));
        }
        var member = new StreamsMember(memberId, owner.said(), owner.current().cameBack());
        var draft = new StreamsDraft(group, member, owner);
        StreamsLeaves.forget(group.id(), owner.id(), draft.facts);
        draft.facts.add(new StreamsRecord.MemberStored(group.id(), memberId, member.said()));
        StreamsTasks target = group.target(owner.id());
        draft.facts.add(
                new StreamsRecord.TargetStored(
                        group.id(), memberId, target == null ? StreamsTasks.NONE : target));
        draft.facts.add(new StreamsRecord.CurrentStored(group.id(), memberId, member.current()));
        return new Admitted(draft);
    }
}
