package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.Decision;
import dev.millrace.engine.coordinator.group.ConsumerRecord.CurrentStored;
import dev.millrace.engine.coordinator.group.ConsumerRecord.GroupEpochStored;
import dev.millrace.engine.coordinator.group.ConsumerRecord.MemberStored;
import dev.millrace.engine.coordinator.group.ConsumerRecord.PartitionsForgotten;
import dev.millrace.engine.coordinator.group.ConsumerRecord.TargetStored;
import dev.millrace.engine.env.Clock;
import dev.millrace.engine.env.Entropy;
import dev.millrace.engine.metadata.MetadataImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
/// One heartbeat is decided in steps, each of which may add facts to a [ConsumerDraft]:
/// ```
///   admit ─> member: joins, goes on, or takes its static predecessor's place
///         ─> subscription: what it says now ─> group epoch, when that or the topics ask for another assignment
///         ─> target: computed when the group epoch is past it ─> reconciliation: the member's next step towards it
/// ```
/// When nothing is new nothing is written.
final class ConsumerHeartbeats {
    private final GroupShard shard;
    private final ConsumerRegexes regexes;
    private final TopicHashes hashes;
    private final Clock clock;
    private final Entropy entropy;

    ConsumerHeartbeats(
            GroupShard shard,
            ConsumerRegexes regexes,
            TopicHashes hashes,
            Clock clock,
            Entropy entropy) {
        this.shard = shard;
        this.regexes = regexes;
        this.hashes = hashes;
        this.clock = clock;
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
        boolean joins = request.memberEpoch() == 0;
        Group found = shard.group(request.groupId());
        ConsumerGroup group = joins ? groupToJoin(found, request.groupId()) : asConsumers(found);
        if (group == null) {
            return Decision.answer(refusal(notFound(found, request.groupId(), joins)));
        }
        ConsumerGroupConfig config = shard.consumerConfig(group);
        Member member = admit(group, config, request);
        if (member instanceof Member.Refused(ApiError error)) {
            return Decision.answer(refusal(error));
        }
        ConsumerDraft draft = draft(group, (Member.Admitted) member);
        if (found instanceof ClassicGroup classic) {
            draft.facts.addAll(0, classic.tombstones());
        }
        return decide(draft, found, config, caller, request);
    }

    // ---- the group

    private static @Nullable ConsumerGroup asConsumers(@Nullable Group found) {
        return found instanceof ConsumerGroup group ? group : null;
    }

    /// A classic group without members gives way, keeping its offsets.
    private static @Nullable ConsumerGroup groupToJoin(@Nullable Group found, String id) {
        return switch (found) {
            case null -> new ConsumerGroup(id);
            case ConsumerGroup group -> group;
            case ClassicGroup classic -> classic.isEmpty() ? new ConsumerGroup(id) : null;
        };
    }

    private static ApiError notFound(@Nullable Group found, String id, boolean joins) {
        String why =
                found == null
                        ? "Consumer group %s not found."
                        : joins
                                ? "Cannot upgrade classic group %s to consumer group because online upgrade is disabled."
                                : "Group %s is not a consumer group.";
        return new ApiError(Errors.GROUP_ID_NOT_FOUND, why.formatted(id));
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
        if (owner.epoch() != ConsumerAssignment.LEFT_FOR_A_WHILE) {
            return new Member.Refused(ConsumerFencing.unreleased(owner, memberId, instanceId));
        }
        return new Member.Admitted(
                new ConsumerMember(memberId, owner.said(), owner.current().cameBack()), owner);
    }

    private static ConsumerDraft draft(ConsumerGroup group, Member.Admitted admitted) {
        var draft = new ConsumerDraft(group, admitted.member(), admitted.replaced());
        ConsumerMember replaced = draft.replaced;
        if (replaced != null) {
            ConsumerMember member = draft.member;
            ConsumerLeaves.forget(group.id(), replaced.id(), draft.facts);
            draft.facts.add(new MemberStored(group.id(), member.id(), member.said()));
            draft.facts.add(new TargetStored(group.id(), member.id(), draft.lastTarget()));
            draft.facts.add(new CurrentStored(group.id(), member.id(), member.current()));
        }
        return draft;
    }

    // ---- what is new

