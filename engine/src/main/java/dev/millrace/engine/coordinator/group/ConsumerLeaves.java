package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.Decision;
import dev.millrace.engine.coordinator.group.ConsumerRecord.CurrentForgotten;
import dev.millrace.engine.coordinator.group.ConsumerRecord.CurrentStored;
import dev.millrace.engine.coordinator.group.ConsumerRecord.GroupEpochStored;
import dev.millrace.engine.coordinator.group.ConsumerRecord.MemberForgotten;
import dev.millrace.engine.coordinator.group.ConsumerRecord.RegexForgotten;
import dev.millrace.engine.coordinator.group.ConsumerRecord.TargetEpochStored;
import dev.millrace.engine.coordinator.group.ConsumerRecord.TargetForgotten;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;
import org.jspecify.annotations.Nullable;

/// Members of the consumer protocol go: of themselves, for good or for a while, or because nothing was heard of them.
final class ConsumerLeaves implements ConsumerTimers.Expiry {
    private final GroupShard shard;
    private final TopicHashes hashes;

    ConsumerLeaves(GroupShard shard, TopicHashes hashes) {
        this.shard = shard;
        this.hashes = hashes;
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
                : remove(group, member, answer);
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

    /// Takes the member out: what it had is free, and the others shall have it.
    private <R> Decision<GroupRecord, R> remove(
            ConsumerGroup group, ConsumerMember member, R answer) {
        List<GroupRecord> facts = new ArrayList<>();
        forget(group.id(), member.id(), facts);
        Counts topics = group.topics().copy();
        topics.removeAll(member.said().topics());
        String regex = member.said().regex();
        if (group.regexes().of(regex) == 1) {
            facts.add(new RegexForgotten(group.id(), regex));
            topics.removeAll(resolved(group, regex));
        }
        int epoch = group.epoch() + 1;
        long hash = hashes.of(topics.texts(), shard.metadata());
        facts.add(new GroupEpochStored(group.id(), epoch, hash));
        if (group.size() == 1) {
            facts.add(new TargetEpochStored(group.id(), epoch, 0));
        }
        return Decision.write(facts, answer, () -> shard.consumerTimers.forget(group, member.id()));
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
        ConsumerGroup group = shard.consumerGroup(groupId);
        ConsumerMember member = group == null ? null : group.member(memberId);
        return group == null || member == null
                ? Decision.answer(false)
                : remove(group, member, true);
    }

    @Override
    public Decision<GroupRecord, ?> revocationOver(String groupId, String memberId, int epoch) {
        ConsumerGroup group = shard.consumerGroup(groupId);
        ConsumerMember member = group == null ? null : group.member(memberId);
        return group == null || member == null || member.epoch() != epoch
                ? Decision.answer(false)
                : remove(group, member, true);
    }
}
