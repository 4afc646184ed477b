package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.Decision;
import dev.millrace.engine.coordinator.Promise;
import dev.millrace.engine.coordinator.ShardHost;
import dev.millrace.engine.coordinator.group.ClassicState.CompletingRebalance;
import dev.millrace.engine.coordinator.group.ClassicState.PreparingRebalance;
import dev.millrace.engine.coordinator.group.ClassicState.Stable;
import dev.millrace.engine.coordinator.group.GroupRecord.ClassicGroupStored;
import dev.millrace.engine.env.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData.SyncGroupRequestAssignment;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.utils.Bytes;
import org.jspecify.annotations.Nullable;

/// SyncGroup: the leader brings the assignment, everybody fetches theirs.
///
/// The leader's is the one step of a rebalance that is written down. Its record is what makes the group stable: nobody hears
/// an assignment before it is committed, so no two members can hold a partition in two assignments of one generation (G1).
final class ClassicSyncs {
    private final GroupShard shard;
    private final ShardHost<GroupRecord> host;
    private final ClassicRebalances rebalances;
    private final Clock clock;

    ClassicSyncs(
            GroupShard shard,
            ShardHost<GroupRecord> host,
            ClassicRebalances rebalances,
            Clock clock) {
        this.shard = shard;
        this.host = host;
        this.rebalances = rebalances;
        this.clock = clock;
    }

    static SyncGroupResponseData refusal(Errors error) {
        return new SyncGroupResponseData()
                .setErrorCode(
                        (error == Errors.MESSAGE_TOO_LARGE ? Errors.UNKNOWN_SERVER_ERROR : error)
                                .code());
    }

    private static SyncGroupResponseData assigned(ClassicGroup group, String memberId) {
        ClassicMember member = group.member(memberId);
        return new SyncGroupResponseData()
                .setProtocolType(group.protocolType())
                .setProtocolName(group.protocol())
                .setAssignment(member == null ? new byte[0] : member.assignment().get());
    }

    Decision<GroupRecord, SyncGroupResponseData> sync(SyncGroupRequestData request) {
        ConsumerGroup mixed = shard.consumerGroup(request.groupId());
        if (mixed != null) {
            return shard.mixedMembers.sync(request, mixed);
        }
        ClassicGroup group = shard.classicGroup(request.groupId());
        if (group == null) {
            return Decision.answer(refusal(Errors.UNKNOWN_MEMBER_ID));
        }
        Errors error = fence(group, request);
        if (error != Errors.NONE) {
            return Decision.answer(refusal(error));
        }
        String memberId = request.memberId();
        return switch (group.state()) {
            case PreparingRebalance _ -> Decision.answer(refusal(Errors.REBALANCE_IN_PROGRESS));
            case CompletingRebalance completing when group.isLeader(memberId) ->
                    assign(group, completing, request);
            case CompletingRebalance completing -> await(group, completing, memberId);
            case Stable stable ->
                    Decision.answer(
                            assigned(group, memberId),
                            () -> rebalances.synced(group, memberId, stable.notSynced()));
            case ClassicState.Empty _ -> Decision.answer(refusal(Errors.UNKNOWN_MEMBER_ID));
            case ClassicState.Dead _ -> Decision.answer(refusal(Errors.COORDINATOR_NOT_AVAILABLE));
        };
    }

    private static Errors fence(ClassicGroup group, SyncGroupRequestData request) {
        Errors error =
                MemberFencing.fence(
                        group,
                        request.memberId(),
                        request.groupInstanceId(),
                        request.generationId());
        if (error != Errors.NONE) {
            return error;
        }
        boolean consistent =
                agrees(request.protocolType(), group.protocolType())
                        && agrees(request.protocolName(), group.protocol());
        return consistent ? Errors.NONE : Errors.INCONSISTENT_GROUP_PROTOCOL;
    }

    /// What the client does not say cannot be wrong (KIP-559), nor what nobody has decided.
    private static boolean agrees(@Nullable String said, @Nullable String actual) {
        return said == null || actual == null || said.equals(actual);
    }

    private Decision<GroupRecord, SyncGroupResponseData> await(
            ClassicGroup group, CompletingRebalance completing, String memberId) {
        Promise<SyncGroupResponseData> promise = host.promise(ClassicSyncs::refusal);
        return Decision.park(
                List.of(),
                promise,
                () -> {
                    var earlier = completing.synced.put(memberId, promise);
                    if (earlier != null) {
                        earlier.fulfil(refusal(Errors.REBALANCE_IN_PROGRESS));
                    }
                    rebalances.synced(group, memberId, completing.notSynced);
                });
    }

    private Decision<GroupRecord, SyncGroupResponseData> assign(
            ClassicGroup group, CompletingRebalance completing, SyncGroupRequestData request) {
        var assignments = new HashMap<String, Bytes>();
        for (SyncGroupRequestAssignment assignment : request.assignments()) {
            assignments.put(assignment.memberId(), Bytes.wrap(assignment.assignment()));
        }
        Promise<SyncGroupResponseData> promise = host.promise(ClassicSyncs::refusal);
        return Decision.park(
                List.of(
                        new ClassicGroupStored(
                                group.id(), group.facts(assignments, clock.wallMs()))),
                promise,
                () -> {
                    rebalances.synced(group, request.memberId(), completing.notSynced);
                    hearAssignment(group, request.memberId(), promise);
                    for (Map.Entry<String, Promise<SyncGroupResponseData>> waiting :
                            completing.synced.entrySet()) {
                        hearAssignment(group, waiting.getKey(), waiting.getValue());
                    }
                });
    }

    /// Sessions that ended while their members waited for this were let pass: they begin anew.
    private void hearAssignment(
            ClassicGroup group, String memberId, Promise<SyncGroupResponseData> waiting) {
        waiting.fulfil(assigned(group, memberId));
        ClassicMember member = group.member(memberId);
        if (member != null) {
            rebalances.touch(group, member);
        }
    }
}
