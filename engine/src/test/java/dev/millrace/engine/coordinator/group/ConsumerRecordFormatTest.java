package dev.millrace.engine.coordinator.group;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

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
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.coordinator.common.runtime.CoordinatorRecord;
import org.apache.kafka.coordinator.group.GroupCoordinatorRecordHelpers;
import org.apache.kafka.coordinator.group.GroupCoordinatorRecordSerde;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupCurrentMemberAssignmentKey;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupCurrentMemberAssignmentValue;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupCurrentMemberAssignmentValue.TopicPartitions;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupMemberMetadataValue.ClassicMemberMetadata;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupMemberMetadataValue.ClassicProtocol;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupPartitionMetadataKey;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupPartitionMetadataValue;
import org.apache.kafka.coordinator.group.modern.MemberState;
import org.apache.kafka.coordinator.group.modern.consumer.ConsumerGroupMember;
import org.apache.kafka.coordinator.group.modern.consumer.ResolvedRegularExpression;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Our records of the consumer protocol are Kafka's, byte for byte: its own classes write the same.
class ConsumerRecordFormatTest {
    private static final Uuid TOPIC = Uuid.fromString("xtzWWN4bTjitpL3kfd9s5g");
    private static final ConsumerSubscription BY_NAME =
            new ConsumerSubscription(null, null, 45, "c", "/h", List.of("a", "b"), "", null, null);
    private static final ConsumerSubscription EVERYTHING =
            new ConsumerSubscription(
                    "i",
                    "r",
                    45,
                    "c",
                    "/h",
                    List.of(),
                    "t.*",
                    "range",
                    new ConsumerSubscription.Classic(
                            10,
                            List.of(
                                    new ClassicMember.Protocol(
                                            "range", Bytes.wrap(new byte[] {1})))));

    record Case(String name, GroupRecord ours, CoordinatorRecord kafkas) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Case> cases() {
        return Stream.of(
                new Case(
                        "group epoch",
                        new GroupEpochStored("g", 7, 99),
                        GroupCoordinatorRecordHelpers.newConsumerGroupEpochRecord("g", 7, 99)),
                new Case(
                        "group gone",
                        new GroupEpochForgotten("g"),
                        GroupCoordinatorRecordHelpers.newConsumerGroupEpochTombstoneRecord("g")),
                new Case(
                        "member",
                        new MemberStored("g", "m", BY_NAME),
                        GroupCoordinatorRecordHelpers.newConsumerGroupMemberSubscriptionRecord(
                                "g", kafkas().setSubscribedTopicNames(List.of("b", "a")).build())),
                new Case(
                        "member that says everything",
                        new MemberStored("g", "m", EVERYTHING),
                        GroupCoordinatorRecordHelpers.newConsumerGroupMemberSubscriptionRecord(
                                "g", everything())),
                new Case(
                        "member gone",
                        new MemberForgotten("g", "m"),
                        GroupCoordinatorRecordHelpers
                                .newConsumerGroupMemberSubscriptionTombstoneRecord("g", "m")),
                new Case(
                        "target epoch",
                        new TargetEpochStored("g", 7, 1_234),
                        GroupCoordinatorRecordHelpers
                                .newConsumerGroupTargetAssignmentMetadataRecord("g", 7, 1_234)),
                new Case(
                        "target epoch gone",
                        new TargetEpochForgotten("g"),
                        GroupCoordinatorRecordHelpers
                                .newConsumerGroupTargetAssignmentMetadataTombstoneRecord("g")),
                new Case(
                        "target",
                        new TargetStored("g", "m", Map.of(TOPIC, new TreeSet<>(Set.of(0, 2, 5)))),
                        GroupCoordinatorRecordHelpers.newConsumerGroupTargetAssignmentRecord(
                                "g", "m", Map.of(TOPIC, new TreeSet<>(Set.of(0, 2, 5))))),
                new Case(
                        "target gone",
                        new TargetForgotten("g", "m"),
                        GroupCoordinatorRecordHelpers
                                .newConsumerGroupTargetAssignmentTombstoneRecord("g", "m")),
                new Case(
                        "assignment",
                        new CurrentStored(
                                "g",
                                "m",
                                new ConsumerAssignment(
                                        5,
                                        4,
                                        ConsumerMemberState.UNREVOKED_PARTITIONS,
                                        Map.of(TOPIC, new TreeMap<>(Map.of(0, 3, 1, 5))),
                                        Map.of(TOPIC, Map.of(7, 2)))),
                        GroupCoordinatorRecordHelpers.newConsumerGroupCurrentAssignmentRecord(
                                "g",
                                kafkas().setMemberEpoch(5)
                                        .setPreviousMemberEpoch(4)
                                        .setState(MemberState.UNREVOKED_PARTITIONS)
                                        .setAssignedPartitions(
                                                Map.of(TOPIC, new TreeMap<>(Map.of(0, 3, 1, 5))))
                                        .setPartitionsPendingRevocation(Map.of(TOPIC, Map.of(7, 2)))
                                        .build())),
                new Case(
                        "assignment gone",
                        new CurrentForgotten("g", "m"),
                        GroupCoordinatorRecordHelpers
                                .newConsumerGroupCurrentAssignmentTombstoneRecord("g", "m")),
                new Case(
                        "expression",
                        new RegexResolved("g", "t.*", new Resolution(List.of("t1", "t2"), 8, 9)),
                        GroupCoordinatorRecordHelpers.newConsumerGroupRegularExpressionRecord(
                                "g",
                                "t.*",
                                new ResolvedRegularExpression(Set.of("t2", "t1"), 8, 9))),
                new Case(
                        "expression gone",
                        new RegexForgotten("g", "t.*"),
                        GroupCoordinatorRecordHelpers.newConsumerGroupRegularExpressionTombstone(
                                "g", "t.*")),
                new Case(
                        "partitions gone",
                        new PartitionsForgotten("g"),
                        GroupCoordinatorRecordHelpers
                                .newConsumerGroupSubscriptionMetadataTombstoneRecord("g")));
    }

