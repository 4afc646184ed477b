package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.Decision;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import org.apache.kafka.common.message.StreamsGroupDescribeResponseData.Assignment;
import org.apache.kafka.common.message.StreamsGroupDescribeResponseData.DescribedGroup;
import org.apache.kafka.common.message.StreamsGroupDescribeResponseData.Endpoint;
import org.apache.kafka.common.message.StreamsGroupDescribeResponseData.KeyValue;
import org.apache.kafka.common.message.StreamsGroupDescribeResponseData.Member;
import org.apache.kafka.common.message.StreamsGroupDescribeResponseData.TaskIds;
import org.apache.kafka.common.message.StreamsGroupDescribeResponseData.TaskOffset;
import org.apache.kafka.common.message.StreamsGroupDescribeResponseData.TopicInfo;
import org.apache.kafka.common.message.StreamsGroupDescribeResponseData.Topology;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.coordinator.group.streams.StreamsTopology;
import org.apache.kafka.coordinator.group.streams.topics.ConfiguredTopology;
import org.jspecify.annotations.Nullable;

/// StreamsGroupDescribe: a streams group as administrators see it (KIP-1071).
final class StreamsDescribes {
    private final GroupShard shard;

    StreamsDescribes(GroupShard shard) {
        this.shard = shard;
    }

    static DescribedGroup undescribed(String id, Errors error) {
        return new DescribedGroup().setGroupId(id).setErrorCode(error.code());
    }

    Decision<GroupRecord, DescribedGroup> describe(String id) {
        StreamsGroup group = shard.streamsGroup(id);
        if (group == null) {
            String why = shard.group(id) == null ? "not found" : "is not a streams group";
            return Decision.answer(
                    undescribed(id, Errors.GROUP_ID_NOT_FOUND)
                            .setErrorMessage("Group %s %s.".formatted(id, why)));
        }
        List<Member> members = new ArrayList<>(group.size());
        group.members().values().forEach(member -> members.add(member(group, member)));
        return Decision.answer(
                new DescribedGroup()
                        .setGroupId(id)
                        .setGroupEpoch(group.epoch())
                        .setGroupState(group.stateText())
                        .setAssignmentEpoch(group.targetEpoch())
                        .setAssignorName(StreamsAssignor.NAME)
                        .setTopology(topology(group))
                        .setMembers(members));
    }

    // ---- the topology

    /// With the partitions that its internal topics have, when all are there; otherwise as it was said.
    private static @Nullable Topology topology(StreamsGroup group) {
        ConfiguredTopology configured = group.watch().configured();
        if (configured != null && configured.isReady()) {
            return sorted(configured.asStreamsGroupDescribeTopology());
        }
        StreamsTopology topology = group.topology();
        return topology == null ? null : sorted(topology.asStreamsGroupDescribeTopology());
    }

    private static Topology sorted(Topology topology) {
        topology.subtopologies()
                .forEach(subtopology -> {
                    subtopology.repartitionSourceTopics().forEach(StreamsDescribes::sort);
                    subtopology.stateChangelogTopics().forEach(StreamsDescribes::sort);
                });
        return topology;
    }

    private static void sort(TopicInfo topic) {
        var configs = new ArrayList<>(topic.topicConfigs());
        configs.sort(Comparator.comparing(KeyValue::key));
        topic.setTopicConfigs(configs);
    }

    // ---- members

    private static Member member(StreamsGroup group, StreamsMember member) {
        StreamsProfile said = member.said();
        StreamsTasks target = group.target(member.id());
        StreamsProgress progress = group.watch().progress(member.id());
        List<KeyValue> tags = new ArrayList<>(said.tags().size());
        said.tags().forEach((key, value) -> tags.add(new KeyValue().setKey(key).setValue(value)));
        StreamsProfile.Endpoint endpoint = said.endpoint();
        return new Member()
                .setMemberId(member.id())
                .setMemberEpoch(member.epoch())
                .setInstanceId(said.instanceId())
                .setRackId(said.rackId())
                .setClientId(said.clientId())
                .setClientHost(said.clientHost())
                .setTopologyEpoch(said.topologyEpoch())
                .setProcessId(said.processId())
                .setUserEndpoint(
                        endpoint == null
                                ? null
                                : new Endpoint().setHost(endpoint.host()).setPort(endpoint.port()))
                .setClientTags(tags)
                .setTaskOffsets(offsets(progress.offsets()))
                .setTaskEndOffsets(offsets(progress.endOffsets()))
                .setAssignment(assignment(member.current().assigned()))
                .setTargetAssignment(target == null ? new Assignment() : assignment(target));
    }

    private static Assignment assignment(StreamsHoldings held) {
        var active = new TreeMap<String, SortedSet<Integer>>();
        active.putAll(StreamsTasks.sorted(StreamsHoldings.withoutEpochs(held.active())));
        return assignment(new StreamsTasks(active, held.standby(), held.warmup()));
    }

    private static Assignment assignment(StreamsTasks tasks) {
        return new Assignment()
                .setActiveTasks(ids(tasks.active()))
                .setStandbyTasks(ids(tasks.standby()))
                .setWarmupTasks(ids(tasks.warmup()));
    }

    private static List<TaskIds> ids(SortedMap<String, SortedSet<Integer>> tasks) {
        List<TaskIds> ids = new ArrayList<>(tasks.size());
        tasks.forEach((subtopology, partitions) ->
                ids.add(
                        new TaskIds()
                                .setSubtopologyId(subtopology)
                                .setPartitions(List.copyOf(partitions))));
        return ids;
    }

    private static List<TaskOffset> offsets(SortedMap<String, SortedMap<Integer, Long>> byTask) {
        List<TaskOffset> offsets = new ArrayList<>();
        byTask.forEach((subtopology, partitions) ->
                partitions.forEach((partition, offset) ->
                        offsets.add(
                                new TaskOffset()
                                        .setSubtopologyId(subtopology)
                                        .setPartition(partition)
                                        .setOffset(offset))));
        return offsets;
    }
}
