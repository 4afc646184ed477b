package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.group.StreamsRecord.CurrentForgotten;
import dev.millrace.engine.coordinator.group.StreamsRecord.CurrentStored;
import dev.millrace.engine.coordinator.group.StreamsRecord.Facts;
import dev.millrace.engine.coordinator.group.StreamsRecord.GroupForgotten;
import dev.millrace.engine.coordinator.group.StreamsRecord.GroupStored;
import dev.millrace.engine.coordinator.group.StreamsRecord.MemberForgotten;
import dev.millrace.engine.coordinator.group.StreamsRecord.MemberStored;
import dev.millrace.engine.coordinator.group.StreamsRecord.TargetEpochForgotten;
import dev.millrace.engine.coordinator.group.StreamsRecord.TargetEpochStored;
import dev.millrace.engine.coordinator.group.StreamsRecord.TargetForgotten;
import dev.millrace.engine.coordinator.group.StreamsRecord.TargetStored;
import dev.millrace.engine.coordinator.group.StreamsRecord.TopologyForgotten;
import dev.millrace.engine.coordinator.group.StreamsRecord.TopologyStored;
import dev.millrace.engine.log.VersionedMessage;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.coordinator.group.generated.CoordinatorRecordType;
import org.apache.kafka.coordinator.group.generated.StreamsGroupCurrentMemberAssignmentKey;
import org.apache.kafka.coordinator.group.generated.StreamsGroupCurrentMemberAssignmentValue;
import org.apache.kafka.coordinator.group.generated.StreamsGroupMemberMetadataKey;
import org.apache.kafka.coordinator.group.generated.StreamsGroupMemberMetadataValue;
import org.apache.kafka.coordinator.group.generated.StreamsGroupMetadataKey;
import org.apache.kafka.coordinator.group.generated.StreamsGroupMetadataValue;
import org.apache.kafka.coordinator.group.generated.StreamsGroupMetadataValue.LastAssignmentConfig;
import org.apache.kafka.coordinator.group.generated.StreamsGroupTargetAssignmentMemberKey;
import org.apache.kafka.coordinator.group.generated.StreamsGroupTargetAssignmentMemberValue;
import org.apache.kafka.coordinator.group.generated.StreamsGroupTargetAssignmentMetadataKey;
import org.apache.kafka.coordinator.group.generated.StreamsGroupTargetAssignmentMetadataValue;
import org.apache.kafka.coordinator.group.generated.StreamsGroupTopologyKey;
import org.apache.kafka.coordinator.group.generated.StreamsGroupTopologyValue;
import org.jspecify.annotations.Nullable;

/// Kafka's records of streams groups; how they stand in the log is in [GroupRecordFormat]. Tasks are written in order.
final class StreamsRecordFormat {
    private static final short VERSION = 0;

    private StreamsRecordFormat() {}

    static CoordinatorRecordType kind(StreamsRecord fact) {
        return switch (fact) {
            case GroupStored _, GroupForgotten _ -> CoordinatorRecordType.STREAMS_GROUP_METADATA;
            case MemberStored _, MemberForgotten _ ->
                    CoordinatorRecordType.STREAMS_GROUP_MEMBER_METADATA;
            case TargetEpochStored _, TargetEpochForgotten _ ->
                    CoordinatorRecordType.STREAMS_GROUP_TARGET_ASSIGNMENT_METADATA;
            case TargetStored _, TargetForgotten _ ->
                    CoordinatorRecordType.STREAMS_GROUP_TARGET_ASSIGNMENT_MEMBER;
            case CurrentStored _, CurrentForgotten _ ->
                    CoordinatorRecordType.STREAMS_GROUP_CURRENT_MEMBER_ASSIGNMENT;
            case TopologyStored _, TopologyForgotten _ ->
                    CoordinatorRecordType.STREAMS_GROUP_TOPOLOGY;
        };
    }

    static ApiMessage key(StreamsRecord fact) {
        return switch (fact) {
            case GroupStored(var group, _) -> groupKey(group);
            case GroupForgotten(var group) -> groupKey(group);
            case MemberStored(var group, var member, _) -> memberKey(group, member);
            case MemberForgotten(var group, var member) -> memberKey(group, member);
            case TargetEpochStored(var group, _, _) -> targetEpochKey(group);
            case TargetEpochForgotten(var group) -> targetEpochKey(group);
            case TargetStored(var group, var member, _) -> targetKey(group, member);
            case TargetForgotten(var group, var member) -> targetKey(group, member);
            case CurrentStored(var group, var member, _) -> currentKey(group, member);
            case CurrentForgotten(var group, var member) -> currentKey(group, member);
            case TopologyStored(var group, _) -> topologyKey(group);
            case TopologyForgotten(var group) -> topologyKey(group);
        };
    }

