package dev.millrace.cli.cluster;

import static dev.millrace.cli.cluster.Connection.await;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.ListGroupsOptions;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;

/// Consumer groups: who is in them, where they are, how far behind.
public final class Groups {
    /// By topic, then partition.
    public static final Comparator<TopicPartition> BY_TOPIC =
            Comparator.comparing(TopicPartition::topic).thenComparingInt(TopicPartition::partition);

    private final Admin admin;

    /// @param admin borrowed, not closed here
    public Groups(Admin admin) {
        this.admin = admin;
    }

    /// Consumer groups, sorted by id.
    ///
    /// @param states only groups in one of these; empty for all
    /// @param types only groups of one of these; empty for all
    public List<GroupListing> list(Set<GroupState> states, Set<GroupType> types) {
        var options = ListGroupsOptions.forConsumerGroups().inGroupStates(states);
        if (!types.isEmpty()) {
            options.withTypes(types);
        }
        var groups = new ArrayList<>(await(admin.listGroups(options).all()));
        groups.sort(Comparator.comparing(GroupListing::groupId));
        return groups;
    }

    /// Groups of any kind, in the order in which the cluster tells them.
    public List<GroupListing> list(ListGroupsOptions options) {
        return List.copyOf(await(admin.listGroups(options).all()));
    }

    /// Describes groups, in the order of the ids.
    ///
    /// @throws GroupIdNotFoundException when there is no such group
    public List<ConsumerGroupDescription> describe(Collection<String> ids) {
        var answers = admin.describeConsumerGroups(ids).describedGroups();
        var descriptions = new ArrayList<ConsumerGroupDescription>();
        for (String id : ids) {
            var answer = answers.get(id);
            if (answer != null) {
                descriptions.add(await(answer));
            }
        }
        return descriptions;
    }

    /// One group; empty when there is none by that id.
    public Optional<ConsumerGroupDescription> find(String id) {
        try {
            return describe(List.of(id)).stream().findFirst();
        } catch (GroupIdNotFoundException none) {
            return Optional.empty();
        }
    }

    /// The offsets that a group has committed, sorted; empty for a group that does not exist.
    public Map<TopicPartition, OffsetAndMetadata> committed(String group) {
        var sorted = new TreeMap<TopicPartition, OffsetAndMetadata>(BY_TOPIC);
        try {
            await(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata())
                    .forEach((partition, offset) -> {
                        if (offset != null) {
                            sorted.put(partition, offset);
                        }
                    });
        } catch (GroupIdNotFoundException none) {
            sorted.clear();
        }
        return sorted;
    }

    /// One partition of a group: what is committed, where the log ends, who reads it.
    ///
    /// @param member empty when no member has the partition
    public record Position(
            String group,
            TopicPartition partition,
            Optional<Integer> leaderEpoch,
            Optional<Long> committed,
            Optional<Long> logEnd,
            Optional<MemberDescription> member) {

        /// Records not yet read; empty when either end is unknown.
        public Optional<Long> lag() {
            return committed.flatMap(at -> logEnd.map(end -> end - at));
        }
    }

    /// Every partition that a member reads or that has a committed offset: members with most partitions first, then the rest.
    public List<Position> positions(ConsumerGroupDescription group) {
        var owners = new LinkedHashMap<TopicPartition, Optional<MemberDescription>>();
        var members = new ArrayList<>(group.members());
        members.sort(
                Comparator.<MemberDescription>comparingInt(
                                member -> member.assignment().topicPartitions().size())
                        .reversed());
        for (MemberDescription member : members) {
            member.assignment().topicPartitions().stream()
                    .sorted(BY_TOPIC)
                    .forEach(partition -> owners.put(partition, Optional.of(member)));
        }
        var committed = committed(group.groupId());
        committed.keySet().stream()
                .sorted(BY_TOPIC)
                .forEach(partition -> owners.putIfAbsent(partition, Optional.empty()));
        var ends = new Offsets(admin).list(owners.keySet(), OffsetSpec.latest());
        var positions = new ArrayList<Position>();
        owners.forEach((partition, member) -> {
            var offset = Optional.ofNullable(committed.get(partition));
            positions.add(
                    new Position(
                            group.groupId(),
                            partition,
                            offset.flatMap(OffsetAndMetadata::leaderEpoch),
                            offset.map(OffsetAndMetadata::offset),
                            Offsets.offset(ends, partition),
                            member));
        });
        return positions;
    }

    /// Commits offsets in the name of a group that has no members.
    public void commit(String group, Map<TopicPartition, Long> offsets) {
        var request = new TreeMap<TopicPartition, OffsetAndMetadata>(BY_TOPIC);
        offsets.forEach(
                (partition, offset) -> request.put(partition, new OffsetAndMetadata(offset)));
        if (!request.isEmpty()) {
            await(admin.alterConsumerGroupOffsets(group, request).all());
        }
    }

    /// Deletes groups.
    ///
    /// @return what the cluster refused, by group
    public Map<String, Throwable> delete(Collection<String> groups) {
        var refused = new TreeMap<String, Throwable>();
        admin.deleteConsumerGroups(groups)
                .deletedGroups()
                .forEach((group, answer) -> {
                    try {
                        await(answer);
                    } catch (KafkaException failed) {
                        refused.put(group, failed);
                    }
                });
        return refused;
    }

    /// What came of deleting offsets of a group.
    ///
    /// @param failure of the request as a whole; empty when partitions have answers of their own
    /// @param partitions by partition, empty for one that succeeded; partition -1 stands for a topic that does not exist
    public record Deletion(
            Optional<Throwable> failure, Map<TopicPartition, Optional<Throwable>> partitions) {}

    /// Deletes the offsets of topics (all their partitions), or of single partitions.
    public Deletion deleteOffsets(String group, Collection<PartitionList> topics) {
        var outcome = new TreeMap<TopicPartition, Optional<Throwable>>(BY_TOPIC);
        var partitions = new HashSet<TopicPartition>();
        for (PartitionList list : topics) {
            try {
                partitions.addAll(list.resolve(admin));
            } catch (KafkaException unknown) {
                outcome.put(new TopicPartition(list.topic(), -1), Optional.of(unknown));
            }
        }
        return deleteOffsets(group, partitions, outcome);
    }

    /// Deletes the offsets of partitions.
    ///
    /// @param outcome what is known already
    public Deletion deleteOffsets(
            String group,
            Set<TopicPartition> partitions,
            Map<TopicPartition, Optional<Throwable>> outcome) {
        var answer = admin.deleteConsumerGroupOffsets(group, partitions);
        Optional<Throwable> failure = Optional.empty();
        for (TopicPartition partition : partitions) {
            try {
                await(answer.partitionResult(partition));
                outcome.put(partition, Optional.empty());
            } catch (KafkaException refused) {
                outcome.put(partition, Optional.of(refused));
            }
        }
        try {
            await(answer.all());
        } catch (KafkaException refused) {
            failure = Optional.of(refused);
        }
        return new Deletion(failure, outcome);
    }
}
