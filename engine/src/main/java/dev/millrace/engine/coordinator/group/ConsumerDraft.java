package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.group.ConsumerRecord.CurrentStored;
import dev.millrace.engine.coordinator.group.ConsumerRecord.MemberStored;
import dev.millrace.engine.coordinator.group.ConsumerRecord.TargetStored;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/// One member's heartbeat while it is decided: the group as it is, the member as it becomes, and the facts so far.
final class ConsumerDraft {
    final ConsumerGroup group;
    final List<GroupRecord> facts = new ArrayList<>(0);

    /// The member before this heartbeat; one that joins is as yet nothing.
    final ConsumerMember before;

    /// The static member whose place it takes; null when it takes nobody's.
    final @Nullable ConsumerMember replaced;

    ConsumerMember member;

    /// The group epoch after this heartbeat.
    int epoch;

    /// Why it has risen; null when it has not.
    @Nullable RebalanceCause cause;

    private ConsumerDraft(
            ConsumerGroup group, ConsumerMember before, @Nullable ConsumerMember replaced) {
        this.group = group;
        this.before = before;
        this.replaced = replaced;
        this.member = before;
        this.epoch = group.epoch();
    }

    /// With what it takes for the member to take the other's place.
    static ConsumerDraft of(
            ConsumerGroup group, ConsumerMember member, @Nullable ConsumerMember replaced) {
        var draft = new ConsumerDraft(group, member, replaced);
        if (replaced != null) {
            ConsumerLeaves.forget(group.id(), replaced.id(), draft.facts);
            draft.facts.add(new MemberStored(group.id(), member.id(), member.said()));
            draft.facts.add(new TargetStored(group.id(), member.id(), draft.lastTarget()));
            draft.facts.add(new CurrentStored(group.id(), member.id(), member.current()));
        }
        return draft;
    }

    /// The members after this heartbeat, in the order of their ids.
    Map<String, ConsumerMember> members() {
        var members = new TreeMap<>(group.members());
        if (replaced != null) {
            members.remove(replaced.id());
        }
        members.put(member.id(), member);
        return members;
    }

    /// What the member is to have, as things stood before this heartbeat.
    Map<Uuid, Set<Integer>> lastTarget() {
        return lastTarget(member.id());
    }

    Map<Uuid, Set<Integer>> lastTarget(String memberId) {
        return group.target(
                replaced != null && memberId.equals(member.id()) ? replaced.id() : memberId);
    }

    /// Does nobody but this member hold the partition (G1)?
    boolean isFree(Uuid topic, int partition) {
        String owner = group.owner(topic, partition);
        return owner == null
                || owner.equals(member.id())
                || (replaced != null && owner.equals(replaced.id()));
    }

    /// The topics that the members name or match after this heartbeat.
    Counts topics() {
        Counts topics = group.topics().copy();
        topics.removeAll(before.said().topics());
        topics.addAll(member.said().topics());
        String regex = before.said().regex();
        boolean isLastOfRegex =
                !regex.equals(member.said().regex()) && group.regexes().of(regex) == 1;
        ConsumerRecord.Resolution resolution = group.resolution(regex);
        if (isLastOfRegex && resolution != null) {
            topics.removeAll(resolution.topics());
        }
        return topics;
    }

    /// The assignors that the members ask for after this heartbeat.
    Counts assignors() {
        Counts assignors = group.assignors().copy();
        if (before.said().assignor() != null) {
            assignors.remove(before.said().assignor());
        }
        if (member.said().assignor() != null) {
            assignors.add(member.said().assignor());
        }
        return assignors;
    }
}
