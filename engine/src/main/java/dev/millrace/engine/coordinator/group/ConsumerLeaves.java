package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.Decision;
import dev.millrace.engine.coordinator.group.ConsumerRecord.CurrentForgotten;
import dev.millrace.engine.coordinator.group.ConsumerRecord.CurrentStored;
import dev.millrace.engine.coordinator.group.ConsumerRecord.GroupEpochStored;
import dev.millrace.engine.coordinator.group.ConsumerRecord.MemberForgotten;
import dev.millrace.engine.coordinator.group.ConsumerRecord.RegexForgotten;
import dev.millrace.engine.coordinator.group.ConsumerRecord.TargetEpochStored;
import dev.millrace.engine.coordinator.group.ConsumerRecord.TargetForgotten;
import dev.millrace.engine.coordinator.group.MembershipCause.Left;
import dev.millrace.engine.coordinator.group.MembershipCause.RebalanceTimedOut;
import dev.millrace.engine.coordinator.group.MembershipCause.SessionExpired;
import dev.millrace.engine.env.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;
import org.jspecify.annotations.Nullable;

/// Members of the consumer protocol go: of themselves, for good or for a while, or because nothing was heard of them.
final class ConsumerLeaves implements ConsumerTimers.Expiry {
    private final GroupShard shard;
    private final TopicHashes hashes;
    private final Conversions conversions;
    private final Clock clock;
    private final GroupConfig config;

    ConsumerLeaves(
            GroupShard shard,
            TopicHashes hashes,
            Conversions conversions,
            Clock clock,
            GroupConfig config) {
        this.shard = shard;
        this.hashes = hashes;
        this.conversions = conversions;
        this.clock = clock;
        this.config = config;
    }

    /// A heartbeat with the member epoch -1, or -2 of a static member that will be back.
    Decision<GroupRecord, ConsumerGroupHeartbeatResponseData> leave(
            ConsumerGroupHeartbeatRequestData request) {
        ConsumerGroup group = shard.consumerGroup(request.groupId());
        if (group == null) {
            return refuse(notFound(request.groupId()));
        }
        String instanceId = request.instanceId();
        ConsumerMember member =
                instanceId == null ? group.member(request.memberId()) : group.instance(instanceId);
        if (member == null) {
            return refuse(
                    instanceId == null
                            ? ConsumerFencing.unknownMember(group, request.memberId())
                            : ConsumerFencing.unknownInstance(instanceId));
        }
        ApiError fenced =
                instanceId == null
                        ? null
                        : ConsumerFencing.instance(member, request.memberId(), instanceId);
        if (fenced != null) {
            return refuse(fenced);
        }
        var answer =
                new ConsumerGroupHeartbeatResponseData()
                        .setMemberId(request.memberId())
                        .setMemberEpoch(request.memberEpoch());
        boolean comesBack =
                instanceId != null && request.memberEpoch() == ConsumerAssignment.LEFT_FOR_A_WHILE;
        return comesBack
                ? Decision.write(List.of(leftForAWhile(group, member)), answer)
                : remove(group, member, answer, new Left(ConsumerCauses.who(member), ""));
    }

    private ApiError notFound(String group) {
        String why = shard.group(group) == null ? "not found" : "is not a consumer group";
        return new ApiError(Errors.GROUP_ID_NOT_FOUND, "Group %s %s.".formatted(group, why));
    }

    private static Decision<GroupRecord, ConsumerGroupHeartbeatResponseData> refuse(
            ApiError error) {
        return Decision.answer(ConsumerHeartbeats.refusal(error));
    }

    private static GroupRecord leftForAWhile(ConsumerGroup group, ConsumerMember member) {
        return new CurrentStored(group.id(), member.id(), member.current().leftForAWhile());
    }

    // ---- removing

