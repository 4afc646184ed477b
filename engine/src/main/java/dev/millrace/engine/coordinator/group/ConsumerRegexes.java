package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.Decision;
import dev.millrace.engine.coordinator.ShardHost;
import dev.millrace.engine.coordinator.group.ConsumerRecord.GroupEpochStored;
import dev.millrace.engine.coordinator.group.ConsumerRecord.RegexForgotten;
import dev.millrace.engine.coordinator.group.ConsumerRecord.RegexResolved;
import dev.millrace.engine.coordinator.group.ConsumerRecord.Resolution;
import dev.millrace.engine.env.Clock;
import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.metadata.TopicImage;
import dev.millrace.engine.metadata.TopicsImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.kafka.common.requests.ApiError;
import org.jspecify.annotations.Nullable;

/// Subscriptions by regular expression: which topics they are is found out apart from the heartbeat that asks for it, and
/// written down, so that every coordinator of the group goes by the same.
///
/// They are matched anew when a topic was created, when a member brings another expression, and every
/// `group.consumer.regex.refresh.interval.ms`; never twice within [#PAUSE_MS].
final class ConsumerRegexes {
    static final long PAUSE_MS = 10_000;

    private final GroupShard shard;
    private final ShardHost<GroupRecord> host;
    private final Clock clock;
    private final TopicHashes hashes;

    ConsumerRegexes(
            GroupShard shard, ShardHost<GroupRecord> host, Clock clock, TopicHashes hashes) {
        this.shard = shard;
        this.host = host;
        this.clock = clock;
        this.hashes = hashes;
    }

    /// What a heartbeat does to the expression of its member.
    enum Change {
        NONE,

        /// It is another, and its topics are not known yet.
        UNRESOLVED,

        /// It is another, and its topics are known; or it has none any more.
        RESOLVED
    }

    /// Why the member's expression is refused. One that another member has already is not looked at again.
    static @Nullable ApiError refusal(ConsumerDraft draft) {
        String regex = draft.member.said().regex();
        boolean isNew =
                !regex.equals(draft.before.said().regex())
                        && draft.member.said().hasRegex()
                        && draft.group.regexes().of(regex) == 0;
        return isNew ? TopicRegexes.check(regex) : null;
    }

    static Change change(ConsumerDraft draft) {
        String before = draft.before.said().regex();
        String regex = draft.member.said().regex();
        if (regex.equals(before)) {
            return Change.NONE;
        }
        if (draft.group.regexes().of(before) == 1) {
            draft.facts.add(new RegexForgotten(draft.group.id(), before));
        }
        boolean isKnown = regex.isEmpty() || draft.group.resolution(regex) != null;
        return isKnown ? Change.RESOLVED : Change.UNRESOLVED;
    }

    /// Are the expressions to be matched with the topics, after this heartbeat?
    boolean isDue(ConsumerDraft draft, ConsumerGroupConfig config, TopicsImage topics) {
        ConsumerGroup group = draft.group;
        String regex = draft.member.said().regex();
        if (regex.isEmpty() && group.regexes().texts().isEmpty()) {
            return false;
        }
        long nowMs = clock.wallMs();
        long lastMs = lastResolvedMs(group, nowMs);
        if (nowMs - PAUSE_MS <= lastMs) {
            return false;
        }
        return isAnyUnresolved(draft)
                || nowMs - config.regexRefreshIntervalMs() > lastMs
                || hasNewTopics(group.watch(), topics);
    }

    /// What is in the future counts as never: it is of a coordinator whose clock was ahead, or somebody has set this one's since.
    private static long lastResolvedMs(ConsumerGroup group, long nowMs) {
        long last = Long.MAX_VALUE;
        for (Resolution resolution : group.resolutions().values()) {
            last = Math.min(last, resolution.resolvedMs());
        }
        return last > nowMs ? Long.MIN_VALUE : last;
    }

    private static boolean isAnyUnresolved(ConsumerDraft draft) {
        ConsumerGroup group = draft.group;
        String regex = draft.member.said().regex();
        return (!regex.isEmpty() && group.resolution(regex) == null)
                || !group.resolutions().keySet().containsAll(group.regexes().texts());
    }

    /// Only ids that were not there count: what goes away changes the group's hash. Looked through once for each image, however
    /// many heartbeats ask.
    @SuppressWarnings("ReferenceEquality") // images share what did not change
    private static boolean hasNewTopics(ConsumerWatch watch, TopicsImage topics) {
        TopicsImage before = watch.searched();
        if (before == null || before == topics) {
            return before == null;
        }
        for (TopicImage topic : topics.inNameOrder()) {
            if (before.byId(topic.id()) == null) {
                return true;
            }
        }
        watch.searched(topics);
        return false;
    }

    /// An effect.
    void scheduleResolution(String group) {
        host.schedule(new TimerKey.Regexes(group), 0, () -> resolve(group));
    }

    /// Matches every expression of the group; another result asks for another assignment.
    private Decision<GroupRecord, Boolean> resolve(String groupId) {
        ConsumerGroup group = shard.consumerGroup(groupId);
        if (group == null || group.regexes().texts().isEmpty()) {
            return Decision.answer(false);
        }
        MetadataImage image = shard.metadata();
        List<GroupRecord> facts = new ArrayList<>();
        Counts topics = group.topics().copy();
        RebalanceCause changed = null;
        Map<String, Set<String>> matches =
                TopicRegexes.resolve(group.regexes().texts(), image.topics());
        for (Map.Entry<String, Set<String>> match : matches.entrySet()) {
            var now = new Resolution(List.copyOf(match.getValue()), image.offset(), clock.wallMs());
            Resolution last =
                    Objects.requireNonNullElse(
                            group.resolution(match.getKey()), Resolution.NOTHING);
            if (changed == null && !now.topics().equals(last.topics())) {
                changed = ConsumerCauses.matched(match.getKey(), last.topics(), now.topics());
            }
            topics.removeAll(last.topics());
            topics.addAll(now.topics());
            facts.add(new RegexResolved(groupId, match.getKey(), now));
        }
        long hash = hashes.of(topics.texts(), image);
        int epoch = group.epoch() + 1;
        RebalanceCause why =
                changed != null || hash == group.metadataHash()
                        ? changed
                        : TopicChanges.between(
                                topics.texts(), group.watch().checked(), image.topics());
        if (why != null) {
            facts.add(new GroupEpochStored(groupId, epoch, hash));
        }
        return Decision.write(
                facts,
                true,
                () -> {
                    if (why != null) {
                        shard.history.record(group, epoch, why);
                    }
                    group.watch().searched(image.topics());
                    group.watch().checked(image.topics());
                });
    }
}
