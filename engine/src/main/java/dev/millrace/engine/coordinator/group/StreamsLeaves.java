package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.Decision;
import dev.millrace.engine.coordinator.ShardHost;
import dev.millrace.engine.coordinator.group.MembershipCause.Left;
import dev.millrace.engine.coordinator.group.MembershipCause.SessionExpired;
import dev.millrace.engine.coordinator.group.StreamsRecord.CurrentForgotten;
import dev.millrace.engine.coordinator.group.StreamsRecord.CurrentStored;
import dev.millrace.engine.coordinator.group.StreamsRecord.Facts;
import dev.millrace.engine.coordinator.group.StreamsRecord.GroupStored;
import dev.millrace.engine.coordinator.group.StreamsRecord.MemberForgotten;
import dev.millrace.engine.coordinator.group.StreamsRecord.TargetEpochStored;
import dev.millrace.engine.coordinator.group.StreamsRecord.TargetForgotten;
import dev.millrace.engine.env.Clock;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData;
import org.apache.kafka.common.message.StreamsGroupHeartbeatResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;
import org.apache.kafka.coordinator.group.streams.topics.ConfiguredTopology;
import org.jspecify.annotations.Nullable;

/// What happens to streams groups without a heartbeat asking for it: members go, of themselves or because nothing was heard
/// of them; and the wait for a group's first members ends.
final class StreamsLeaves implements StreamsTimers.Expiry {
    private final GroupShard shard;
    private final StreamsTimers timers;
    private final Clock clock;
    private final StreamsGroupConfig brokers;

    StreamsLeaves(
            GroupShard shard,
            ShardHost<GroupRecord> host,
            Clock clock,
            StreamsGroupConfig brokers) {
        this.shard = shard;
        this.timers = new StreamsTimers(host, this);
        this.clock = clock;
        this.brokers = brokers;
    }

    StreamsTimers timers() {
        return timers;
    }

    /// A heartbeat with the member epoch -1, or -2 of a static member that will be back.
    Decision<GroupRecord, StreamsHeartbeat> leave(StreamsGroupHeartbeatRequestData request) {
        StreamsGroup group = shard.streamsGroup(request.groupId());
        if (group == null) {
            return refuse(notFound(request.groupId()));
        }
        String instanceId = request.instanceId();
        StreamsMember member =
                instanceId == null ? group.member(request.memberId()) : group.instance(instanceId);
        if (member == null) {
            return refuse(
                    instanceId == null
                            ? StreamsFencing.unknownMember(group, request.memberId())
                            : StreamsFencing.unknownInstance(instanceId));
        }
        ApiError fenced =
                instanceId == null
                        ? null
                        : StreamsFencing.instance(member, request.memberId(), instanceId);
        return fenced == null ? go(group, member, request) : refuse(fenced);
    }

    private ApiError notFound(String group) {
        String why = shard.group(group) == null ? "not found" : "is not a streams group";
        return new ApiError(Errors.GROUP_ID_NOT_FOUND, "Group %s %s.".formatted(group, why));
    }

    private static Decision<GroupRecord, StreamsHeartbeat> refuse(ApiError error) {
        return Decision.answer(StreamsHeartbeat.refusal(error));
    }

    private Decision<GroupRecord, StreamsHeartbeat> go(
            StreamsGroup group, StreamsMember member, StreamsGroupHeartbeatRequestData request) {
        var answer =
                new StreamsHeartbeat(
                        new StreamsGroupHeartbeatResponseData()
                                .setMemberId(request.memberId())
                                .setMemberEpoch(request.memberEpoch())
                                .setStatus(List.of()),
                        List.of());
        boolean comesBack =
                request.instanceId() != null
                        && request.memberEpoch() == StreamsAssignment.LEFT_FOR_A_WHILE;
        List<GroupRecord> facts =
                comesBack ? List.of(leftForAWhile(group, member)) : removed(group, member);
        return Decision.write(
                facts,
                answer,
                () -> {
                    if (request.shutdownApplication()) {
                        group.watch().shutdownBy(request.memberId());
                    }
                    if (!comesBack) {
                        afterRemoval(group, member, new Left(StreamsCauses.who(member), ""));
                    }
                });
    }