    private static ApiMessage groupKey(String group) {
        return new StreamsGroupMetadataKey().setGroupId(group);
    }

    private static ApiMessage memberKey(String group, String member) {
        return new StreamsGroupMemberMetadataKey().setGroupId(group).setMemberId(member);
    }

    private static ApiMessage targetEpochKey(String group) {
        return new StreamsGroupTargetAssignmentMetadataKey().setGroupId(group);
    }

    private static ApiMessage targetKey(String group, String member) {
        return new StreamsGroupTargetAssignmentMemberKey().setGroupId(group).setMemberId(member);
    }

    private static ApiMessage currentKey(String group, String member) {
        return new StreamsGroupCurrentMemberAssignmentKey().setGroupId(group).setMemberId(member);
    }

    private static ApiMessage topologyKey(String group) {
        return new StreamsGroupTopologyKey().setGroupId(group);
    }

    // ---- values

    /// Null for a fact that takes its key back.
    static @Nullable VersionedMessage value(StreamsRecord fact) {
        ApiMessage value =
                switch (fact) {
                    case GroupStored(_, var facts) -> groupValue(facts);
                    case MemberStored(_, _, var said) -> memberValue(said);
                    case TargetEpochStored(_, int epoch, long computedMs) ->
                            new StreamsGroupTargetAssignmentMetadataValue()
                                    .setAssignmentEpoch(epoch)
                                    .setAssignmentTimestamp(computedMs);
                    case TargetStored(_, _, var tasks) -> targetValue(tasks);
                    case CurrentStored(_, _, var current) -> currentValue(current);
                    case TopologyStored(_, var topology) -> topology;
                    case StreamsRecord.Forgotten _ -> null;
                };
        return value == null ? null : new VersionedMessage(VERSION, value, VERSION);
    }

    private static ApiMessage groupValue(Facts facts) {
        List<LastAssignmentConfig> configs = new ArrayList<>(facts.configs().size());
        facts.configs()
                .forEach((key, value) ->
                        configs.add(new LastAssignmentConfig().setKey(key).setValue(value)));
        return new StreamsGroupMetadataValue()
                .setEpoch(facts.epoch())
                .setMetadataHash(facts.metadataHash())
                .setValidatedTopologyEpoch(facts.validatedTopologyEpoch())
                .setLastAssignmentConfigs(configs)
                .setStoredDescriptionTopologyEpoch(facts.storedDescriptionEpoch())
                .setFailedDescriptionTopologyEpoch(facts.failedDescriptionEpoch());
    }

    private static ApiMessage memberValue(StreamsProfile said) {
        List<StreamsGroupMemberMetadataValue.KeyValue> tags = new ArrayList<>(said.tags().size());
        said.tags()
                .forEach((key, value) ->
                        tags.add(
                                new StreamsGroupMemberMetadataValue.KeyValue()
                                        .setKey(key)
                                        .setValue(value)));
        StreamsProfile.Endpoint endpoint = said.endpoint();
        return new StreamsGroupMemberMetadataValue()
                .setInstanceId(said.instanceId())
                .setRackId(said.rackId())
                .setClientId(said.clientId())
                .setClientHost(said.clientHost())
                .setRebalanceTimeoutMs(said.rebalanceTimeoutMs())
                .setTopologyEpoch(said.topologyEpoch())
                .setProcessId(said.processId())
                .setUserEndpoint(
                        endpoint == null
                                ? null
                                : new StreamsGroupMemberMetadataValue.Endpoint()
                                        .setHost(endpoint.host())
                                        .setPort(endpoint.port()))
                .setClientTags(tags);
    }

    private static ApiMessage targetValue(StreamsTasks tasks) {
        return new StreamsGroupTargetAssignmentMemberValue()
                .setActiveTasks(targetIds(tasks.active()))
                .setStandbyTasks(targetIds(tasks.standby()))
                .setWarmupTasks(targetIds(tasks.warmup()));
    }

    private static List<StreamsGroupTargetAssignmentMemberValue.TaskIds> targetIds(
            SortedMap<String, SortedSet<Integer>> tasks) {
        List<StreamsGroupTargetAssignmentMemberValue.TaskIds> ids = new ArrayList<>(tasks.size());
        tasks.forEach((subtopology, partitions) ->
                ids.add(
                        new StreamsGroupTargetAssignmentMemberValue.TaskIds()
                                .setSubtopologyId(subtopology)
                                .setPartitions(List.copyOf(partitions))));
        return ids;
    }

