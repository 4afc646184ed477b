package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.Decision;
import dev.millrace.engine.env.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData.MemberIdentity;
import org.apache.kafka.common.message.LeaveGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupResponseData.MemberResponse;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.utils.Bytes;
import org.jspecify.annotations.Nullable;

/// SyncGroup, Heartbeat and LeaveGroup of members of the classic protocol in a group of the consumer protocol.
///
/// ```
///   Heartbeat ──REBALANCE_IN_PROGRESS──> JoinGroup ([MixedJoins]) ──> SyncGroup ──> Heartbeat ...
///       └─ within the rebalance time-out ─┘  └─ within it again ─┘
/// ```
final class MixedMembers {
    private final GroupShard shard;
    private final Clock clock;

    MixedMembers(GroupShard shard, Clock clock) {
        this.shard = shard;
        this.clock = clock;
    }

    // ---- who speaks

    /// Does it speak for a member of the classic protocol, of this generation?
    private static Errors fence(
            ConsumerGroup group, String memberId, @Nullable String instanceId, int generation) {
        ConsumerMember member = find(group, memberId, instanceId);
        if (member == null) {
            return Errors.UNKNOWN_MEMBER_ID;
        }
        if (!member.id().equals(memberId)) {
            return Errors.FENCED_INSTANCE_ID;
        }
        if (member.said().classic() == null) {
            return Errors.UNKNOWN_MEMBER_ID;
        }
        return generation == member.epoch() ? Errors.NONE : Errors.ILLEGAL_GENERATION;
    }

    private static @Nullable ConsumerMember find(
            ConsumerGroup group, String memberId, @Nullable String instanceId) {
        return instanceId == null ? group.member(memberId) : group.instance(instanceId);
    }

    private static ConsumerSubscription.Classic classic(ConsumerMember member) {
        return Objects.requireNonNull(member.said().classic());
    }

    // ---- SyncGroup

    Decision<GroupRecord, SyncGroupResponseData> sync(
            SyncGroupRequestData request, ConsumerGroup group) {
        String memberId = request.memberId();
        Errors error = fence(group, memberId, request.groupInstanceId(), request.generationId());
        if (error != Errors.NONE) {
            return Decision.answer(ClassicSyncs.refusal(error));
        }
        ConsumerMember member = Objects.requireNonNull(group.member(memberId));
        if (!agrees(request, member)) {
            return Decision.answer(ClassicSyncs.refusal(Errors.INCONSISTENT_GROUP_PROTOCOL));
        }
        boolean isBehind =
                group.targetEpoch() > member.epoch()
                        && member.current().state() != ConsumerMemberState.UNREVOKED_PARTITIONS;
        if (isBehind) {
            return Decision.answer(
                    ClassicSyncs.refusal(Errors.REBALANCE_IN_PROGRESS),
                    () -> shard.consumerTimers.awaitJoin(group, member));
        }
        var answer =
                new SyncGroupResponseData()
                        .setProtocolType(request.protocolType())
                        .setProtocolName(request.protocolName())
                        .setAssignment(assignment(member).get());
        return Decision.answer(
                answer,
                () -> {
                    shard.consumerTimers.synced(group.id(), memberId);
                    shard.consumerTimers.touch(group, memberId, classic(member).sessionTimeoutMs());
                });
    }

    /// What the client does not say cannot be wrong (KIP-559).
    private static boolean agrees(SyncGroupRequestData request, ConsumerMember member) {
        String type = request.protocolType();
        String name = request.protocolName();
        return (type == null || type.equals(Subscriptions.CONSUMER))
                && (name == null || name.equals(classic(member).protocols().getFirst().name()));
    }

    private Bytes assignment(ConsumerMember member) {
        var partitions = new LinkedHashMap<Uuid, Set<Integer>>();
        member.current()
                .assigned()
                .forEach((topic, epochs) -> partitions.put(topic, epochs.keySet()));
        return EmbeddedProtocol.assignment(
                partitions,
                classic(member).protocols().getFirst().metadata(),
                shard.metadata().topics());
    }

