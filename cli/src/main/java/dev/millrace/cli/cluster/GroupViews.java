package dev.millrace.cli.cluster;

import static dev.millrace.cli.cluster.Connection.await;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.ListGroupsOptions;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.admin.StreamsGroupDescription;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/// Groups of every kind through one door: which kind an id is of is the cluster's to know, not the caller's.
public final class GroupViews {
    private static final Comparator<GroupView.Member> BY_CLIENT =
            Comparator.comparing(GroupView.Member::clientId).thenComparing(GroupView.Member::id);

    private final Admin admin;

    /// @param admin borrowed, not closed here
    public GroupViews(Admin admin) {
        this.admin = admin;
    }

    /// Every group of the cluster, sorted by id.
    public List<GroupListing> list() {
        var groups = new ArrayList<>(await(admin.listGroups(new ListGroupsOptions()).all()));
        groups.sort(Comparator.comparing(GroupListing::groupId));
        return groups;
    }

    /// Describes groups, in the order of the ids.
    ///
    /// @throws CommandFailed naming an id that no group has
    public List<GroupView> describe(Collection<String> ids) {
        var listed = new TreeMap<String, GroupListing>();
        list().forEach(group -> listed.put(group.groupId(), group));
        var views = new ArrayList<GroupView>();
        for (String id : ids) {
            var listing = listed.get(id);
            if (listing == null) {
                throw noGroup(id);
            }
            views.add(describe(listing));
        }
        return views;
    }

    /// One group; empty when there is none by that id.
    public Optional<GroupView> find(String id) {
        return list().stream()
                .filter(group -> group.groupId().equals(id))
                .findFirst()
                .map(this::describe);
    }

    static CommandFailed noGroup(String id) {
        return CommandFailed.because(
                "there is no group " + id + "; `millrace group list` shows those there are");
    }

    private GroupView describe(GroupListing group) {
        String id = group.groupId();
        // Brokers older than Kafka 3.8 do not tell the type: theirs are classic.
        return switch (group.type().orElse(GroupType.CLASSIC)) {
            case STREAMS -> streams(new StreamsGroups(admin).describe(id));
            case SHARE -> share(id);
            case CONSUMER -> consumer(id);
            default ->
                    group.isSimpleConsumerGroup() || group.protocol().equals("consumer")
                            ? consumer(id)
                            : classic(id);
        };
    }

    private GroupView consumer(String id) {
        var group = await(of(admin.describeConsumerGroups(List.of(id)).describedGroups().get(id)));
        return new GroupView(
                id,
                group.type(),
                group.groupState(),
                group.coordinator(),
                group.groupEpoch(),
                members(group.members()));
    }

    /// A group of another protocol than consumers', such as Kafka Connect's workers.
    private GroupView classic(String id) {
        var group = await(of(admin.describeClassicGroups(List.of(id)).describedGroups().get(id)));
        return new GroupView(
                id,
                GroupType.CLASSIC,
                GroupState.parse(group.state().toString()),
                group.coordinator(),
                Optional.empty(),
                members(group.members()));
    }

    private static List<GroupView.Member> members(Collection<MemberDescription> members) {
        return members.stream()
                .map(member ->
                        new GroupView.Member(
                                member.consumerId(),
                                member.clientId(),
                                member.host(),
                                member.groupInstanceId(),
                                sorted(member.assignment().topicPartitions())))
                .sorted(BY_CLIENT)
                .toList();
    }

    private GroupView share(String id) {
        var group = await(of(admin.describeShareGroups(List.of(id)).describedGroups().get(id)));
        var members =
                group.members().stream()
                        .map(member ->
                                new GroupView.Member(
                                        member.consumerId(),
                                        member.clientId(),
                                        member.host(),
                                        Optional.empty(),
                                        sorted(member.assignment().topicPartitions())))
                        .sorted(BY_CLIENT)
                        .toList();
        return new GroupView(
                id,
                GroupType.SHARE,
                group.groupState(),
                group.coordinator(),
                Optional.of(group.groupEpoch()),
                members);
    }

    private static GroupView streams(StreamsGroupDescription group) {
        var members =
                group.members().stream()
                        .map(member ->
                                new GroupView.Member(
                                        member.memberId(),
                                        member.clientId(),
                                        member.clientHost(),
                                        member.instanceId(),
                                        sorted(StreamsGroups.partitions(group, member))))
                        .sorted(BY_CLIENT)
                        .toList();
        return new GroupView(
                group.groupId(),
                GroupType.STREAMS,
                group.groupState(),
                group.coordinator(),
                Optional.of(group.groupEpoch()),
                members);
    }

    private static SortedSet<TopicPartition> sorted(Collection<TopicPartition> partitions) {
        var sorted = new TreeSet<TopicPartition>(Groups.BY_TOPIC);
        sorted.addAll(partitions);
        return sorted;
    }

    /// The client's maps hold an answer for every id that was asked for.
    private static <T> T of(@Nullable T answer) {
        return Objects.requireNonNull(answer);
    }
}
