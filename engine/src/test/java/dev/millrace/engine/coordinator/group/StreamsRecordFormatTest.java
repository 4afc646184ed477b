package dev.millrace.engine.coordinator.group;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

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
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.CopartitionGroup;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.KeyValue;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.Subtopology;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.TopicInfo;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.Topology;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.coordinator.common.runtime.CoordinatorRecord;
import org.apache.kafka.coordinator.group.GroupCoordinatorRecordSerde;
import org.apache.kafka.coordinator.group.generated.StreamsGroupMemberMetadataValue.Endpoint;
import org.apache.kafka.coordinator.group.streams.MemberState;
import org.apache.kafka.coordinator.group.streams.StreamsCoordinatorRecordHelpers;
import org.apache.kafka.coordinator.group.streams.StreamsGroupMember;
import org.apache.kafka.coordinator.group.streams.TasksTuple;
import org.apache.kafka.coordinator.group.streams.TasksTupleWithEpochs;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Our records of streams groups are Kafka's, byte for byte: its own classes write the same.
class StreamsRecordFormatTest {
    record Case(String name, StreamsRecord ours, CoordinatorRecord kafkas) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Case> cases() {
        return Stream.of(
                new Case(
                        "the group",
                        new GroupStored(
                                "g",
                                new Facts(
                                        7,
                                        42,
                                        1,
                                        new TreeMap<>(
                                                Map.of(
                                                        "num.standby.replicas",
                                                        "1",
                                                        "rack.aware.assignment.tags",
                                                        "zone,rack")),
                                        3,
                                        2)),
                        StreamsCoordinatorRecordHelpers.newStreamsGroupMetadataRecord(
                                "g",
                                7,
                                42,
                                1,
                                new TreeMap<>(
                                        Map.of(
                                                "num.standby.replicas",
                                                "1",
                                                "rack.aware.assignment.tags",
                                                "zone,rack")),
                                3,
                                2)),
                new Case(
                        "a new group",
                        new GroupStored("g", new Facts(2, 0, -1, new TreeMap<>(), -1, -1)),
                        StreamsCoordinatorRecordHelpers.newStreamsGroupMetadataRecord(
                                "g", 2, 0, -1, Map.of(), -1, -1)),
                new Case(
                        "a group taken back",
                        new GroupForgotten("g"),
                        StreamsCoordinatorRecordHelpers.newStreamsGroupEpochTombstoneRecord("g")),
                new Case(
                        "a member",
                        new MemberStored("g", "m", said()),
                        StreamsCoordinatorRecordHelpers.newStreamsGroupMemberRecord("g", kafkas())),
                new Case(
                        "a member taken back",
                        new MemberForgotten("g", "m"),
                        StreamsCoordinatorRecordHelpers.newStreamsGroupMemberTombstoneRecord(
                                "g", "m")),
                new Case(
                        "the epoch of targets",
                        new TargetEpochStored("g", 9, 1_234),
                        StreamsCoordinatorRecordHelpers
                                .newStreamsGroupTargetAssignmentMetadataRecord("g", 9, 1_234)),
                new Case(
                        "the epoch of targets taken back",
                        new TargetEpochForgotten("g"),
                        StreamsCoordinatorRecordHelpers
                                .newStreamsGroupTargetAssignmentMetadataTombstoneRecord("g")),
                new Case(
                        "a target",
                        new TargetStored("g", "m", target()),
                        StreamsCoordinatorRecordHelpers.newStreamsGroupTargetAssignmentRecord(
                                "g",
                                "m",
                                new TasksTuple(
                                        Map.of("b", Set.of(1, 0), "a", Set.of(2)),
                                        Map.of("a", Set.of(0)),
                                        Map.of("b", Set.of(2))))),
                new Case(
                        "a target taken back",
                        new TargetForgotten("g", "m"),
                        StreamsCoordinatorRecordHelpers
                                .newStreamsGroupTargetAssignmentTombstoneRecord("g", "m")),
                new Case(
                        "what a member has",
                        new CurrentStored("g", "m", current()),
                        StreamsCoordinatorRecordHelpers.newStreamsGroupCurrentAssignmentRecord(
                                "g", kafkas())),
                new Case(
                        "what a member had",
                        new CurrentForgotten("g", "m"),
                        StreamsCoordinatorRecordHelpers
                                .newStreamsGroupCurrentAssignmentTombstoneRecord("g", "m")),
                new Case(
                        "the topology",
                        new TopologyStored("g", StreamsTopologies.of(topology())),
                        StreamsCoordinatorRecordHelpers.newStreamsGroupTopologyRecord(
                                "g", topology())),
                new Case(
                        "the topology taken back",
                        new TopologyForgotten("g"),
                        StreamsCoordinatorRecordHelpers.newStreamsGroupTopologyRecordTombstone(
                                "g")));
    }

