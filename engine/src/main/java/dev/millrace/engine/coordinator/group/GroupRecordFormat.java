package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.FactFormat;
import dev.millrace.engine.coordinator.FactMessages;
import dev.millrace.engine.coordinator.group.GroupRecord.ClassicGroupFacts;
import dev.millrace.engine.coordinator.group.GroupRecord.ClassicGroupForgotten;
import dev.millrace.engine.coordinator.group.GroupRecord.ClassicGroupStored;
import dev.millrace.engine.coordinator.group.GroupRecord.MemberFacts;
import dev.millrace.engine.coordinator.group.GroupRecord.OffsetCommitted;
import dev.millrace.engine.coordinator.group.GroupRecord.OffsetForgotten;
import dev.millrace.engine.log.VersionedMessage;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.coordinator.group.generated.CoordinatorRecordType;
import org.apache.kafka.coordinator.group.generated.GroupMetadataKey;
import org.apache.kafka.coordinator.group.generated.GroupMetadataValue;
import org.apache.kafka.coordinator.group.generated.GroupMetadataValue.MemberMetadata;
import org.apache.kafka.coordinator.group.generated.LegacyOffsetCommitKey;
import org.apache.kafka.coordinator.group.generated.OffsetCommitKey;
import org.apache.kafka.coordinator.group.generated.OffsetCommitValue;
import org.jspecify.annotations.Nullable;

/// Kafka's records of `__consumer_offsets`.
///
/// ```
///   key    int16 kind of record, then the key message in version 0
///   value  int16 version, then the value message in that version; a null value takes the key back
/// ```
final class GroupRecordFormat implements FactFormat<GroupRecord> {
    private static final short KEY_VERSION = 0;

    /// The highest that brokers before Kafka 3.5 can read; what version 4 adds to it is nothing yet.
    private static final short GROUP_VERSION = 3;

    /// With the topic's id, a tagged field.
    private static final short OFFSET_VERSION = 4;

    /// The only one with a time of expiry.
    private static final short EXPIRING_OFFSET_VERSION = 1;

    @Override
    public FactMessages write(GroupRecord fact) {
        return switch (fact) {
            case OffsetCommitted(var group, var topic, int partition, var offset) ->
                    new FactMessages(offsetKey(group, topic, partition), offsetValue(offset));
            case OffsetForgotten(var group, var topic, int partition) ->
                    new FactMessages(offsetKey(group, topic, partition), null);
            case ClassicGroupStored(var group, var facts) ->
                    new FactMessages(groupKey(group), groupValue(facts));
            case ClassicGroupForgotten(var group) -> new FactMessages(groupKey(group), null);
            case ConsumerRecord consumers ->
                    new FactMessages(
                            new VersionedMessage(
                                    ConsumerRecordFormat.kind(consumers).id(),
                                    ConsumerRecordFormat.key(consumers),
                                    KEY_VERSION),
                            ConsumerRecordFormat.value(consumers));
            case StreamsRecord streams ->
                    new FactMessages(
                            new VersionedMessage(
                                    StreamsRecordFormat.kind(streams).id(),
                                    StreamsRecordFormat.key(streams),
                                    KEY_VERSION),
                            StreamsRecordFormat.value(streams));
        };
    }

    private static VersionedMessage offsetKey(String group, String topic, int partition) {
        return new VersionedMessage(
                CoordinatorRecordType.OFFSET_COMMIT.id(),
                new OffsetCommitKey().setGroup(group).setTopic(topic).setPartition(partition),
                KEY_VERSION);
    }

    private static VersionedMessage offsetValue(CommittedOffset offset) {
        short version =
                offset.expiresMs() == CommittedOffset.NEVER
                        ? OFFSET_VERSION
                        : EXPIRING_OFFSET_VERSION;
        return new VersionedMessage(
                version,
                new OffsetCommitValue()
                        .setOffset(offset.offset())
                        .setLeaderEpoch(offset.leaderEpoch())
                        .setMetadata(offset.metadata())
                        .setCommitTimestamp(offset.committedMs())
                        .setExpireTimestamp(offset.expiresMs())
                        .setTopicId(offset.topicId()),
                version);
    }

