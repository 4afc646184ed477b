package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.group.ClassicMember.Protocol;
import dev.millrace.engine.coordinator.group.MemberCause.AssignorDataChanged;
import dev.millrace.engine.coordinator.group.MemberCause.AssignorsChanged;
import dev.millrace.engine.coordinator.group.MemberCause.LeaderRejoined;
import dev.millrace.engine.coordinator.group.MemberCause.PartitionsGivenUp;
import dev.millrace.engine.coordinator.group.MemberCause.SubscriptionChanged;
import dev.millrace.engine.coordinator.group.MembershipCause.Left;
import dev.millrace.engine.coordinator.group.MembershipCause.PollIntervalExceeded;
import dev.millrace.engine.coordinator.group.MembershipCause.RemovedByAdministrator;
import dev.millrace.engine.coordinator.group.RebalanceCause.Member;
import dev.millrace.engine.metadata.MetadataImage;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Subscription;
import org.apache.kafka.common.message.LeaveGroupRequestData.MemberIdentity;
import org.jspecify.annotations.Nullable;

/// Works out why a member of a classic group joined again, or left. In this protocol the clients decide: the coordinator sees what they
/// say, what they said before, and what has become of the topics since they last divided them.
final class ClassicCauses {
    /// What the Java clients say when their application has not polled in time (KIP-800).
    private static final String POLL_TIMEOUT = "poll timeout has expired";

    /// What the Java admin client says for an administrator.
    private static final String BY_ADMIN = "removed by an admin";

    private final Supplier<MetadataImage> metadata;

    ClassicCauses(Supplier<MetadataImage> metadata) {
        this.metadata = metadata;
    }

    static Member who(ClassicMember member) {
        return new Member(member.id(), member.clientId(), member.clientHost());
    }

    private static String words(@Nullable String reason) {
        return reason == null ? "" : reason;
    }

    // ---- leaving

    /// @param member as it was in the group, of either protocol
    static RebalanceCause leaving(Member member, MemberIdentity identity) {
        String reason = words(identity.reason());
        if (identity.memberId().equals(MemberFencing.UNKNOWN_MEMBER_ID)
                || reason.contains(BY_ADMIN)) {
            return new RemovedByAdministrator(member, reason);
        }
        return reason.contains(POLL_TIMEOUT)
                ? new PollIntervalExceeded(member, reason)
                : new Left(member, reason);
    }

    // ---- joining again

    /// @param before as the member was
    /// @param now what it says now
    /// @param reason in the client's words, null when it gave none
    RebalanceCause rejoining(
            ClassicGroup group, ClassicMember before, List<Protocol> now, @Nullable String reason) {
        Member member = who(before);
        Subscription was = subscription(group, before.protocols());
        Subscription is = subscription(group, now);
        if (was != null && is != null && !sameTopics(was, is)) {
            return new SubscriptionChanged(
                    member, without(is.topics(), was.topics()), without(was.topics(), is.topics()));
        }
        List<String> names = names(before.protocols());
        // The log has only one of them, which the member has to offer still.
        if (!group.isAsLoaded() && !names.equals(names(now))) {
            return new AssignorsChanged(member, names, names(now));
        }
        RebalanceCause topics = topicsChanged(group);
        return topics == null ? ownDoing(group, member, was, is, words(reason)) : topics;
    }

    /// What a member says beyond its topics changes from one join to the next in itself: which partitions it owns, and in which
    /// generation it got them. It tells something only where nothing else does.
    private static RebalanceCause ownDoing(
            ClassicGroup group,
            Member member,
            @Nullable Subscription was,
            @Nullable Subscription is,
            String reason) {
        int givenUp =
                was == null || is == null
                        ? 0
                        : was.ownedPartitions().size() - is.ownedPartitions().size();
        if (givenUp > 0) {
            return new PartitionsGivenUp(member, givenUp);
        }
        return group.isLeader(member.id())
                ? new LeaderRejoined(member, reason)
                : new AssignorDataChanged(member, reason);
    }

    private static List<String> names(List<Protocol> protocols) {
        return protocols.stream().map(Protocol::name).toList();
    }

    private static boolean sameTopics(Subscription was, Subscription is) {
        return new TreeSet<>(was.topics()).equals(new TreeSet<>(is.topics()));
    }

    private static List<String> without(Collection<String> topics, Collection<String> others) {
        var left = new TreeSet<>(topics);
        left.removeAll(others);
        return new ArrayList<>(left);
    }

    private static @Nullable Subscription subscription(
            ClassicGroup group, List<Protocol> protocols) {
        return Subscriptions.isConsumers(group) && !protocols.isEmpty()
                ? Subscriptions.read(protocols.getFirst().metadata().get())
                : null;
    }

    // ---- topics

    /// How many partitions the topics have that the members read, 0 for one that does not exist: to be compared with later.
    SortedMap<String, Integer> topics(ClassicGroup group) {
        if (!Subscriptions.isConsumers(group)) {
            return Collections.emptySortedMap();
        }
        var topics = new TreeMap<String, Integer>();
        for (ClassicMember member : group.members()) {
            Subscription subscription = subscription(group, member.protocols());
            if (subscription != null) {
                subscription.topics().forEach(topic -> topics.put(topic, partitions(topic)));
            }
        }
        return topics;
    }

    private int partitions(String topic) {
        return TopicChanges.partitions(metadata.get().topics(), topic);
    }

    private @Nullable RebalanceCause topicsChanged(ClassicGroup group) {
        for (Map.Entry<String, Integer> seen : group.topicsAssigned().entrySet()) {
            RebalanceCause change =
                    TopicChanges.of(seen.getKey(), seen.getValue(), partitions(seen.getKey()));
            if (change != null) {
                return change;
            }
        }
        return null;
    }
}
