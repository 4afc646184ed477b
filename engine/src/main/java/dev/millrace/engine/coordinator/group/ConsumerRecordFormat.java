package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.group.ConsumerRecord.CurrentForgotten;
import dev.millrace.engine.coordinator.group.ConsumerRecord.CurrentStored;
import dev.millrace.engine.coordinator.group.ConsumerRecord.GroupEpochForgotten;
import dev.millrace.engine.coordinator.group.ConsumerRecord.GroupEpochStored;
import dev.millrace.engine.coordinator.group.ConsumerRecord.MemberForgotten;
import dev.millrace.engine.coordinator.group.ConsumerRecord.MemberStored;
import dev.millrace.engine.coordinator.group.ConsumerRecord.PartitionsForgotten;
import dev.millrace.engine.coordinator.group.ConsumerRecord.PartitionsStored;
import dev.millrace.engine.coordinator.group.ConsumerRecord.RegexForgotten;
import dev.millrace.engine.coordinator.group.ConsumerRecord.RegexResolved;
import dev.millrace.engine.coordinator.group.ConsumerRecord.TargetEpochForgotten;
import dev.millrace.engine.coordinator.group.ConsumerRecord.TargetEpochStored;
import dev.millrace.engine.coordinator.group.ConsumerRecord.TargetForgotten;
import dev.millrace.engine.coordinator.group.ConsumerRecord.TargetStored;
import dev.millrace.engine.log.VersionedMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupCurrentMemberAssignmentKey;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupCurrentMemberAssignmentValue;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupMemberMetadataKey;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupMemberMetadataValue;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupMemberMetadataValue.ClassicMemberMetadata;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupMemberMetadataValue.ClassicProtocol;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupMetadataKey;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupMetadataValue;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupPartitionMetadataKey;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupRegularExpressionKey;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupRegularExpressionValue;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupTargetAssignmentMemberKey;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupTargetAssignmentMemberValue;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupTargetAssignmentMetadataKey;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupTargetAssignmentMetadataValue;
import org.apache.kafka.coordinator.group.generated.CoordinatorRecordType;
import org.jspecify.annotations.Nullable;

/// Kafka's records of groups of the consumer protocol; how they stand in the log is in [GroupRecordFormat]. Topics and
/// partitions are written in order.
final class ConsumerRecordFormat {
    private static final short VALUE_VERSION = 0;

    private ConsumerRecordFormat() {}

    static CoordinatorRecordType kind(ConsumerRecord fact) {
        return switch (fact) {
            case GroupEpochStored _, GroupEpochForgotten _ ->
                    CoordinatorRecordType.CONSUMER_GROUP_METADATA;
            case MemberStored _, MemberForgotten _ ->
                    CoordinatorRecordType.CONSUMER_GROUP_MEMBER_METADATA;
            case TargetEpochStored _, TargetEpochForgotten _ ->
                    CoordinatorRecordType.CONSUMER_GROUP_TARGET_ASSIGNMENT_METADATA;
            case TargetStored _, TargetForgotten _ ->
                    CoordinatorRecordType.CONSUMER_GROUP_TARGET_ASSIGNMENT_MEMBER;
            case CurrentStored _, CurrentForgotten _ ->
                    CoordinatorRecordType.CONSUMER_GROUP_CURRENT_MEMBER_ASSIGNMENT;
            case RegexResolved _, RegexForgotten _ ->
                    CoordinatorRecordType.CONSUMER_GROUP_REGULAR_EXPRESSION;
            case PartitionsStored _, PartitionsForgotten _ ->
                    CoordinatorRecordType.CONSUMER_GROUP_PARTITION_METADATA;
        };
    }

    static ApiMessage key(ConsumerRecord fact) {
        return switch (fact) {
            case GroupEpochStored(var group, _, _) -> groupKey(group);
            case GroupEpochForgotten(var group) -> groupKey(group);
            case MemberStored(var group, var member, _) -> memberKey(group, member);
            case MemberForgotten(var group, var member) -> memberKey(group, member);
            case TargetEpochStored(var group, _, _) -> targetEpochKey(group);
            case TargetEpochForgotten(var group) -> targetEpochKey(group);
            case TargetStored(var group, var member, _) -> targetKey(group, member);
            case TargetForgotten(var group, var member) -> targetKey(group, member);
            case CurrentStored(var group, var member, _) -> currentKey(group, member);
            case CurrentForgotten(var group, var member) -> currentKey(group, member);
            case RegexResolved(var group, var regex, _) -> regexKey(group, regex);
            case RegexForgotten(var group, var regex) -> regexKey(group, regex);
            case PartitionsStored(var group) -> partitionsKey(group);
            case PartitionsForgotten(var group) -> partitionsKey(group);
        };
    }

    private static ApiMessage groupKey(String group) {
        return new ConsumerGroupMetadataKey().setGroupId(group);
    }

    private static ApiMessage memberKey(String group, String member) {
        return new ConsumerGroupMemberMetadataKey().setGroupId(group).setMemberId(member);
    }

