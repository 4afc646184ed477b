package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.group.GroupCause.SettingsChanged;
import dev.millrace.engine.coordinator.group.MemberCause.MemberChanged;
import dev.millrace.engine.coordinator.group.MemberCause.TopologyChanged;
import dev.millrace.engine.coordinator.group.MembershipCause.Joined;
import dev.millrace.engine.coordinator.group.MembershipCause.RebalanceTimedOut;
import dev.millrace.engine.coordinator.group.MembershipCause.StaticMemberReplaced;
import dev.millrace.engine.coordinator.group.RebalanceCause.Member;
import dev.millrace.engine.metadata.TopicsImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Why the epoch of a streams group rises.
final class StreamsCauses {
    private StreamsCauses() {}

    static Member who(StreamsMember member) {
        return new Member(member.id(), member.said().clientId(), member.said().clientHost());
    }

    static RebalanceCause late(StreamsMember member) {
        return new RebalanceTimedOut(
                who(member), "give up tasks", member.said().rebalanceTimeoutMs());
    }

    /// What a member brought that asks for another assignment.
    static RebalanceCause brought(StreamsDraft draft) {
        Member member = who(draft.member);
        StreamsProfile before = draft.before.said();
        StreamsProfile said = draft.member.said();
        if (draft.replaced != null) {
            return new StaticMemberReplaced(
                    member, Objects.requireNonNullElse(said.instanceId(), ""), draft.replaced.id());
        }
        if (draft.group.member(member.id()) == null) {
            return new Joined(member);
        }
        return said.topologyEpoch() == before.topologyEpoch()
                ? new MemberChanged(member, changed(before, said))
                : new TopologyChanged(member, before.topologyEpoch(), said.topologyEpoch());
    }

    private static List<String> changed(StreamsProfile before, StreamsProfile now) {
        var all = new ArrayList<String>();
        add(all, "process", before.processId(), now.processId());
        add(all, "rack", before.rackId(), now.rackId());
        add(all, "tags", before.tags(), now.tags());
        add(all, "endpoint", before.endpoint(), now.endpoint());
        add(all, "client", before.clientId(), now.clientId());
        add(all, "host", before.clientHost(), now.clientHost());
        add(all, "instance", before.instanceId(), now.instanceId());
        add(
                all,
                "rebalance time-out",
                PlainWords.duration(before.rebalanceTimeoutMs()),
                PlainWords.duration(now.rebalanceTimeoutMs()));
        return all;
    }

    private static void add(
            List<String> all, String what, @Nullable Object before, @Nullable Object now) {
        if (!Objects.equals(before, now)) {
            all.add(
                    "%s %s instead of %s"
                            .formatted(
                                    what,
                                    Objects.requireNonNullElse(now, "none"),
                                    Objects.requireNonNullElse(before, "none")));
        }
    }

    /// Nobody asked for it, but the topics or the settings are not what they were.
    ///
    /// @param settings now
    static RebalanceCause surroundings(
            StreamsDraft draft,
            StreamsDraft.Topology topology,
            SortedMap<String, String> settings,
            TopicsImage topics) {
        var before = draft.group.facts();
        if (before.metadataHash() == topology.metadataHash()
                && before.validatedTopologyEpoch() == topology.validatedEpoch()) {
            return new SettingsChanged(changed(before.configs(), settings));
        }
        return TopicChanges.between(
                StreamsTopologies.topics(topology.topology()),
                draft.group.watch().checked(),
                topics);
    }

    private static List<String> changed(
            SortedMap<String, String> before, SortedMap<String, String> now) {
        var names = new TreeSet<>(before.keySet());
        names.addAll(now.keySet());
        var all = new ArrayList<String>();
        names.forEach(name -> add(all, name, before.get(name), now.get(name)));
        return all;
    }
}