    private static ConsumerGroupMember.Builder kafkas() {
        return new ConsumerGroupMember.Builder("m")
                .setRebalanceTimeoutMs(45)
                .setClientId("c")
                .setClientHost("/h");
    }

    private static ConsumerGroupMember everything() {
        return kafkas().setInstanceId("i")
                .setRackId("r")
                .setSubscribedTopicRegex("t.*")
                .setServerAssignorName("range")
                .setClassicMemberMetadata(
                        new ClassicMemberMetadata()
                                .setSessionTimeoutMs(10)
                                .setSupportedProtocols(
                                        List.of(
                                                new ClassicProtocol()
                                                        .setName("range")
                                                        .setMetadata(new byte[] {1}))))
                .build();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void writesWhatKafkaWrites(Case c) {
        SimpleRecord ours = Written.record(c.ours, 1);
        var serde = new GroupCoordinatorRecordSerde();
        assertArrayEquals(serde.serializeKey(c.kafkas), array(ours.key()));
        byte[] value = serde.serializeValue(c.kafkas);
        if (value == null) {
            assertNull(ours.value());
        } else {
            assertArrayEquals(value, array(ours.value()));
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void readsWhatItWrote(Case c) {
        SimpleRecord ours = Written.record(c.ours, 1);
        assertEquals(c.ours, new GroupRecordFormat().read(ours.key(), ours.value()));
    }

    @Test
    void partitionsWithoutEpochsHaveTheMembers() {
        var value =
                new ConsumerGroupCurrentMemberAssignmentValue()
                        .setMemberEpoch(6)
                        .setPreviousMemberEpoch(5)
                        .setState((byte) 0)
                        .setAssignedPartitions(
                                List.of(
                                        new TopicPartitions()
                                                .setTopicId(TOPIC)
                                                .setPartitions(List.of(1, 2))));
        var key = new ConsumerGroupCurrentMemberAssignmentKey().setGroupId("g").setMemberId("m");
        assertEquals(
                new CurrentStored(
                        "g",
                        "m",
                        new ConsumerAssignment(
                                6,
                                5,
                                ConsumerMemberState.STABLE,
                                Map.of(TOPIC, Map.of(1, 6, 2, 6)),
                                Map.of())),
                read(CoordinatorRecord.record(key, new ApiMessageAndVersion(value, (short) 0))));
    }

    @Test
    void theDeprecatedRecordOfPartitionsIsSeen() {
        var key = new ConsumerGroupPartitionMetadataKey().setGroupId("g");
        var value = new ConsumerGroupPartitionMetadataValue();
        assertEquals(
                new PartitionsStored("g"),
                read(CoordinatorRecord.record(key, new ApiMessageAndVersion(value, (short) 0))));
    }

    private static GroupRecord read(CoordinatorRecord record) {
        var serde = new GroupCoordinatorRecordSerde();
        return java.util.Objects.requireNonNull(
                new GroupRecordFormat()
                        .read(
                                ByteBuffer.wrap(serde.serializeKey(record)),
                                ByteBuffer.wrap(serde.serializeValue(record))));
    }

    private static byte[] array(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }
}
