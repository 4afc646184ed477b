package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.group.GroupRecord.ClassicGroupFacts;
import dev.millrace.engine.coordinator.group.GroupRecord.ClassicGroupStored;
import dev.millrace.engine.coordinator.group.GroupRecord.MemberFacts;
import dev.millrace.engine.metadata.TopicsImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.apache.kafka.common.Uuid;

/// A group of the consumer protocol in which only members of the classic one are left becomes a classic group (KIP-848, online
/// downgrade). Pure.
///
/// @param group empty when the records have been replayed
/// @param before the ids of all who were its members
/// @param members of the classic group, in the order of their ids, with everything that they said
/// @param rebalances the members must join again: they do not have what their targets say
record Downgrade(
        ConsumerGroup group,
        List<String> before,
        ClassicGroupFacts facts,
        List<ClassicMember> members,
        boolean rebalances) {

    /// Are members left when these go, all of them of the classic protocol, and may the group be downgraded?
    static boolean isDue(ConsumerGroup group, Set<String> leaving, GroupConfig config) {
        int left = 0;
        for (ConsumerMember member : group.inOrder()) {
            if (leaving.contains(member.id())) {
                continue;
            }
            if (member.said().classic() == null) {
                return false;
            }
            left++;
        }
        return left > 0 && isAllowed(left, config);
    }

    /// Is this the only member of the consumer protocol, and a classic one that takes its place leaves none?
    static boolean isDueAfter(ConsumerGroup group, ConsumerMember replaced, GroupConfig config) {
        boolean isLast =
                replaced.said().classic() == null
                        && group.inOrder().stream()
                                .allMatch(member ->
                                        member.said().classic() != null
                                                || member.id().equals(replaced.id()));
        return isLast && isAllowed(group.size(), config);
    }

    private static boolean isAllowed(int members, GroupConfig config) {
        return config.consumer().migrationPolicy().downgrade() && members <= config.maxSize();
    }

    /// These members go, the others go on; what was theirs is divided anew.
    static Downgrade without(
            ConsumerGroup group, Set<String> leaving, TopicsImage topics, long nowMs) {
        Map<String, ConsumerMember> left = new TreeMap<>(group.members());
        left.keySet().removeAll(leaving);
        return of(group, left, group::target, true, topics, nowMs);
    }

    /// A classic member takes a static member's place. Nobody need join again when everybody has what it shall have.
    static Downgrade replacing(
            ConsumerGroup group,
            ConsumerMember replaced,
            ConsumerMember joining,
            TopicsImage topics,
            long nowMs) {
        boolean stable =
                group.targetEpoch() >= group.epoch()
                        && joining.said().topics().equals(replaced.said().topics());
        for (ConsumerMember member : group.inOrder()) {
            stable &=
                    member.id().equals(replaced.id())
                            || member.current().isReconciledTo(group.targetEpoch());
        }
        Map<String, ConsumerMember> members = new TreeMap<>(group.members());
        members.remove(replaced.id());
        members.put(joining.id(), joining);
        return of(
                group,
                members,
                id -> group.target(id.equals(joining.id()) ? replaced.id() : id),
                !stable,
                topics,
                nowMs);
    }

    private static Downgrade of(
            ConsumerGroup group,
            Map<String, ConsumerMember> from,
            Function<String, Map<Uuid, Set<Integer>>> targets,
            boolean rebalances,
            TopicsImage topics,
            long nowMs) {
        var members = new ArrayList<ClassicMember>();
        from.values().forEach(member -> members.add(classic(member)));
        String protocol = ProtocolSelection.choose(members);
        members.replaceAll(member -> {
            var has =
                    rebalances
                            ? held(Objects.requireNonNull(from.get(member.id())))
                            : targets.apply(member.id());
            return member.withAssignment(
                    EmbeddedProtocol.assignment(has, member.metadata(protocol), topics));
        });
        var facts = new ArrayList<MemberFacts>();
        members.forEach(member -> facts.add(member.facts(protocol, member.assignment())));
        return new Downgrade(
                group,
                List.copyOf(group.members().keySet()),
                new ClassicGroupFacts(
                        Subscriptions.CONSUMER,
                        group.epoch(),
                        protocol,
                        rebalances ? null : members.getFirst().id(),
                        nowMs,
                        List.copyOf(facts)),
                List.copyOf(members),
                rebalances);
    }

    /// A member that is to join again keeps until then what it may hold: an upgrade may come first (G1).
    private static Map<Uuid, Set<Integer>> held(ConsumerMember member) {
        var held = new TreeMap<Uuid, Set<Integer>>();
        for (var part : List.of(member.current().assigned(), member.current().revoking())) {
            part.forEach((topic, partitions) ->
                    held.computeIfAbsent(topic, _ -> new TreeSet<>()).addAll(partitions.keySet()));
        }
        return held;
    }

    private static ClassicMember classic(ConsumerMember member) {
        ConsumerSubscription said = member.said();
        var classic = Objects.requireNonNull(said.classic());
        return new ClassicMember(
                member.id(),
                said.instanceId(),
                said.clientId(),
                said.clientHost(),
                said.rebalanceTimeoutMs(),
                classic.sessionTimeoutMs(),
                classic.protocols(),
                ClassicMember.NOTHING,
                false);
    }

    /// One batch: the end of the one group, and the other. That it is to rebalance is written down by leaving its leader open:
    /// whoever loads it begins the rebalance anew.
    List<GroupRecord> records() {
        var records = new ArrayList<>(group.tombstones());
        records.add(new ClassicGroupStored(group.id(), facts));
        return records;
    }
}
