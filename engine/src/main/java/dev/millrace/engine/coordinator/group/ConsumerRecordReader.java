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
import dev.millrace.engine.coordinator.group.ConsumerRecord.Resolution;
import dev.millrace.engine.coordinator.group.ConsumerRecord.TargetEpochForgotten;
import dev.millrace.engine.coordinator.group.ConsumerRecord.TargetEpochStored;
import dev.millrace.engine.coordinator.group.ConsumerRecord.TargetForgotten;
import dev.millrace.engine.coordinator.group.ConsumerRecord.TargetStored;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.utils.Bytes;
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

/// Reads what [ConsumerRecordFormat], or a broker of Apache Kafka, has written.
final class ConsumerRecordReader {
    private static final short KEY_VERSION = 0;

    private ConsumerRecordReader() {}

    /// @param key the kind has been read from it
    /// @return null for a kind that is not of this protocol
    static @Nullable ConsumerRecord read(
            CoordinatorRecordType kind, ByteBuffer key, @Nullable ByteBuffer value) {
        var in = new ByteBufferAccessor(key);
        return switch (kind) {
            case CONSUMER_GROUP_METADATA ->
                    group(new ConsumerGroupMetadataKey(in, KEY_VERSION).groupId(), value);
            case CONSUMER_GROUP_MEMBER_METADATA ->
                    member(new ConsumerGroupMemberMetadataKey(in, KEY_VERSION), value);
            case CONSUMER_GROUP_TARGET_ASSIGNMENT_METADATA ->
                    targetEpoch(
                            new ConsumerGroupTargetAssignmentMetadataKey(in, KEY_VERSION).groupId(),
                            value);
            case CONSUMER_GROUP_TARGET_ASSIGNMENT_MEMBER ->
                    target(new ConsumerGroupTargetAssignmentMemberKey(in, KEY_VERSION), value);
            case CONSUMER_GROUP_CURRENT_MEMBER_ASSIGNMENT ->
                    current(new ConsumerGroupCurrentMemberAssignmentKey(in, KEY_VERSION), value);
            case CONSUMER_GROUP_REGULAR_EXPRESSION ->
                    regex(new ConsumerGroupRegularExpressionKey(in, KEY_VERSION), value);
            case CONSUMER_GROUP_PARTITION_METADATA -> {
                String group = new ConsumerGroupPartitionMetadataKey(in, KEY_VERSION).groupId();
                yield value == null ? new PartitionsForgotten(group) : new PartitionsStored(group);
            }
            default -> null;
        };
    }

    private static ConsumerRecord group(String group, @Nullable ByteBuffer value) {
        if (value == null) {
            return new GroupEpochForgotten(group);
        }
        short version = value.getShort();
        var read = new ConsumerGroupMetadataValue(new ByteBufferAccessor(value), version);
        return new GroupEpochStored(group, read.epoch(), read.metadataHash());
    }

    private static ConsumerRecord member(
            ConsumerGroupMemberMetadataKey key, @Nullable ByteBuffer value) {
        if (value == null) {
            return new MemberForgotten(key.groupId(), key.memberId());
        }
        short version = value.getShort();
        var read = new ConsumerGroupMemberMetadataValue(new ByteBufferAccessor(value), version);
        return new MemberStored(
                key.groupId(),
                key.memberId(),
                new ConsumerSubscription(
                        read.instanceId(),
                        read.rackId(),
                        read.rebalanceTimeoutMs(),
                        read.clientId(),
                        read.clientHost(),
                        ConsumerSubscription.inOrder(read.subscribedTopicNames()),
                        Objects.requireNonNullElse(read.subscribedTopicRegex(), ""),
                        read.serverAssignor(),
                        classic(read.classicMemberMetadata())));
    }