    private static ApiMessage targetEpochKey(String group) {
        return new ConsumerGroupTargetAssignmentMetadataKey().setGroupId(group);
    }

    private static ApiMessage targetKey(String group, String member) {
        return new ConsumerGroupTargetAssignmentMemberKey().setGroupId(group).setMemberId(member);
    }

    private static ApiMessage currentKey(String group, String member) {
        return new ConsumerGroupCurrentMemberAssignmentKey().setGroupId(group).setMemberId(member);
    }

    private static ApiMessage regexKey(String group, String regex) {
        return new ConsumerGroupRegularExpressionKey()
                .setGroupId(group)
                .setRegularExpression(regex);
    }

    private static ApiMessage partitionsKey(String group) {
        return new ConsumerGroupPartitionMetadataKey().setGroupId(group);
    }

    // ---- values

    /// Null for a fact that takes its key back.
    static @Nullable VersionedMessage value(ConsumerRecord fact) {
        ApiMessage value =
                switch (fact) {
                    case GroupEpochStored(_, int epoch, long hash) ->
                            new ConsumerGroupMetadataValue().setEpoch(epoch).setMetadataHash(hash);
                    case MemberStored(_, _, var said) -> memberValue(said);
                    case TargetEpochStored(_, int epoch, long computedMs) ->
                            new ConsumerGroupTargetAssignmentMetadataValue()
                                    .setAssignmentEpoch(epoch)
                                    .setAssignmentTimestamp(computedMs);
                    case TargetStored(_, _, var partitions) -> targetValue(partitions);
                    case CurrentStored(_, _, var current) -> currentValue(current);
                    case RegexResolved(_, _, var resolution) ->
                            new ConsumerGroupRegularExpressionValue()
                                    .setTopics(resolution.topics())
                                    .setVersion(resolution.version())
                                    .setTimestamp(resolution.resolvedMs());
                    case PartitionsStored _ ->
                            throw new IllegalArgumentException("this kind is not written any more");
                    case ConsumerRecord.Forgotten _ -> null;
                };
        return value == null ? null : new VersionedMessage(VALUE_VERSION, value, VALUE_VERSION);
    }

    private static ApiMessage memberValue(ConsumerSubscription said) {
        return new ConsumerGroupMemberMetadataValue()
                .setInstanceId(said.instanceId())
                .setRackId(said.rackId())
                .setClientId(said.clientId())
                .setClientHost(said.clientHost())
                .setSubscribedTopicNames(said.topics())
                .setSubscribedTopicRegex(said.regex())
                .setRebalanceTimeoutMs(said.rebalanceTimeoutMs())
                .setServerAssignor(said.assignor())
                .setClassicMemberMetadata(classicValue(said.classic()));
    }

    private static @Nullable ClassicMemberMetadata classicValue(
            ConsumerSubscription.@Nullable Classic classic) {
        if (classic == null) {
            return null;
        }
        List<ClassicProtocol> protocols = new ArrayList<>(classic.protocols().size());
        for (ClassicMember.Protocol protocol : classic.protocols()) {
            protocols.add(
                    new ClassicProtocol()
                            .setName(protocol.name())
                            .setMetadata(protocol.metadata().get()));
        }
        return new ClassicMemberMetadata()
                .setSessionTimeoutMs(classic.sessionTimeoutMs())
                .setSupportedProtocols(protocols);
    }

    private static ApiMessage targetValue(Map<Uuid, Set<Integer>> partitions) {
        List<ConsumerGroupTargetAssignmentMemberValue.TopicPartition> topics =
                new ArrayList<>(partitions.size());
        partitions.forEach((topic, indexes) ->
                topics.add(
                        new ConsumerGroupTargetAssignmentMemberValue.TopicPartition()
                                .setTopicId(topic)
                                .setPartitions(List.copyOf(indexes))));
        return new ConsumerGroupTargetAssignmentMemberValue().setTopicPartitions(topics);
    }

    private static ApiMessage currentValue(ConsumerAssignment current) {
        return new ConsumerGroupCurrentMemberAssignmentValue()
                .setMemberEpoch(current.epoch())
                .setPreviousMemberEpoch(current.previousEpoch())
                .setState(current.state().code())
                .setAssignedPartitions(held(current.assigned()))
                .setPartitionsPendingRevocation(held(current.revoking()));
    }

    private static List<ConsumerGroupCurrentMemberAssignmentValue.TopicPartitions> held(
            Map<Uuid, Map<Integer, Integer>> partitions) {
        List<ConsumerGroupCurrentMemberAssignmentValue.TopicPartitions> topics =
                new ArrayList<>(partitions.size());
        partitions.forEach((topic, epochs) ->
                topics.add(
                        new ConsumerGroupCurrentMemberAssignmentValue.TopicPartitions()
                                .setTopicId(topic)
                                .setPartitions(List.copyOf(epochs.keySet()))
                                .setAssignmentEpochs(List.copyOf(epochs.values()))));
        return topics;
    }
}
