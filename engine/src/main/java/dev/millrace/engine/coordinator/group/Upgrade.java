package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.group.ConsumerRecord.CurrentStored;
import dev.millrace.engine.coordinator.group.ConsumerRecord.GroupEpochStored;
import dev.millrace.engine.coordinator.group.ConsumerRecord.MemberStored;
import dev.millrace.engine.coordinator.group.ConsumerRecord.TargetEpochStored;
import dev.millrace.engine.coordinator.group.ConsumerRecord.TargetStored;
import dev.millrace.engine.metadata.MetadataImage;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData.TopicPartitions;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;

/// A classic group with members becomes one of the consumer protocol, while they go on (KIP-848, online upgrade). Pure.
///
/// Nothing changes for the members but the kind of their group: the generation is the group's and everybody's epoch, what they
/// have is their assignment and their target. What they said that they own and nobody has been given is still theirs to give up.
final class Upgrade {
    private final ClassicGroup group;
    private final String protocol;
    private final MetadataImage image;

    /// In place of the hash of a group's topics, which it never is: a rebalance is due.
    static final long REBALANCE_DUE = -1;

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
        var said = new TreeMap<String, Said>();
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
            said.put(member.id(), new Said(member, subscription, assignment.partitions()));
        }
        return new Result.Facts(facts(converted(said.values()), hashes));
    }

    /// What is known of a member: what it said, and what its leader gave it.
    private record Said(
            ClassicMember member,
            EmbeddedProtocol.Subscription subscription,
            Map<Uuid, Set<Integer>> assigned) {}

    private Map<String, ConsumerMember> converted(Collection<Said> all) {
        var taken = new TreeMap<Uuid, Set<Integer>>();
        for (Said said : all) {
            said.assigned.forEach((topic, partitions) ->
                    taken.computeIfAbsent(topic, _ -> new TreeSet<>()).addAll(partitions));
        }
        var members = new TreeMap<String, ConsumerMember>();
        for (Said said : all) {
            var current = current(said.assigned, notGivenUp(said.subscription, taken));
            members.put(
                    said.member.id(),
                    new ConsumerMember(
                            said.member.id(), subscribed(said.member, said.subscription), current));
        }
        return members;
    }

    /// A cooperative member holds what its leader took from it until it joins the rebalance that follows; here there will be
    /// none, and this is how it is waited for (G1).
    ///
    /// @param taken what somebody has; what is found here is added
    private static Map<Uuid, Set<Integer>> notGivenUp(
            EmbeddedProtocol.Subscription subscription, Map<Uuid, Set<Integer>> taken) {
        var found = new TreeMap<Uuid, Set<Integer>>();
        for (TopicPartitions owned : subscription.owned()) {
            Set<Integer> others = taken.computeIfAbsent(owned.topicId(), _ -> new TreeSet<>());
            for (int partition : owned.partitions()) {
                if (others.add(partition)) {
                    found.computeIfAbsent(owned.topicId(), _ -> new TreeSet<>()).add(partition);
                }
            }
        }
        return found;
    }

    private static ConsumerSubscription subscribed(
            ClassicMember member, EmbeddedProtocol.Subscription subscription) {
        return new ConsumerSubscription(
                member.instanceId(),
                subscription.rack(),
                member.rebalanceTimeoutMs(),
                member.clientId(),
                member.clientHost(),
                subscription.topics(),
                "",
                null,
                new ConsumerSubscription.Classic(member.sessionTimeoutMs(), member.protocols()));
    }

    private ConsumerAssignment current(
            Map<Uuid, Set<Integer>> assigned, Map<Uuid, Set<Integer>> revoking) {
        int epoch = group.generation();
        var state =
                revoking.isEmpty()
                        ? ConsumerMemberState.STABLE
                        : ConsumerMemberState.UNREVOKED_PARTITIONS;
        return new ConsumerAssignment(epoch, epoch, state, sinceNow(assigned), sinceNow(revoking));
    }

    private Map<Uuid, Map<Integer, Integer>> sinceNow(Map<Uuid, Set<Integer>> partitions) {
        var since = new TreeMap<Uuid, Map<Integer, Integer>>();
        partitions.forEach((topic, indexes) -> {
            var epochs = new TreeMap<Integer, Integer>();
            indexes.forEach(index -> epochs.put(index, group.generation()));
            since.put(topic, epochs);
        });
        return since;
    }

    private List<GroupRecord> facts(Map<String, ConsumerMember> members, TopicHashes hashes) {
        String id = group.id();
        var facts = new ArrayList<>(group.tombstones());
        var topics = new TreeSet<String>();
        members.forEach((memberId, member) -> {
            facts.add(new MemberStored(id, memberId, member.said()));
            topics.addAll(member.said().topics());
        });
        facts.add(new GroupEpochStored(id, group.generation(), hash(topics, hashes)));
        members.forEach(
                (memberId, member) -> facts.add(new TargetStored(id, memberId, target(member))));
        facts.add(new TargetEpochStored(id, group.generation(), 0));
        members.forEach(
                (memberId, member) -> facts.add(new CurrentStored(id, memberId, member.current())));
        return facts;
    }

    /// That of the topics; of a group that was to rebalance one that is never right, so that the first heartbeat raises the epoch,
    /// whoever it is from: a static member that takes its own place changes nothing otherwise.
    private long hash(SortedSet<String> topics, TopicHashes hashes) {
        return group.state() instanceof ClassicState.Stable
                ? hashes.of(topics, image)
                : REBALANCE_DUE;
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
