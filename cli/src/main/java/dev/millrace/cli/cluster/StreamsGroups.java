package dev.millrace.cli.cluster;

import static dev.millrace.cli.cluster.Connection.await;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.StreamsGroupDescription;
import org.apache.kafka.clients.admin.StreamsGroupMemberAssignment.TaskIds;
import org.apache.kafka.clients.admin.StreamsGroupMemberDescription;
import org.apache.kafka.clients.admin.StreamsGroupSubtopologyDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;

/// Streams groups (KIP-1071): a Kafka Streams application as the broker knows it, its tasks and topics.
///
/// What is the same for every kind of group (committed offsets, deletion) is in [Groups].
public final class StreamsGroups {
    /// How Kafka Streams names the topics that it makes for itself, after the application's id and a dash.
    private static final Pattern INTERNAL =
            Pattern.compile(
                    ".*(-changelog|-repartition|-subscription-registration-topic|-subscription-response-topic"
                            + "|-KTABLE-FK-JOIN-SUBSCRIPTION-(REGISTRATION|RESPONSE)-\\d+-topic)");

    private final Admin admin;
    private final Groups groups;

    /// @param admin borrowed, not closed here
    public StreamsGroups(Admin admin) {
        this.admin = admin;
        this.groups = new Groups(admin);
    }

    /// One group; empty when there is none by that id.
    public Optional<StreamsGroupDescription> find(String id) {
        try {
            return Optional.of(describe(id));
        } catch (GroupIdNotFoundException none) {
            return Optional.empty();
        }
    }

    /// @throws GroupIdNotFoundException when there is no such group, or it is of another kind
    public StreamsGroupDescription describe(String id) {
        var answers = admin.describeStreamsGroups(List.of(id)).describedGroups();
        return await(Objects.requireNonNull(answers.get(id)));
    }

    /// The partitions of the tasks that a member works on: of the topics from outside and of those it repartitions by.
    public static Set<TopicPartition> partitions(
            StreamsGroupDescription group, StreamsGroupMemberDescription member) {
        var partitions = new TreeSet<TopicPartition>(Groups.BY_TOPIC);
        for (TaskIds task : member.assignment().activeTasks()) {
            for (String topic : topics(group, task.subtopologyId())) {
                task.partitions()
                        .forEach(number -> partitions.add(new TopicPartition(topic, number)));
            }
        }
        return partitions;
    }

    private static List<String> topics(StreamsGroupDescription group, String subtopology) {
        var topics = new ArrayList<String>();
        for (StreamsGroupSubtopologyDescription each : group.subtopologies()) {
            if (each.subtopologyId().equals(subtopology)) {
                topics.addAll(each.sourceTopics());
                topics.addAll(each.repartitionSourceTopics().keySet());
            }
        }
        return topics;
    }

    /// One partition that a member works on.
    ///
    /// @param lag behind the end; where nothing is committed, everything there is
    public record Position(Optional<OffsetAndMetadata> committed, long logEnd, long lag) {}

    /// Every partition that a member works on, sorted.
    public Map<TopicPartition, Position> positions(StreamsGroupDescription group) {
        var partitions = new TreeSet<TopicPartition>(Groups.BY_TOPIC);
        group.members().forEach(member -> partitions.addAll(partitions(group, member)));
        var committed = groups.committed(group.groupId());
        var offsets = new Offsets(admin);
        var starts = offsets.require(partitions, OffsetSpec.earliest());
        var ends = offsets.require(partitions, OffsetSpec.latest());
        var positions = new LinkedHashMap<TopicPartition, Position>();
        for (TopicPartition partition : partitions) {
            var at = Optional.ofNullable(committed.get(partition));
            long end = ends.getOrDefault(partition, 0L);
            long from =
                    at.map(OffsetAndMetadata::offset).orElse(starts.getOrDefault(partition, 0L));
            positions.put(partition, new Position(at, end, end - from));
        }
        return positions;
    }

    /// The committed offsets of the topics that come from outside of the application, sorted.
    public Map<TopicPartition, OffsetAndMetadata> inputOffsets(String id) {
        var input = new HashSet<String>();
        describe(id).subtopologies().forEach(each -> input.addAll(each.sourceTopics()));
        var committed = new TreeMap<TopicPartition, OffsetAndMetadata>(Groups.BY_TOPIC);
        groups.committed(id)
                .forEach((partition, offset) -> {
                    if (input.contains(partition.topic())) {
                        committed.put(partition, offset);
                    }
                });
        return committed;
    }

    /// The topics that the application made for itself: repartition topics and changelogs, sorted.
    ///
    /// @param byName true for those that are named as Kafka Streams names them, false for those that are not
    public static Set<String> internalTopics(StreamsGroupDescription group, boolean byName) {
        var input = new HashSet<String>();
        var internal = new TreeSet<String>();
        for (StreamsGroupSubtopologyDescription each : group.subtopologies()) {
            input.addAll(each.sourceTopics());
            internal.addAll(each.repartitionSourceTopics().keySet());
            internal.addAll(each.stateChangelogTopics().keySet());
        }
        internal.removeAll(input);
        internal.removeIf(topic -> isNamedInternal(topic, group.groupId()) != byName);
        return internal;
    }

    static boolean isNamedInternal(String topic, String application) {
        return topic.startsWith(application + "-") && INTERNAL.matcher(topic).matches();
    }
}