    // ---- Heartbeat

    Decision<GroupRecord, Errors> heartbeat(HeartbeatRequestData request, ConsumerGroup group) {
        String memberId = request.memberId();
        Errors error = fence(group, memberId, request.groupInstanceId(), request.generationId());
        if (error != Errors.NONE) {
            return Decision.answer(error);
        }
        ConsumerMember member = Objects.requireNonNull(group.member(memberId));
        boolean mustJoin = mustJoin(group, member);
        return Decision.answer(
                mustJoin ? Errors.REBALANCE_IN_PROGRESS : Errors.NONE,
                () -> {
                    shard.consumerTimers.touch(group, memberId, classic(member).sessionTimeoutMs());
                    if (mustJoin) {
                        shard.consumerTimers.awaitJoin(group, member);
                    }
                });
    }

    /// Is there a step that it could take?
    private boolean mustJoin(ConsumerGroup group, ConsumerMember member) {
        return member.epoch() < group.targetEpoch()
                || isNobodyElseToAssign(group)
                || switch (member.current().state()) {
                    case UNREVOKED_PARTITIONS -> true;
                    case UNRELEASED_PARTITIONS -> !waits(group, member);
                    case STABLE, UNKNOWN -> false;
                };
    }

    /// Targets are computed by who joins, and by heartbeats of the consumer protocol: where only classic members are left (no
    /// downgrade is allowed, or there are too many of them) one of these has to join.
    private boolean isNobodyElseToAssign(ConsumerGroup group) {
        return group.epoch() > group.targetEpoch()
                && ConsumerTargets.mayCompute(group, shard.consumerConfig(group), clock.wallMs())
                && group.inOrder().stream().allMatch(m -> m.said().classic() != null);
    }

    /// Does somebody still hold what it is to get?
    private static boolean waits(ConsumerGroup group, ConsumerMember member) {
        for (Map.Entry<Uuid, Set<Integer>> target : group.target(member.id()).entrySet()) {
            var has = member.current().assigned().getOrDefault(target.getKey(), Map.of());
            for (int partition : target.getValue()) {
                if (!has.containsKey(partition)
                        && group.owner(target.getKey(), partition) != null) {
                    return true;
                }
            }
        }
        return false;
    }

    // ---- LeaveGroup

    /// Members of either protocol: an administrator removes them so.
    Decision<GroupRecord, LeaveGroupResponseData> leave(
            LeaveGroupRequestData request, ConsumerGroup group) {
        var responses = new ArrayList<MemberResponse>(request.members().size());
        var leaving = new LinkedHashMap<String, ConsumerMember>();
        var why = new ArrayList<RebalanceCause>();
        for (MemberIdentity identity : request.members()) {
            ConsumerMember member = find(group, identity.memberId(), identity.groupInstanceId());
            Errors error = mayLeave(member, identity);
            if (member != null && error == Errors.NONE) {
                leaving.put(member.id(), member);
                why.add(ClassicCauses.leaving(ConsumerCauses.who(member), identity));
            }
            responses.add(
                    new MemberResponse()
                            .setMemberId(identity.memberId())
                            .setGroupInstanceId(identity.groupInstanceId())
                            .setErrorCode(error.code()));
        }
        var response = new LeaveGroupResponseData().setMembers(responses);
        return leaving.isEmpty()
                ? Decision.answer(response)
                : shard.consumerLeaves.remove(group, leaving, response, why);
    }

    private static Errors mayLeave(@Nullable ConsumerMember member, MemberIdentity identity) {
        if (member == null) {
            return Errors.UNKNOWN_MEMBER_ID;
        }
        boolean namesAnother =
                !identity.memberId().equals(MemberFencing.UNKNOWN_MEMBER_ID)
                        && !identity.memberId().equals(member.id());
        return namesAnother ? Errors.FENCED_INSTANCE_ID : Errors.NONE;
    }
}
