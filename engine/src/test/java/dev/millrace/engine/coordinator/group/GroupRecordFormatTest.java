package dev.millrace.engine.coordinator.group;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.millrace.engine.coordinator.group.GroupRecord.ClassicGroupFacts;
import dev.millrace.engine.coordinator.group.GroupRecord.ClassicGroupForgotten;
import dev.millrace.engine.coordinator.group.GroupRecord.ClassicGroupStored;
import dev.millrace.engine.coordinator.group.GroupRecord.MemberFacts;
import dev.millrace.engine.coordinator.group.GroupRecord.OffsetCommitted;
import dev.millrace.engine.coordinator.group.GroupRecord.OffsetForgotten;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocol;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocolCollection;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.common.utils.internals.LogContext;
import org.apache.kafka.coordinator.common.runtime.CoordinatorRecord;
import org.apache.kafka.coordinator.group.GroupCoordinatorRecordHelpers;
import org.apache.kafka.coordinator.group.GroupCoordinatorRecordSerde;
import org.apache.kafka.coordinator.group.OffsetAndMetadata;
import org.apache.kafka.coordinator.group.classic.ClassicGroupMember;
import org.apache.kafka.coordinator.group.classic.ClassicGroupState;
import org.apache.kafka.coordinator.group.generated.GroupMetadataKey;
import org.apache.kafka.coordinator.group.generated.GroupMetadataValue;
import org.apache.kafka.coordinator.group.generated.GroupMetadataValue.MemberMetadata;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Our records are Kafka's, byte for byte: its own classes write the same.
class GroupRecordFormatTest {
    private static final Uuid TOPIC_ID = Uuid.fromString("xtzWWN4bTjitpL3kfd9s5g");

    record Case(String name, GroupRecord ours, CoordinatorRecord kafkas) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Case> cases() {
        return Stream.of(
                new Case(
                        "an offset",
                        committed(new CommittedOffset(42, 7, "note", 1_000, -1, TOPIC_ID)),
                        GroupCoordinatorRecordHelpers.newOffsetCommitRecord(
                                "g",
                                "t",
                                3,
                                new OffsetAndMetadata(
                                        42,
                                        OptionalInt.of(7),
                                        "note",
                                        1_000,
                                        OptionalLong.empty(),
                                        TOPIC_ID))),
                new Case(
                        "an offset of an unknown topic id, without a leader epoch",
                        committed(new CommittedOffset(0, -1, "", 5, -1, Uuid.ZERO_UUID)),
                        GroupCoordinatorRecordHelpers.newOffsetCommitRecord(
                                "g",
                                "t",
                                3,
                                new OffsetAndMetadata(
                                        0,
                                        OptionalInt.empty(),
                                        "",
                                        5,
                                        OptionalLong.empty(),
                                        Uuid.ZERO_UUID))),
                new Case(
                        "an offset that expires",
                        committed(new CommittedOffset(9, -1, "", 5, 77, Uuid.ZERO_UUID)),
                        GroupCoordinatorRecordHelpers.newOffsetCommitRecord(
                                "g",
                                "t",
                                3,
                                new OffsetAndMetadata(
                                        9,
                                        OptionalInt.empty(),
                                        "",
                                        5,
                                        OptionalLong.of(77),
                                        Uuid.ZERO_UUID))),
                new Case(
                        "an offset taken back",
                        new OffsetForgotten("g", "t", 3),
                        GroupCoordinatorRecordHelpers.newOffsetCommitTombstoneRecord("g", "t", 3)),
                new Case(
                        "a group taken back",
                        new ClassicGroupForgotten("g"),
                        GroupCoordinatorRecordHelpers.newGroupMetadataTombstoneRecord("g")),
                new Case("an empty group", emptyGroup(), kafkas(emptyValue())),
                new Case("a stable group", stableGroup(), kafkas(stableValue())),
                new Case(
                        "a group whose leader is open",
                        openGroup(),
                        kafkas(stableValue().setLeader(null))));
    }

    private static GroupRecord committed(CommittedOffset offset) {
        return new OffsetCommitted("g", "t", 3, offset);
    }

    private static GroupRecord emptyGroup() {
        return new ClassicGroupStored(
                "g", new ClassicGroupFacts("consumer", 5, null, null, 99, List.of()));
    }

    private static GroupMetadataValue emptyValue() {
        return new GroupMetadataValue()
                .setProtocolType("consumer")
                .setGeneration(5)
                .setProtocol(null)
                .setLeader(null)
                .setCurrentStateTimestamp(99)
                .setMembers(List.of());
    }

    private static GroupRecord stableGroup() {
        return new ClassicGroupStored(
                "g",
                new ClassicGroupFacts(
                        "consumer",
                        6,
                        "range",
                        "m-1",
                        100,
                        List.of(
                                new MemberFacts(
                                        "m-1", null, "c", "/h", 60, 45, bytes("s1"), bytes("a1")),
                                new MemberFacts(
                                        "m-2", "i-2", "", "", 1, 2, bytes(""), bytes("")))));
    }