    private static VersionedMessage groupKey(String group) {
        return new VersionedMessage(
                CoordinatorRecordType.GROUP_METADATA.id(),
                new GroupMetadataKey().setGroup(group),
                KEY_VERSION);
    }

    private static VersionedMessage groupValue(ClassicGroupFacts facts) {
        List<MemberMetadata> members = new ArrayList<>(facts.members().size());
        for (MemberFacts member : facts.members()) {
            members.add(
                    new MemberMetadata()
                            .setMemberId(member.id())
                            .setGroupInstanceId(member.instanceId())
                            .setClientId(member.clientId())
                            .setClientHost(member.clientHost())
                            .setRebalanceTimeout(member.rebalanceTimeoutMs())
                            .setSessionTimeout(member.sessionTimeoutMs())
                            .setSubscription(member.subscription().get())
                            .setAssignment(member.assignment().get()));
        }
        return new VersionedMessage(
                GROUP_VERSION,
                new GroupMetadataValue()
                        .setProtocolType(facts.protocolType())
                        .setGeneration(facts.generation())
                        .setProtocol(facts.protocol())
                        .setLeader(facts.leader())
                        .setCurrentStateTimestamp(facts.sinceMs())
                        .setMembers(members),
                GROUP_VERSION);
    }

    @Override
    public @Nullable GroupRecord read(ByteBuffer key, @Nullable ByteBuffer value) {
        CoordinatorRecordType kind;
        try {
            kind = CoordinatorRecordType.fromId(key.getShort());
        } catch (UnsupportedVersionException e) {
            return null;
        }
        var in = new ByteBufferAccessor(key);
        return switch (kind) {
            case LEGACY_OFFSET_COMMIT -> {
                var read = new LegacyOffsetCommitKey(in, KEY_VERSION);
                yield offset(read.group(), read.topic(), read.partition(), value);
            }
            case OFFSET_COMMIT -> {
                var read = new OffsetCommitKey(in, KEY_VERSION);
                yield offset(read.group(), read.topic(), read.partition(), value);
            }
            case GROUP_METADATA -> group(new GroupMetadataKey(in, KEY_VERSION).group(), value);
            default -> {
                GroupRecord consumers = ConsumerRecordReader.read(kind, key, value);
                yield consumers == null ? StreamsRecordFormat.read(kind, key, value) : consumers;
            }
        };
    }

    private static GroupRecord offset(
            String group, String topic, int partition, @Nullable ByteBuffer value) {
        if (value == null) {
            return new OffsetForgotten(group, topic, partition);
        }
        short version = value.getShort();
        var read = new OffsetCommitValue(new ByteBufferAccessor(value), version);
        return new OffsetCommitted(
                group,
                topic,
                partition,
                new CommittedOffset(
                        read.offset(),
                        read.leaderEpoch(),
                        read.metadata(),
                        read.commitTimestamp(),
                        read.expireTimestamp(),
                        read.topicId()));
    }

    private static GroupRecord group(String group, @Nullable ByteBuffer value) {
        if (value == null) {
            return new ClassicGroupForgotten(group);
        }
        short version = value.getShort();
        var read = new GroupMetadataValue(new ByteBufferAccessor(value), version);
        var members = new ArrayList<MemberFacts>(read.members().size());
        for (MemberMetadata member : read.members()) {
            members.add(member(member));
        }
        return new ClassicGroupStored(
                group,
                new ClassicGroupFacts(
                        Objects.requireNonNullElse(read.protocolType(), ""),
                        read.generation(),
                        read.protocol(),
                        read.leader(),
                        read.currentStateTimestamp(),
                        List.copyOf(members)));
    }

    private static MemberFacts member(MemberMetadata member) {
        return new MemberFacts(
                member.memberId(),
                member.groupInstanceId(),
                member.clientId(),
                member.clientHost(),
                // Before version 1 one time-out served for both.
                member.rebalanceTimeout() == -1
                        ? member.sessionTimeout()
                        : member.rebalanceTimeout(),
                member.sessionTimeout(),
                Bytes.wrap(member.subscription()),
                Bytes.wrap(member.assignment()));
    }
}
