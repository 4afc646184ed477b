package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.group.ConsumerRecord.CurrentStored;
import dev.millrace.engine.coordinator.group.ConsumerRecord.GroupEpochStored;
import dev.millrace.engine.coordinator.group.ConsumerRecord.MemberStored;
import dev.millrace.engine.coordinator.group.ConsumerRecord.TargetEpochStored;
import dev.millrace.engine.coordinator.group.ConsumerRecord.TargetStored;
import dev.millrace.engine.metadata.MetadataImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;

/// A classic group with members becomes one of the consumer protocol, while they go on (KIP-848, online upgrade). Pure.
///
/// Nothing changes for the members but the kind of their group: the generation is the group's and everybody's epoch, what they
/// have is their assignment and their target.
final class Upgrade {
    private final ClassicGroup group;
    private final String protocol;
    private final MetadataImage image;

    private Upgrade(ClassicGroup group, MetadataImage image) {
        this.group = group;
        String chosen = group.protocol();
        // During a rebalance none is chosen yet.
        this.protocol = chosen == null ? ProtocolSelection.choose(group.members()) : chosen;
        this.image = image;
    }

    /// What is to be written down, or why it cannot be.
    sealed interface Result {
        record Facts(List<GroupRecord> facts) implements Result {}

        record Refused(ApiError error) implements Result {}
    }

    /// @param group with members
    static Result of(
            ClassicGroup group,
            ConsumerGroupConfig config,
            MetadataImage image,
            TopicHashes hashes) {
        String why = refusal(group, config);
        if (!why.isEmpty()) {
            return refused(group, why);
        }
        return new Upgrade(group, image).facts(hashes);
    }

    private static String refusal(ClassicGroup group, ConsumerGroupConfig config) {
        if (!config.migrationPolicy().upgrade()) {
            return "online upgrade is disabled";
        }
        if (!Subscriptions.isConsumers(group)) {
            return "the group does not use the consumer embedded protocol";
        }
        if (group.size() > config.maxSize()) {
            return "the group size exceeds the consumer group maximum size";
        }
        return "";
    }

    private static Result refused(ClassicGroup group, String why) {
        return new Result.Refused(
                new ApiError(
                        Errors.GROUP_ID_NOT_FOUND,
                        "Cannot upgrade classic group %s to consumer group because %s."
                                .formatted(group.id(), why)));
    }

    private Result facts(TopicHashes hashes) {
        var members = new TreeMap<String, ConsumerMember>();
        for (ClassicMember member : group.members()) {
            var subscription =
                    EmbeddedProtocol.subscription(member.metadata(protocol), image.topics());
            var assignment = EmbeddedProtocol.assignment(member.assignment(), image.topics());
            if (subscription == null || assignment == null) {
                return refused(group, "the embedded consumer protocol is malformed");
            }
            if (assignment.hasUserData()) {
                return refused(
                        group,
                        "an unsupported custom assignor is in use. Please refer to the documentation"
                                + " or switch to a default assignor before re-attempting the upgrade");
            }
            members.put(member.id(), converted(member, subscription, assignment));
        }
        return new Result.Facts(facts(members, hashes));
    }

    private ConsumerMember converted(
            ClassicMember member,
            EmbeddedProtocol.Subscription subscription,
            EmbeddedProtocol.Assignment assignment) {
        var said =
                new ConsumerSubscription(
                        member.instanceId(),
                        subscription.rack(),
                        member.rebalanceTimeoutMs(),
                        member.clientId(),
                        member.clientHost(),
                        subscription.topics(),
                        "",
                        null,
                        new ConsumerSubscription.Classic(
                                member.sessionTimeoutMs(), member.protocols()));
        int epoch = group.generation();
        var assigned = new TreeMap<Uuid, Map<Integer, Integer>>();
        assignment
                .partitions()
                .forEach((topic, partitions) -> {
                    var epochs = new TreeMap<Integer, Integer>();
                    partitions.forEach(partition -> epochs.put(partition, epoch));
                    assigned.put(topic, epochs);
                });
        var current =
                new ConsumerAssignment(
                        epoch, epoch, ConsumerMemberState.STABLE, assigned, Map.of());
        return new ConsumerMember(member.id(), said, current);
    }

    private List<GroupRecord> facts(Map<String, ConsumerMember> members, TopicHashes hashes) {
        String id = group.id();
        var facts = new ArrayList<>(group.tombstones());
        var topics = new TreeSet<String>();
        members.forEach((memberId, member) -> {
            facts.add(new MemberStored(id, memberId, member.said()));
            topics.addAll(member.said().topics());
        });
        facts.add(new GroupEpochStored(id, group.generation(), hashes.of(topics, image)));
        members.forEach(
                (memberId, member) -> facts.add(new TargetStored(id, memberId, target(member))));
        facts.add(new TargetEpochStored(id, group.generation(), 0));
        members.forEach(
                (memberId, member) -> facts.add(new CurrentStored(id, memberId, member.current())));
        return facts;
    }

    private static Map<Uuid, Set<Integer>> target(ConsumerMember member) {
        var target = new TreeMap<Uuid, Set<Integer>>();
        member.current()
                .assigned()
                .forEach((topic, partitions) ->
                        target.put(topic, new TreeSet<>(partitions.keySet())));
        return target;
    }
}