    /// Takes the members out: what they had is free, and the others shall have it. Where only members of the classic protocol
    /// are left, the group becomes one of theirs.
    ///
    /// @param leaving at least one, by id
    /// @param why for each of them
    <R> Decision<GroupRecord, R> remove(
            ConsumerGroup group,
            Map<String, ConsumerMember> leaving,
            R answer,
            List<RebalanceCause> why) {
        if (Downgrade.isDue(group, leaving.keySet(), config)) {
            Downgrade downgrade =
                    Downgrade.without(
                            group, leaving.keySet(), shard.metadata().topics(), clock.wallMs());
            return Decision.write(
                    downgrade.records(),
                    answer,
                    () -> {
                        record(group, group.epoch() + 1, why);
                        conversions.downgraded(downgrade);
                    });
        }
        List<GroupRecord> facts = new ArrayList<>();
        Counts topics = group.topics().copy();
        Counts regexes = group.regexes().copy();
        for (ConsumerMember member : leaving.values()) {
            forget(group.id(), member.id(), facts);
            topics.removeAll(member.said().topics());
            String regex = member.said().regex();
            regexes.remove(regex);
            if (member.said().hasRegex() && regexes.of(regex) == 0) {
                facts.add(new RegexForgotten(group.id(), regex));
                topics.removeAll(resolved(group, regex));
            }
        }
        int epoch = group.epoch() + 1;
        long hash = hashes.of(topics.texts(), shard.metadata());
        facts.add(new GroupEpochStored(group.id(), epoch, hash));
        if (group.size() == leaving.size()) {
            facts.add(new TargetEpochStored(group.id(), epoch, 0));
        }
        return Decision.write(
                facts,
                answer,
                () -> {
                    record(group, epoch, why);
                    leaving.keySet().forEach(id -> shard.consumerTimers.forget(group, id));
                });
    }

    private void record(ConsumerGroup group, int epoch, List<RebalanceCause> why) {
        why.forEach(each -> shard.history.record(group, epoch, each));
    }

    private <R> Decision<GroupRecord, R> remove(
            ConsumerGroup group, ConsumerMember member, R answer, RebalanceCause why) {
        return remove(group, Map.of(member.id(), member), answer, List.of(why));
    }

    private static List<String> resolved(ConsumerGroup group, String regex) {
        ConsumerRecord.@Nullable Resolution resolution = group.resolution(regex);
        return resolution == null ? List.of() : resolution.topics();
    }

    /// Everything that the log has of one member.
    static void forget(String group, String memberId, List<GroupRecord> facts) {
        facts.add(new CurrentForgotten(group, memberId));
        facts.add(new TargetForgotten(group, memberId));
        facts.add(new MemberForgotten(group, memberId));
    }

    // ---- time-outs

    @Override
    public Decision<GroupRecord, ?> sessionOver(String groupId, String memberId) {
        return over(groupId, memberId, this::silent);
    }

    @Override
    public Decision<GroupRecord, ?> dutyOver(String groupId, String memberId, String duty) {
        return over(groupId, memberId, (_, member) -> late(member, duty));
    }

    private Decision<GroupRecord, ?> over(
            String groupId,
            String memberId,
            BiFunction<ConsumerGroup, ConsumerMember, RebalanceCause> why) {
        ConsumerGroup group = shard.consumerGroup(groupId);
        ConsumerMember member = group == null ? null : group.member(memberId);
        return group == null || member == null
                ? Decision.answer(false)
                : remove(group, member, true, why.apply(group, member));
    }

    private RebalanceCause silent(ConsumerGroup group, ConsumerMember member) {
        var classic = member.said().classic();
        int timeoutMs =
                classic == null
                        ? shard.consumerConfig(group).sessionTimeoutMs()
                        : classic.sessionTimeoutMs();
        return new SessionExpired(ConsumerCauses.who(member), timeoutMs, timeoutMs);
    }

    @Override
    public Decision<GroupRecord, ?> revocationOver(String groupId, String memberId, int epoch) {
        ConsumerGroup group = shard.consumerGroup(groupId);
        ConsumerMember member = group == null ? null : group.member(memberId);
        return group == null || member == null || member.epoch() != epoch
                ? Decision.answer(false)
                : remove(group, member, true, late(member, "give up partitions"));
    }

    private static RebalanceCause late(ConsumerMember member, String duty) {
        return new RebalanceTimedOut(
                ConsumerCauses.who(member), duty, member.said().rebalanceTimeoutMs());
    }
}
