package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.group.ConsumerRecord.CurrentStored;
import dev.millrace.engine.coordinator.group.ConsumerRecord.GroupEpochStored;
import dev.millrace.engine.coordinator.group.ConsumerRecord.MemberStored;
import dev.millrace.engine.coordinator.group.ConsumerRecord.PartitionsForgotten;
import dev.millrace.engine.coordinator.group.GroupCause.RebalanceUnfinished;
import dev.millrace.engine.env.Clock;
import dev.millrace.engine.metadata.MetadataImage;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData.TopicPartitions;
import org.apache.kafka.common.requests.ApiError;
import org.jspecify.annotations.Nullable;

/// What a member's request does in a group of the consumer protocol, whichever protocol the member speaks. Each step may add
/// facts to the [ConsumerDraft]:
/// ```
///   subscription: what it says now ─> group epoch, when that or the topics ask for another assignment
///         ─> target: computed when the group epoch is past it ─> reconciliation: the member's next step towards it
/// ```
/// When nothing is new nothing is written.
final class ConsumerSteps {
    private final GroupShard shard;
    private final ConsumerRegexes regexes;
    private final TopicHashes hashes;
    private final Clock clock;

    ConsumerSteps(GroupShard shard, ConsumerRegexes regexes, TopicHashes hashes, Clock clock) {
        this.shard = shard;
        this.regexes = regexes;
        this.hashes = hashes;
        this.clock = clock;
    }

    /// @param said what the member says about itself now, all of it
    /// @param owned the partitions that it still holds; null when it does not say
    record News(ConsumerSubscription said, @Nullable List<TopicPartitions> owned) {}

    sealed interface Outcome {
        record Refused(ApiError error) implements Outcome {}

        /// @param image that it was decided with
        /// @param resolves the group's regular expressions are to be matched with the topics
        record Taken(MetadataImage image, ConsumerGroupConfig config, boolean resolves)
                implements Outcome {}
    }

    Outcome take(ConsumerDraft draft, News news, ConsumerGroupConfig config) {
        ConsumerGroup group = draft.group;
        ConsumerSubscription before = draft.before.said();
        ConsumerSubscription said = news.said();
        draft.member = draft.member.with(said);
        ApiError refused = ConsumerRegexes.refusal(draft);
        if (refused != null) {
            return new Outcome.Refused(refused);
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
        if (!reconcile(draft, target, subscriptionChanged, image, news.owned())) {
            return new Outcome.Refused(ConsumerFencing.unknownState());
        }
        return new Outcome.Taken(image, config, regexes.isDue(draft, config, image.topics()));
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
            draft.cause = asks ? ConsumerCauses.brought(draft) : cause(draft, image);
            draft.facts.add(new GroupEpochStored(group.id(), draft.epoch, hash));
        }
        if (group.hasPartitionsRecord()) {
            draft.facts.add(new PartitionsForgotten(group.id()));
        }
    }

    private static RebalanceCause cause(ConsumerDraft draft, MetadataImage image) {
        ConsumerGroup group = draft.group;
        return group.metadataHash() == Upgrade.REBALANCE_DUE
                ? new RebalanceUnfinished(group.size())
                : TopicChanges.between(
                        draft.topics().texts(), group.watch().checked(), image.topics());
    }

    /// False when the member must give up everything and join again.
    private static boolean reconcile(
            ConsumerDraft draft,
            ConsumerTargets.Target target,
            boolean subscriptionChanged,
            MetadataImage image,
            @Nullable List<TopicPartitions> owned) {
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
                        new ConsumerReconciliation.Told(subscriptionChanged, owned),
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

    /// What a crash may forget: timers, and what was looked at. An effect.
    void carryOut(ConsumerDraft draft, Outcome.Taken taken) {
        // A group that has just come to be is another object than the draft's.
        ConsumerGroup group = shard.consumerGroup(draft.group.id());
        if (group == null) {
            return;
        }
        if (draft.cause != null) {
            shard.history.record(group, draft.epoch, draft.cause);
        }
        if (draft.replaced != null) {
            shard.consumerTimers.forget(group, draft.replaced.id());
        }
        var classic = draft.member.said().classic();
        shard.consumerTimers.touch(
                group,
                draft.member.id(),
                classic == null ? taken.config().sessionTimeoutMs() : classic.sessionTimeoutMs());
        if (!draft.member.equals(draft.before)) {
            shard.consumerTimers.moved(group.id(), draft.member);
        }
        group.watch().checked(taken.image().topics());
        if (taken.resolves()) {
            regexes.scheduleResolution(group.id());
        }
    }
}
