package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.group.ConsumerRecord.Resolution;
import dev.millrace.engine.coordinator.group.ConsumerRecord.TargetEpochStored;
import dev.millrace.engine.coordinator.group.ConsumerRecord.TargetStored;
import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.metadata.TopicImage;
import dev.millrace.engine.metadata.TopicsImage;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.Uuid;

/// What the members of a consumer group shall have in the end: the assignor's answer for a group epoch, written down member by
/// member where it differs from the one before.
final class ConsumerTargets {
    private ConsumerTargets() {}

    /// What one member is to have, and of which group epoch that is.
    record Target(int epoch, Map<Uuid, Set<Integer>> partitions) {}

    /// The last target, or another when the group epoch is past it and the last was not computed just now.
    static Target of(
            ConsumerDraft draft, ConsumerGroupConfig config, MetadataImage image, long nowMs) {
        ConsumerGroup group = draft.group;
        boolean isCurrent = group.targetEpoch() >= draft.epoch;
        return isCurrent || !mayCompute(group, config, nowMs)
                ? new Target(group.targetEpoch(), draft.lastTarget())
                : compute(draft, config, image, nowMs);
    }

    static boolean mayCompute(ConsumerGroup group, ConsumerGroupConfig config, long nowMs) {
        return AssignmentInterval.isOver(
                group.targetComputedMs(), config.assignmentIntervalMs(), nowMs);
    }

    private static Target compute(
            ConsumerDraft draft, ConsumerGroupConfig config, MetadataImage image, long nowMs) {
        String group = draft.group.id();
        var members = new TreeMap<String, Subscriber>();
        draft.members()
                .forEach(
                        (id, member) -> members.put(id, subscriber(draft, member, image.topics())));
        Map<String, Map<Uuid, Set<Integer>>> targets =
                assignor(draft, config).assign(members, image.topics(), image.cluster());
        members.keySet()
                .forEach(id -> {
                    Map<Uuid, Set<Integer>> target = targets.getOrDefault(id, Map.of());
                    boolean isReplaced = draft.replaced != null && id.equals(draft.member.id());
                    Map<Uuid, Set<Integer>> last =
                            isReplaced ? draft.lastTarget() : draft.group.targetOrNull(id);
                    if (!target.equals(last)) {
                        draft.facts.add(new TargetStored(group, id, target));
                    }
                });
        draft.facts.add(new TargetEpochStored(group, draft.epoch, nowMs));
        return new Target(draft.epoch, targets.getOrDefault(draft.member.id(), Map.of()));
    }

    private static Subscriber subscriber(
            ConsumerDraft draft, ConsumerMember member, TopicsImage topics) {
        return new Subscriber(
                Optional.ofNullable(member.said().rackId()),
                Optional.ofNullable(member.said().instanceId()),
                subscribed(draft.group, member, topics),
                draft.lastTarget(member.id()));
    }

    /// The topics that a member reads and that exist.
    static Set<Uuid> subscribed(ConsumerGroup group, ConsumerMember member, TopicsImage topics) {
        var ids = new TreeSet<Uuid>();
        addIds(member.said().topics(), topics, ids);
        Resolution resolution = group.resolution(member.said().regex());
        if (resolution != null) {
            addIds(resolution.topics(), topics, ids);
        }
        return ids;
    }

    private static void addIds(Iterable<String> names, TopicsImage topics, Set<Uuid> ids) {
        for (String name : names) {
            TopicImage topic = topics.byName(name);
            if (topic != null) {
                ids.add(topic.id());
            }
        }
    }

    private static ConsumerAssignor assignor(ConsumerDraft draft, ConsumerGroupConfig config) {
        String preferred = preferred(draft.assignors(), config);
        ConsumerAssignor assignor = ConsumerAssignors.named(preferred);
        // A member may have asked for one that this broker was configured without since.
        return assignor != null
                ? assignor
                : Objects.requireNonNull(ConsumerAssignors.named(config.assignors().getFirst()));
    }

    /// The assignor that most members ask for; of several the one that is the default, or else the first by name.
    static String preferred(Counts asked, ConsumerGroupConfig config) {
        String preferred = config.assignors().getFirst();
        for (Map.Entry<String, Integer> assignor : asked.asMap().entrySet()) {
            if (assignor.getValue() > asked.of(preferred)) {
                preferred = assignor.getKey();
            }
        }
        return preferred;
    }
}