    private Decision<GroupRecord, ConsumerGroupHeartbeatResponseData> decide(
            ConsumerDraft draft,
            @Nullable Group found,
            ConsumerGroupConfig config,
            Caller caller,
            ConsumerGroupHeartbeatRequestData request) {
        ConsumerGroup group = draft.group;
        ConsumerSubscription before = draft.before.said();
        ConsumerSubscription said = before.updated(caller, request);
        draft.member = draft.member.with(said);
        ApiError refused = ConsumerRegexes.refusal(draft);
        if (refused != null) {
            return Decision.answer(refusal(refused));
        }
        if (!said.equals(before)) {
            draft.facts.add(new MemberStored(group.id(), draft.member.id(), said));
        }
        ConsumerRegexes.Change regex = ConsumerRegexes.change(draft);
        boolean otherTopics = !said.topics().equals(before.topics());
        MetadataImage image = shard.metadata();
        boolean asks =
                otherTopics
                        || regex == ConsumerRegexes.Change.RESOLVED
                        || asksForOtherAssignor(draft, config);
        if (asks || !group.watch().hasChecked(image.topics())) {
            raiseEpoch(draft, asks, image);
        }
        ConsumerTargets.Target target = ConsumerTargets.of(draft, config, image, clock.wallMs());
        boolean subscriptionChanged = otherTopics || regex != ConsumerRegexes.Change.NONE;
        if (!reconcile(draft, target, subscriptionChanged, image, request)) {
            return Decision.answer(refusal(ConsumerFencing.unknownState()));
        }
        boolean resolves = regexes.isDue(draft, config, image.topics());
        return Decision.write(
                draft.facts,
                answer(draft, config, request),
                () -> carryOut(draft, found, config, image, resolves));
    }

    private static boolean asksForOtherAssignor(ConsumerDraft draft, ConsumerGroupConfig config) {
        if (draft.member.said().equals(draft.before.said())) {
            return false;
        }
        String before = ConsumerTargets.preferred(draft.group.assignors(), config);
        return !ConsumerTargets.preferred(draft.assignors(), config).equals(before);
    }

    /// @param asks for another assignment whatever the topics are
    private void raiseEpoch(ConsumerDraft draft, boolean asks, MetadataImage image) {
        ConsumerGroup group = draft.group;
        long hash = hashes.of(draft.topics().texts(), image);
        if (asks || hash != group.metadataHash()) {
            draft.epoch++;
            draft.facts.add(new GroupEpochStored(group.id(), draft.epoch, hash));
        }
        if (group.hasPartitionsRecord()) {
            draft.facts.add(new PartitionsForgotten(group.id()));
        }
    }

    /// False when the member must give up everything and join again.
    private static boolean reconcile(
            ConsumerDraft draft,
            ConsumerTargets.Target target,
            boolean subscriptionChanged,
            MetadataImage image,
            ConsumerGroupHeartbeatRequestData request) {
        ConsumerAssignment current = draft.member.current();
        if (!subscriptionChanged && current.isReconciledTo(target.epoch())) {
            return true;
        }
        Set<Uuid> subscribed =
                ConsumerTargets.subscribed(draft.group, draft.member, image.topics());
        ConsumerAssignment next =
                ConsumerReconciliation.next(
                        current,
                        new ConsumerReconciliation.Goal(
                                target.epoch(), target.partitions(), subscribed),
                        new ConsumerReconciliation.Told(
                                subscriptionChanged, request.topicPartitions()),
                        draft::isFree);
        if (next == null) {
            return false;
        }
        if (!next.equals(current)) {
            draft.member = draft.member.with(next);
            draft.facts.add(new CurrentStored(draft.group.id(), draft.member.id(), next));
        }
        return true;
    }

    /// What a crash may forget: timers, and what was looked at.
    private void carryOut(
            ConsumerDraft draft,
            @Nullable Group found,
            ConsumerGroupConfig config,
            MetadataImage image,
            boolean resolves) {
        if (found instanceof ClassicGroup classic) {
            shard.buried(classic);
        }
        // A group that has just come to be is another object than the draft's.
        ConsumerGroup group = shard.consumerGroup(draft.group.id());
        if (group == null) {
            return;
        }
        if (draft.replaced != null) {
            shard.consumerTimers.forget(group, draft.replaced.id());
        }
        shard.consumerTimers.touch(group, draft.member.id(), config.sessionTimeoutMs());
        if (!draft.member.current().equals(draft.before.current())) {
            shard.consumerTimers.moved(group.id(), draft.member);
        }
        group.watch().checked(image.topics());
        if (resolves) {
            regexes.scheduleResolution(group.id());
        }
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