    private static ApiMessage currentValue(StreamsAssignment current) {
        StreamsHoldings assigned = current.assigned();
        StreamsHoldings revoking = current.revoking();
        return new StreamsGroupCurrentMemberAssignmentValue()
                .setMemberEpoch(current.epoch())
                .setPreviousMemberEpoch(current.previousEpoch())
                .setState(current.state().code())
                .setActiveTasks(activeIds(assigned.active()))
                .setStandbyTasks(otherIds(assigned.standby()))
                .setWarmupTasks(otherIds(assigned.warmup()))
                .setActiveTasksPendingRevocation(activeIds(revoking.active()))
                .setStandbyTasksPendingRevocation(otherIds(revoking.standby()))
                .setWarmupTasksPendingRevocation(otherIds(revoking.warmup()));
    }

    private static List<StreamsGroupCurrentMemberAssignmentValue.TaskIds> activeIds(
            SortedMap<String, SortedMap<Integer, Integer>> tasks) {
        List<StreamsGroupCurrentMemberAssignmentValue.TaskIds> ids = new ArrayList<>(tasks.size());
        tasks.forEach((subtopology, epochs) ->
                ids.add(
                        new StreamsGroupCurrentMemberAssignmentValue.TaskIds()
                                .setSubtopologyId(subtopology)
                                .setPartitions(List.copyOf(epochs.keySet()))
                                .setAssignmentEpochs(List.copyOf(epochs.values()))));
        return ids;
    }

    private static List<StreamsGroupCurrentMemberAssignmentValue.TaskIds> otherIds(
            SortedMap<String, SortedSet<Integer>> tasks) {
        List<StreamsGroupCurrentMemberAssignmentValue.TaskIds> ids = new ArrayList<>(tasks.size());
        tasks.forEach((subtopology, partitions) ->
                ids.add(
                        new StreamsGroupCurrentMemberAssignmentValue.TaskIds()
                                .setSubtopologyId(subtopology)
                                .setPartitions(List.copyOf(partitions))));
        return ids;
    }

    // ---- reading

    /// @param key the kind has been read from it
    /// @return null for a kind that is not of this protocol
    static @Nullable StreamsRecord read(
            CoordinatorRecordType kind, ByteBuffer key, @Nullable ByteBuffer value) {
        var in = new ByteBufferAccessor(key);
        return switch (kind) {
            case STREAMS_GROUP_METADATA ->
                    group(new StreamsGroupMetadataKey(in, VERSION).groupId(), value);
            case STREAMS_GROUP_MEMBER_METADATA ->
                    member(new StreamsGroupMemberMetadataKey(in, VERSION), value);
            case STREAMS_GROUP_TARGET_ASSIGNMENT_METADATA ->
                    targetEpoch(
                            new StreamsGroupTargetAssignmentMetadataKey(in, VERSION).groupId(),
                            value);
            case STREAMS_GROUP_TARGET_ASSIGNMENT_MEMBER ->
                    target(new StreamsGroupTargetAssignmentMemberKey(in, VERSION), value);
            case STREAMS_GROUP_CURRENT_MEMBER_ASSIGNMENT ->
                    current(new StreamsGroupCurrentMemberAssignmentKey(in, VERSION), value);
            case STREAMS_GROUP_TOPOLOGY ->
                    topology(new StreamsGroupTopologyKey(in, VERSION).groupId(), value);
            default -> null;
        };
    }

    private static StreamsRecord group(String group, @Nullable ByteBuffer value) {
        if (value == null) {
            return new GroupForgotten(group);
        }
        short version = value.getShort();
        var read = new StreamsGroupMetadataValue(new ByteBufferAccessor(value), version);
        var configs = new TreeMap<String, String>();
        if (read.lastAssignmentConfigs() != null) {
            read.lastAssignmentConfigs()
                    .forEach(config -> configs.put(config.key(), config.value()));
        }
        return new GroupStored(
                group,
                new Facts(
                        read.epoch(),
                        read.metadataHash(),
                        read.validatedTopologyEpoch(),
                        configs,
                        read.storedDescriptionTopologyEpoch(),
                        read.failedDescriptionTopologyEpoch()));
    }