    private static ConsumerSubscription.@Nullable Classic classic(
            @Nullable ClassicMemberMetadata read) {
        if (read == null) {
            return null;
        }
        List<ClassicMember.Protocol> protocols = new ArrayList<>(read.supportedProtocols().size());
        for (ClassicProtocol protocol : read.supportedProtocols()) {
            protocols.add(
                    new ClassicMember.Protocol(protocol.name(), Bytes.wrap(protocol.metadata())));
        }
        return new ConsumerSubscription.Classic(read.sessionTimeoutMs(), List.copyOf(protocols));
    }

    private static ConsumerRecord targetEpoch(String group, @Nullable ByteBuffer value) {
        if (value == null) {
            return new TargetEpochForgotten(group);
        }
        short version = value.getShort();
        var read =
                new ConsumerGroupTargetAssignmentMetadataValue(
                        new ByteBufferAccessor(value), version);
        return new TargetEpochStored(group, read.assignmentEpoch(), read.assignmentTimestamp());
    }

    private static ConsumerRecord target(
            ConsumerGroupTargetAssignmentMemberKey key, @Nullable ByteBuffer value) {
        if (value == null) {
            return new TargetForgotten(key.groupId(), key.memberId());
        }
        short version = value.getShort();
        var read =
                new ConsumerGroupTargetAssignmentMemberValue(
                        new ByteBufferAccessor(value), version);
        var partitions = new TreeMap<Uuid, Set<Integer>>();
        for (ConsumerGroupTargetAssignmentMemberValue.TopicPartition topic :
                read.topicPartitions()) {
            partitions.put(
                    topic.topicId(),
                    Collections.unmodifiableSet(new TreeSet<>(topic.partitions())));
        }
        return new TargetStored(
                key.groupId(), key.memberId(), Collections.unmodifiableMap(partitions));
    }

    private static ConsumerRecord current(
            ConsumerGroupCurrentMemberAssignmentKey key, @Nullable ByteBuffer value) {
        if (value == null) {
            return new CurrentForgotten(key.groupId(), key.memberId());
        }
        short version = value.getShort();
        var read =
                new ConsumerGroupCurrentMemberAssignmentValue(
                        new ByteBufferAccessor(value), version);
        return new CurrentStored(
                key.groupId(),
                key.memberId(),
                new ConsumerAssignment(
                        read.memberEpoch(),
                        read.previousMemberEpoch(),
                        ConsumerMemberState.of(read.state()),
                        held(read.assignedPartitions(), read.memberEpoch()),
                        held(read.partitionsPendingRevocation(), read.memberEpoch())));
    }

    /// @param memberEpoch stands for the epochs of partitions that brokers before Kafka 4.4 did not write
    private static Map<Uuid, Map<Integer, Integer>> held(
            List<ConsumerGroupCurrentMemberAssignmentValue.TopicPartitions> read, int memberEpoch) {
        var held = new TreeMap<Uuid, Map<Integer, Integer>>();
        for (ConsumerGroupCurrentMemberAssignmentValue.TopicPartitions topic : read) {
            List<Integer> since = topic.assignmentEpochs();
            boolean isKnown = since != null && since.size() == topic.partitions().size();
            var epochs = new TreeMap<Integer, Integer>();
            for (int i = 0; i < topic.partitions().size(); i++) {
                epochs.put(
                        topic.partitions().get(i),
                        since != null && isKnown ? since.get(i) : Math.max(memberEpoch, 0));
            }
            held.put(topic.topicId(), Collections.unmodifiableMap(epochs));
        }
        return Collections.unmodifiableMap(held);
    }

    private static ConsumerRecord regex(
            ConsumerGroupRegularExpressionKey key, @Nullable ByteBuffer value) {
        if (value == null) {
            return new RegexForgotten(key.groupId(), key.regularExpression());
        }
        short version = value.getShort();
        var read = new ConsumerGroupRegularExpressionValue(new ByteBufferAccessor(value), version);
        return new RegexResolved(
                key.groupId(),
                key.regularExpression(),
                new Resolution(
                        ConsumerSubscription.inOrder(read.topics()),
                        read.version(),
                        read.timestamp()));
    }
}
