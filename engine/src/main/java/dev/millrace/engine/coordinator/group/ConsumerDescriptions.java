package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.Decision;
import dev.millrace.engine.metadata.TopicImage;
import dev.millrace.engine.metadata.TopicsImage;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData.Assignment;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData.DescribedGroup;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData.Member;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData.TopicPartitions;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.utils.internals.LogContext;
import org.apache.kafka.timeline.SnapshotRegistry;
import org.apache.kafka.timeline.TimelineHashMap;
import org.jspecify.annotations.Nullable;

/// What administrators see of a group of the consumer protocol: who reads what, and shall read what.
final class ConsumerDescriptions {
    private static final byte CLASSIC = 0;
    private static final byte CONSUMER = 1;

    private final GroupShard shard;

    ConsumerDescriptions(GroupShard shard) {
        this.shard = shard;
    }

    static DescribedGroup undescribed(String id, Errors error, @Nullable String message) {
        return new DescribedGroup()
                .setGroupId(id)
                .setErrorCode(error.code())
                .setErrorMessage(message);
    }

    Decision<GroupRecord, DescribedGroup> describe(String id) {
        ConsumerGroup group = shard.consumerGroup(id);
        if (group == null) {
            String why = shard.group(id) == null ? "not found" : "is not a consumer group";
            String message = "Group %s %s.".formatted(id, why);
            return Decision.answer(undescribed(id, Errors.GROUP_ID_NOT_FOUND, message));
        }
        TopicsImage topics = shard.metadata().topics();
        List<Member> members = new ArrayList<>(group.size());
        for (ConsumerMember member : inKafkasOrder(group)) {
            members.add(member(member, group.target(member.id()), topics));
        }
        return Decision.answer(
                new DescribedGroup()
                        .setGroupId(id)
                        .setGroupState(group.stateText())
                        .setGroupEpoch(group.epoch())
                        .setAssignmentEpoch(group.targetEpoch())
                        .setAssignorName(
                                ConsumerTargets.preferred(
                                        group.assignors(), shard.consumerConfig(group)))
                        .setMembers(members));
    }

    /// Apache Kafka names members in the order of its own hash table, which depends on their ids only, and there are tools that
    /// compare its answers as they come.
    private static Collection<ConsumerMember> inKafkasOrder(ConsumerGroup group) {
        var table =
                new TimelineHashMap<String, ConsumerMember>(
                        new SnapshotRegistry(new LogContext()), 0);
        group.inOrder().forEach(member -> table.put(member.id(), member));
        return table.values();
    }

    private static Member member(
            ConsumerMember member, Map<Uuid, Set<Integer>> target, TopicsImage topics) {
        ConsumerSubscription said = member.said();
        return new Member()
                .setMemberId(member.id())
                .setMemberEpoch(member.epoch())
                .setInstanceId(said.instanceId())
                .setRackId(said.rackId())
                .setClientId(said.clientId())
                .setClientHost(said.clientHost())
                .setSubscribedTopicNames(said.topics())
                .setSubscribedTopicRegex(said.regex())
                .setAssignment(assignment(held(member.current()), topics))
                .setTargetAssignment(assignment(target, topics))
                .setMemberType(said.classic() == null ? CONSUMER : CLASSIC);
    }

    /// What it gives up is still its own until it has.
    private static Map<Uuid, Set<Integer>> held(ConsumerAssignment current) {
        var held = new TreeMap<Uuid, Set<Integer>>();
        for (var part : List.of(current.assigned(), current.revoking())) {
            part.forEach((topic, partitions) ->
                    held.computeIfAbsent(topic, _ -> new TreeSet<>()).addAll(partitions.keySet()));
        }
        return held;
    }

    private static Assignment assignment(
            Map<Uuid, ? extends Collection<Integer>> partitions, TopicsImage topics) {
        var assignment = new Assignment();
        partitions.forEach((id, indexes) -> {
            TopicImage topic = topics.byId(id);
            if (topic != null) {
                assignment
                        .topicPartitions()
                        .add(
                                new TopicPartitions()
                                        .setTopicId(id)
                                        .setTopicName(topic.name())
                                        .setPartitions(List.copyOf(indexes)));
            }
        });
        return assignment;
    }
}