    private static StreamsRecord member(
            StreamsGroupMemberMetadataKey key, @Nullable ByteBuffer value) {
        if (value == null) {
            return new MemberForgotten(key.groupId(), key.memberId());
        }
        short version = value.getShort();
        var read = new StreamsGroupMemberMetadataValue(new ByteBufferAccessor(value), version);
        var tags = new TreeMap<String, String>();
        read.clientTags().forEach(tag -> tags.put(tag.key(), tag.value()));
        var endpoint = read.userEndpoint();
        return new MemberStored(
                key.groupId(),
                key.memberId(),
                new StreamsProfile(
                        read.instanceId(),
                        read.rackId(),
                        read.clientId(),
                        read.clientHost(),
                        read.rebalanceTimeoutMs(),
                        read.topologyEpoch(),
                        read.processId(),
                        endpoint == null
                                ? null
                                : new StreamsProfile.Endpoint(endpoint.host(), endpoint.port()),
                        tags));
    }

    private static StreamsRecord targetEpoch(String group, @Nullable ByteBuffer value) {
        if (value == null) {
            return new TargetEpochForgotten(group);
        }
        short version = value.getShort();
        var read =
                new StreamsGroupTargetAssignmentMetadataValue(
                        new ByteBufferAccessor(value), version);
        return new TargetEpochStored(group, read.assignmentEpoch(), read.assignmentTimestamp());
    }

    private static StreamsRecord target(
            StreamsGroupTargetAssignmentMemberKey key, @Nullable ByteBuffer value) {
        if (value == null) {
            return new TargetForgotten(key.groupId(), key.memberId());
        }
        short version = value.getShort();
        var read =
                new StreamsGroupTargetAssignmentMemberValue(new ByteBufferAccessor(value), version);
        return new TargetStored(
                key.groupId(),
                key.memberId(),
                new StreamsTasks(
                        targetTasks(read.activeTasks()),
                        targetTasks(read.standbyTasks()),
                        targetTasks(read.warmupTasks())));
    }

    private static SortedMap<String, SortedSet<Integer>> targetTasks(
            List<StreamsGroupTargetAssignmentMemberValue.TaskIds> ids) {
        var tasks = new TreeMap<String, SortedSet<Integer>>();
        ids.forEach(id -> tasks.put(id.subtopologyId(), new TreeSet<>(id.partitions())));
        return tasks;
    }

    private static StreamsRecord current(
            StreamsGroupCurrentMemberAssignmentKey key, @Nullable ByteBuffer value) {
        if (value == null) {
            return new CurrentForgotten(key.groupId(), key.memberId());
        }
        short version = value.getShort();
        var read =
                new StreamsGroupCurrentMemberAssignmentValue(
                        new ByteBufferAccessor(value), version);
        int epoch = read.memberEpoch();
        return new CurrentStored(
                key.groupId(),
                key.memberId(),
                new StreamsAssignment(
                        epoch,
                        read.previousMemberEpoch(),
                        StreamsMemberState.of(read.state()),
                        new StreamsHoldings(
                                active(read.activeTasks(), epoch),
                                others(read.standbyTasks()),
                                others(read.warmupTasks())),
                        new StreamsHoldings(
                                active(read.activeTasksPendingRevocation(), epoch),
                                others(read.standbyTasksPendingRevocation()),
                                others(read.warmupTasksPendingRevocation()))));
    }

    /// Without epochs of their own, as Kafka wrote them before 4.2, the tasks are of the member's.
    private static SortedMap<String, SortedMap<Integer, Integer>> active(
            List<StreamsGroupCurrentMemberAssignmentValue.TaskIds> ids, int memberEpoch) {
        var tasks = new TreeMap<String, SortedMap<Integer, Integer>>();
        for (StreamsGroupCurrentMemberAssignmentValue.TaskIds id : ids) {
            List<Integer> epochs = id.assignmentEpochs();
            boolean known = epochs != null && epochs.size() == id.partitions().size();
            var partitions = new TreeMap<Integer, Integer>();
            for (int i = 0; i < id.partitions().size(); i++) {
                partitions.put(id.partitions().get(i), known ? epochs.get(i) : memberEpoch);
            }
            tasks.put(id.subtopologyId(), partitions);
        }
        return tasks;
    }

    private static SortedMap<String, SortedSet<Integer>> others(
            List<StreamsGroupCurrentMemberAssignmentValue.TaskIds> ids) {
        var tasks = new TreeMap<String, SortedSet<Integer>>();
        ids.forEach(id -> tasks.put(id.subtopologyId(), new TreeSet<>(id.partitions())));
        return tasks;
    }

    private static StreamsRecord topology(String group, @Nullable ByteBuffer value) {
        if (value == null) {
            return new TopologyForgotten(group);
        }
        short version = value.getShort();
        return new TopologyStored(
                group, new StreamsGroupTopologyValue(new ByteBufferAccessor(value), version));
    }
}