    private static StreamsProfile said() {
        return new StreamsProfile(
                "i",
                "rack",
                "c",
                "/h",
                60_000,
                1,
                "process",
                new StreamsProfile.Endpoint("host", 40_000),
                new TreeMap<>(Map.of("zone", "z", "cluster", "x")));
    }

    private static StreamsTasks target() {
        return new StreamsTasks(
                StreamsTasks.sorted(Map.of("b", Set.of(1, 0), "a", Set.of(2))),
                StreamsTasks.sorted(Map.of("a", Set.of(0))),
                StreamsTasks.sorted(Map.of("b", Set.of(2))));
    }

    private static StreamsAssignment current() {
        return new StreamsAssignment(
                6,
                5,
                StreamsMemberState.UNREVOKED_TASKS,
                new StreamsHoldings(
                        new TreeMap<>(Map.of("a", new TreeMap<>(Map.of(1, 4, 0, 6)))),
                        new TreeMap<>(Map.of("b", new TreeSet<>(Set.of(3, 2)))),
                        new TreeMap<>()),
                new StreamsHoldings(
                        new TreeMap<>(Map.of("b", new TreeMap<>(Map.of(0, 2)))),
                        new TreeMap<>(),
                        new TreeMap<>(Map.of("a", new TreeSet<>(Set.of(5))))));
    }

    private static StreamsGroupMember kafkas() {
        return new StreamsGroupMember.Builder("m")
                .setInstanceId("i")
                .setRackId("rack")
                .setClientId("c")
                .setClientHost("/h")
                .setRebalanceTimeoutMs(60_000)
                .setTopologyEpoch(1)
                .setProcessId("process")
                .maybeUpdateUserEndpoint(
                        Optional.of(new Endpoint().setHost("host").setPort(40_000)))
                .setClientTags(Map.of("zone", "z", "cluster", "x"))
                .setMemberEpoch(6)
                .setPreviousMemberEpoch(5)
                .setState(MemberState.UNREVOKED_TASKS)
                .setAssignedTasks(
                        new TasksTupleWithEpochs(
                                Map.of("a", Map.of(1, 4, 0, 6)),
                                Map.of("b", Set.of(3, 2)),
                                Map.of()))
                .setTasksPendingRevocation(
                        new TasksTupleWithEpochs(
                                Map.of("b", Map.of(0, 2)), Map.of(), Map.of("a", Set.of(5))))
                .build();
    }

    private static Topology topology() {
        return new Topology()
                .setEpoch(3)
                .setSubtopologies(
                        List.of(
                                new Subtopology()
                                        .setSubtopologyId("1")
                                        .setSourceTopics(List.of("z", "y"))
                                        .setRepartitionSinkTopics(List.of("sink"))
                                        .setRepartitionSourceTopics(List.of(topic("r", 4)))
                                        .setStateChangelogTopics(List.of(topic("c", 0)))
                                        .setCopartitionGroups(
                                                List.of(
                                                        new CopartitionGroup()
                                                                .setSourceTopics(List.of((short) 0))
                                                                .setRepartitionSourceTopics(
                                                                        List.of((short) 0)))),
                                new Subtopology().setSubtopologyId("0")));
    }

    private static TopicInfo topic(String name, int partitions) {
        return new TopicInfo()
                .setName(name)
                .setPartitions(partitions)
                .setReplicationFactor((short) 2)
                .setTopicConfigs(
                        List.of(new KeyValue().setKey("cleanup.policy").setValue("compact")));
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

    private static byte[] array(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }
}