    private static GroupRecord leftForAWhile(StreamsGroup group, StreamsMember member) {
        return new CurrentStored(group.id(), member.id(), member.current().leftForAWhile());
    }

    // ---- removing

    /// Takes the member out: its tasks are free, and the others shall have them.
    private static List<GroupRecord> removed(StreamsGroup group, StreamsMember member) {
        List<GroupRecord> facts = new ArrayList<>();
        forget(group.id(), member.id(), facts);
        Facts before = group.facts();
        int epoch = before.epoch() + 1;
        facts.add(
                new GroupStored(
                        group.id(),
                        new Facts(
                                epoch,
                                before.metadataHash(),
                                before.validatedTopologyEpoch(),
                                before.configs(),
                                before.storedDescriptionEpoch(),
                                before.failedDescriptionEpoch())));
        if (group.size() == 1) {
            facts.add(new TargetEpochStored(group.id(), epoch, 0));
        }
        return facts;
    }

    private void afterRemoval(StreamsGroup group, StreamsMember member, RebalanceCause why) {
        shard.history.record(group, group.epoch(), why);
        timers.forget(group.id(), member.id());
        group.watch().forget(member.id());
        if (group.isEmpty()) {
            group.watch().everybodyLeft();
        }
    }

    /// Everything that the log has of one member.
    static void forget(String group, String memberId, List<GroupRecord> facts) {
        facts.add(new CurrentForgotten(group, memberId));
        facts.add(new TargetForgotten(group, memberId));
        facts.add(new MemberForgotten(group, memberId));
    }

    private Decision<GroupRecord, ?> remove(
            StreamsGroup group, StreamsMember member, RebalanceCause why) {
        return Decision.write(removed(group, member), true, () -> afterRemoval(group, member, why));
    }

    // ---- time-outs

    @Override
    public Decision<GroupRecord, ?> sessionOver(String groupId, String memberId) {
        StreamsGroup group = shard.streamsGroup(groupId);
        StreamsMember member = group == null ? null : group.member(memberId);
        if (group == null || member == null) {
            return Decision.answer(false);
        }
        var config = brokers.forGroup(shard.overlay(groupId));
        int timeoutMs = config.sessionTimeoutMs();
        var why = new SessionExpired(StreamsCauses.who(member), timeoutMs, timeoutMs);
        return remove(group, member, why);
    }

    @Override
    public Decision<GroupRecord, ?> revocationOver(String groupId, String memberId, int epoch) {
        StreamsGroup group = shard.streamsGroup(groupId);
        StreamsMember member = group == null ? null : group.member(memberId);
        return group == null || member == null || member.epoch() != epoch
                ? Decision.answer(false)
                : remove(group, member, StreamsCauses.late(member));
    }

    @Override
    public Decision<GroupRecord, ?> firstMembersHaveCome(String groupId) {
        @Nullable StreamsGroup group = shard.streamsGroup(groupId);
        if (group == null) {
            return Decision.answer(false);
        }
        List<GroupRecord> facts = new ArrayList<>();
        ConfiguredTopology topology = group.watch().configured();
        if (!group.isEmpty() && group.epoch() > group.targetEpoch() && topology != null) {
            StreamsGroupConfig config = brokers.forGroup(shard.overlay(groupId));
            StreamsTargets.write(
                    groupId,
                    group.epoch(),
                    clock.wallMs(),
                    StreamsTargets.computed(group.members(), group.watch(), topology, config),
                    group::target,
                    facts);
        }
        return Decision.write(facts, true, () -> group.watch().delayed(false));
    }
}
