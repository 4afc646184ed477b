package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.group.MemberCause.AssignorsChanged;
import dev.millrace.engine.coordinator.group.MemberCause.SubscriptionChanged;
import dev.millrace.engine.coordinator.group.MembershipCause.Joined;
import dev.millrace.engine.coordinator.group.MembershipCause.StaticMemberReplaced;
import dev.millrace.engine.coordinator.group.RebalanceCause.Member;
import dev.millrace.engine.coordinator.group.TopicCause.TopicsMatched;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;

/// Why the epoch of a group of the consumer protocol rises.
final class ConsumerCauses {
    private ConsumerCauses() {}

    static Member who(ConsumerMember member) {
        return new Member(member.id(), member.said().clientId(), member.said().clientHost());
    }

    /// What a member brought that asks for another assignment.
    static RebalanceCause brought(ConsumerDraft draft) {
        Member member = who(draft.member);
        ConsumerSubscription before = draft.before.said();
        ConsumerSubscription said = draft.member.said();
        if (draft.replaced != null) {
            return replaced(draft.member, draft.replaced);
        }
        if (draft.group.member(member.id()) == null) {
            return new Joined(member);
        }
        List<String> topics = subscribed(said);
        List<String> topicsBefore = subscribed(before);
        return topics.equals(topicsBefore)
                ? new AssignorsChanged(member, assignor(before), assignor(said))
                : new SubscriptionChanged(
                        member, without(topics, topicsBefore), without(topicsBefore, topics));
    }

    static RebalanceCause replaced(ConsumerMember member, ConsumerMember before) {
        String instanceId = Objects.requireNonNullElse(member.said().instanceId(), "");
        return new StaticMemberReplaced(who(member), instanceId, before.id());
    }

    /// The topics by name, and the pattern as it is written.
    private static List<String> subscribed(ConsumerSubscription said) {
        var all = new ArrayList<>(said.topics());
        if (said.hasRegex()) {
            all.add("the pattern " + said.regex());
        }
        return all;
    }

    private static List<String> assignor(ConsumerSubscription said) {
        return said.assignor() == null ? List.of() : List.of(said.assignor());
    }

    private static List<String> without(Collection<String> texts, Collection<String> others) {
        var left = new TreeSet<>(texts);
        left.removeAll(others);
        return List.copyOf(left);
    }

    static RebalanceCause matched(String pattern, List<String> before, List<String> now) {
        return new TopicsMatched(pattern, without(now, before), without(before, now));
    }
}
