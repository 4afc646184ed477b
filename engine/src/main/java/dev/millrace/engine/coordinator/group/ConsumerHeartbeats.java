package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.Decision;
import dev.millrace.engine.env.Entropy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData.Assignment;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData.TopicPartitions;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;
import org.jspecify.annotations.Nullable;

/// ConsumerGroupHeartbeat: a member says what is new, and hears what it has to read (KIP-848).
///
/// ```
///   group: found, made, or upgraded ─> member: joins, goes on, or takes its static predecessor's place ─> [ConsumerSteps]
/// ```
final class ConsumerHeartbeats {
    private final GroupShard shard;
    private final ConsumerSteps steps;
    private final Conversions conversions;
    private final TopicHashes hashes;
    private final Entropy entropy;

    ConsumerHeartbeats(
            GroupShard shard,
            ConsumerSteps steps,
            Conversions conversions,
            TopicHashes hashes,
            Entropy entropy) {
        this.shard = shard;
        this.steps = steps;
        this.conversions = conversions;
        this.hashes = hashes;
        this.entropy = entropy;
    }

    static ConsumerGroupHeartbeatResponseData refusal(ApiError error) {
        return new ConsumerGroupHeartbeatResponseData()
                .setErrorCode(error.error().code())
                .setErrorMessage(error.message());
    }

    /// @param request of a member that does not leave, and with nothing wrong by itself
    Decision<GroupRecord, ConsumerGroupHeartbeatResponseData> heartbeat(
            Caller caller, ConsumerGroupHeartbeatRequestData request) {
        Group found = shard.group(request.groupId());
        Place place = place(found, request);
        if (place instanceof Place.Refused(ApiError error)) {
            return Decision.answer(refusal(error));
        }
        var here = (Place.Here) place;
        ConsumerGroup group = here.group();
        ConsumerGroupConfig config = shard.consumerConfig(group);
        Member member = admit(group, config, request);
        if (member instanceof Member.Refused(ApiError error)) {
            return Decision.answer(refusal(error));
        }
        var admitted = (Member.Admitted) member;
        ConsumerDraft draft = ConsumerDraft.of(group, admitted.member(), admitted.replaced());
        draft.facts.addAll(0, here.conversion());
        return decide(draft, found, config, caller, request);
    }

    // ---- the group

    private sealed interface Place {
        record Refused(ApiError error) implements Place {}

        /// @param conversion what makes this group out of one of another kind
        record Here(ConsumerGroup group, List<GroupRecord> conversion) implements Place {}
    }

    /// A group of another kind without members gives way, keeping its offsets; a classic one with members is upgraded.
    private Place place(@Nullable Group found, ConsumerGroupHeartbeatRequestData request) {
        boolean joins = request.memberEpoch() == 0;
        return switch (found) {
            case ConsumerGroup group -> new Place.Here(group, List.of());
            case null ->
                    joins
                            ? new Place.Here(new ConsumerGroup(request.groupId()), List.of())
                            : notFound("Consumer group %s not found.", request);
            case ClassicGroup _ when !joins ->
                    notFound("Group %s is not a consumer group.", request);
            case ClassicGroup classic when classic.isEmpty() ->
                    new Place.Here(new ConsumerGroup(classic.id()), classic.tombstones());
            case ClassicGroup classic -> upgrade(classic);
            case StreamsGroup _ -> notFound("Group %s is not a consumer group.", request);
        };
    }

    private static Place notFound(String why, ConsumerGroupHeartbeatRequestData request) {
        return new Place.Refused(
                new ApiError(Errors.GROUP_ID_NOT_FOUND, why.formatted(request.groupId())));
    }

    private Place upgrade(ClassicGroup classic) {
        return switch (Upgrade.of(classic, shard.consumerConfig(), shard.metadata(), hashes)) {
            case Upgrade.Result.Refused(ApiError error) -> new Place.Refused(error);
            case Upgrade.Result.Facts(var facts) -> {
                var group = new ConsumerGroup(classic.id());
                for (GroupRecord fact : facts) {
                    if (fact instanceof ConsumerRecord consumers) {
                        group.replay(consumers);
                    }
                }
                yield new Place.Here(group, facts);
            }
        };
    }

    // ---- the member

    private sealed interface Member {
        record Refused(ApiError error) implements Member {}

        /// @param replaced the static member whose place it takes
        record Admitted(ConsumerMember member, @Nullable ConsumerMember replaced)
                implements Member {}
    }

    private Member admit(
            ConsumerGroup group,
            ConsumerGroupConfig config,
            ConsumerGroupHeartbeatRequestData request) {
        String instanceId = request.instanceId();
        boolean isKnown =
                group.instance(instanceId) != null || group.member(request.memberId()) != null;
        if (!isKnown && group.size() >= config.maxSize()) {
            return new Member.Refused(
                    new ApiError(
                            Errors.GROUP_MAX_SIZE_REACHED,
                            "The consumer group has reached its maximum capacity of %d members."
                                    .formatted(config.maxSize())));
        }
        String memberId =
                request.memberId().isEmpty() ? entropy.uuid().toString() : request.memberId();
        return instanceId == null
                ? dynamic(group, memberId, request)
                : fixed(group, memberId, instanceId, request);
    }