    /// A downgraded group that is to rebalance.
    private static GroupRecord openGroup() {
        var stable = ((ClassicGroupStored) stableGroup()).facts();
        return new ClassicGroupStored(
                "g",
                new ClassicGroupFacts(
                        stable.protocolType(),
                        stable.generation(),
                        stable.protocol(),
                        null,
                        stable.sinceMs(),
                        stable.members()));
    }

    private static GroupMetadataValue stableValue() {
        return new GroupMetadataValue()
                .setProtocolType("consumer")
                .setGeneration(6)
                .setProtocol("range")
                .setLeader("m-1")
                .setCurrentStateTimestamp(100)
                .setMembers(
                        List.of(
                                new MemberMetadata()
                                        .setMemberId("m-1")
                                        .setClientId("c")
                                        .setClientHost("/h")
                                        .setRebalanceTimeout(60)
                                        .setSessionTimeout(45)
                                        .setSubscription(bytes("s1").get())
                                        .setAssignment(bytes("a1").get()),
                                new MemberMetadata()
                                        .setMemberId("m-2")
                                        .setGroupInstanceId("i-2")
                                        .setClientId("")
                                        .setClientHost("")
                                        .setRebalanceTimeout(1)
                                        .setSessionTimeout(2)
                                        .setSubscription(new byte[0])
                                        .setAssignment(new byte[0])));
    }

    private static CoordinatorRecord kafkas(GroupMetadataValue value) {
        return CoordinatorRecord.record(
                new GroupMetadataKey().setGroup("g"), new ApiMessageAndVersion(value, (short) 3));
    }

    private static Bytes bytes(String text) {
        return Bytes.wrap(text.getBytes(StandardCharsets.UTF_8));
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

    /// As its loader does: a group in the state Stable, to which the members are added one by one.
    @Test
    void aKafkaThatLoadsAnOpenLeaderHasTheFirstMemberLead() {
        SimpleRecord ours = Written.record(openGroup(), 1);
        var read =
                new GroupCoordinatorRecordSerde()
                        .deserialize(ours.key(), Objects.requireNonNull(ours.value()));
        var value = (GroupMetadataValue) Objects.requireNonNull(read.value()).message();
        var group =
                new org.apache.kafka.coordinator.group.classic.ClassicGroup(
                        new LogContext(),
                        "g",
                        ClassicGroupState.STABLE,
                        Time.SYSTEM,
                        value.generation(),
                        Optional.of(value.protocolType()),
                        Optional.ofNullable(value.protocol()),
                        Optional.ofNullable(value.leader()),
                        Optional.of(value.currentStateTimestamp()));
        value.members().forEach(member -> group.add(kafkas(member)));
        assertEquals("m-1", group.leaderOrNull());
        assertEquals(2, group.numMembers());
    }

    private static ClassicGroupMember kafkas(MemberMetadata member) {
        var protocols = new JoinGroupRequestProtocolCollection();
        protocols.add(
                new JoinGroupRequestProtocol().setName("range").setMetadata(member.subscription()));
        return new ClassicGroupMember(
                member.memberId(),
                Optional.ofNullable(member.groupInstanceId()),
                member.clientId(),
                member.clientHost(),
                member.rebalanceTimeout(),
                member.sessionTimeout(),
                "consumer",
                protocols,
                member.assignment());
    }

    @Test
    void skipsKindsThatItDoesNotKnow() {
        ByteBuffer key = ByteBuffer.allocate(8).putShort((short) 999).putInt(1).flip();
        assertNull(new GroupRecordFormat().read(key, ByteBuffer.allocate(4)));
    }

    @ParameterizedTest
    @org.junit.jupiter.params.provider.ValueSource(shorts = {0, 1, 2, 3, 4})
    void readsEveryVersionOfAGroup(short version) {
        var serde = new GroupCoordinatorRecordSerde();
        var value = stableValue();
        if (version < 3) {
            value.members().forEach(member -> member.setGroupInstanceId(null));
        }
        var record =
                CoordinatorRecord.record(
                        new GroupMetadataKey().setGroup("g"),
                        new ApiMessageAndVersion(value, version));
        var read =
                assertInstanceOf(
                        ClassicGroupStored.class,
                        new GroupRecordFormat()
                                .read(
                                        ByteBuffer.wrap(serde.serializeKey(record)),
                                        ByteBuffer.wrap(serde.serializeValue(record))));
        assertEquals(6, read.facts().generation());
        assertEquals(
                version == 0 ? 45 : 60, read.facts().members().getFirst().rebalanceTimeoutMs());
    }

    private static byte[] array(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }
}