    private static Member dynamic(
            ConsumerGroup group, String memberId, ConsumerGroupHeartbeatRequestData request) {
        ConsumerMember member = group.member(memberId);
        if (member == null) {
            return request.memberEpoch() == 0
                    ? new Member.Admitted(ConsumerMember.unknown(memberId), null)
                    : new Member.Refused(ConsumerFencing.unknownMember(group, memberId));
        }
        return atItsEpoch(member, request);
    }

    private static Member atItsEpoch(
            ConsumerMember member, ConsumerGroupHeartbeatRequestData request) {
        ApiError fenced =
                ConsumerFencing.epoch(member, request.memberEpoch(), request.topicPartitions());
        return fenced == null ? new Member.Admitted(member, null) : new Member.Refused(fenced);
    }

    private static Member fixed(
            ConsumerGroup group,
            String memberId,
            String instanceId,
            ConsumerGroupHeartbeatRequestData request) {
        ConsumerMember owner = group.instance(instanceId);
        if (request.memberEpoch() == 0) {
            return owner == null
                    ? new Member.Admitted(known(group, memberId), null)
                    : takeOver(owner, memberId, instanceId);
        }
        if (owner == null) {
            return new Member.Refused(ConsumerFencing.unknownInstance(instanceId));
        }
        ApiError fenced = ConsumerFencing.instance(owner, memberId, instanceId);
        return fenced == null ? atItsEpoch(owner, request) : new Member.Refused(fenced);
    }

    private static ConsumerMember known(ConsumerGroup group, String memberId) {
        ConsumerMember member = group.member(memberId);
        return member == null ? ConsumerMember.unknown(memberId) : member;
    }

    private static Member takeOver(ConsumerMember owner, String memberId, String instanceId) {
        boolean isThere =
                owner.epoch() != ConsumerAssignment.LEFT_FOR_A_WHILE
                        && owner.said().classic() == null;
        if (isThere) {
            return new Member.Refused(ConsumerFencing.unreleased(owner, memberId, instanceId));
        }
        return new Member.Admitted(
                new ConsumerMember(memberId, owner.said(), owner.current().cameBack()), owner);
    }

    // ---- what is new

    private Decision<GroupRecord, ConsumerGroupHeartbeatResponseData> decide(
            ConsumerDraft draft,
            @Nullable Group found,
            ConsumerGroupConfig config,
            Caller caller,
            ConsumerGroupHeartbeatRequestData request) {
        var news =
                new ConsumerSteps.News(
                        draft.before.said().updated(caller, request), request.topicPartitions());
        return switch (steps.take(draft, news, config)) {
            case ConsumerSteps.Outcome.Refused(ApiError error) -> Decision.answer(refusal(error));
            case ConsumerSteps.Outcome.Taken taken ->
                    Decision.write(
                            draft.facts,
                            answer(draft, config, request),
                            () -> {
                                if (found instanceof ClassicGroup classic) {
                                    conversions.upgraded(classic);
                                }
                                steps.carryOut(draft, taken);
                            });
        };
    }

    // ---- the answer

    private static ConsumerGroupHeartbeatResponseData answer(
            ConsumerDraft draft,
            ConsumerGroupConfig config,
            ConsumerGroupHeartbeatRequestData request) {
        ConsumerMember member = draft.member;
        var answer =
                new ConsumerGroupHeartbeatResponseData()
                        .setMemberId(member.id())
                        .setMemberEpoch(member.epoch())
                        .setHeartbeatIntervalMs(config.heartbeatIntervalMs());
        Map<Uuid, Map<Integer, Integer>> assigned = member.current().assigned();
        boolean isNews =
                request.memberEpoch() == 0
                        || isFull(request)
                        || !assigned.equals(draft.before.current().assigned());
        return isNews ? answer.setAssignment(assignment(assigned)) : answer;
    }

    /// A member that says everything may have lost everything.
    private static boolean isFull(ConsumerGroupHeartbeatRequestData request) {
        return request.rebalanceTimeoutMs() != -1
                && (request.subscribedTopicNames() != null
                        || request.subscribedTopicRegex() != null)
                && request.topicPartitions() != null;
    }

    private static Assignment assignment(Map<Uuid, Map<Integer, Integer>> assigned) {
        List<TopicPartitions> topics = new ArrayList<>(assigned.size());
        assigned.forEach((topic, partitions) ->
                topics.add(
                        new TopicPartitions()
                                .setTopicId(topic)
                                .setPartitions(List.copyOf(partitions.keySet()))));
        return new Assignment().setTopicPartitions(topics);
    }
}
