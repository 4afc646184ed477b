package dev.millrace.engine.wire;

import dev.millrace.engine.coordinator.group.StreamsGroupConfig;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.DeleteGroupsRequestData;
import org.apache.kafka.common.message.DescribeGroupsRequestData;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocol;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestPartition;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestTopic;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestTopicCollection;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.StreamsGroupDescribeRequestData;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.CopartitionGroup;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.Endpoint;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.KeyValue;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.Subtopology;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.TaskIds;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.TaskOffset;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.TopicInfo;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.Topology;
import org.apache.kafka.common.protocol.ApiKeys;
import org.jspecify.annotations.Nullable;

/// A long conversation in the streams protocol (KIP-1071), good manners and bad.
///
/// Needs what [GroupScript] needs, and `group.streams.max.size=3`, `group.streams.assignment.interval.ms=0`,
/// `group.streams.initial.rebalance.delay.ms=0`.
final class StreamsScript extends Conversation {
    StreamsScript(Asker asker, Uuid ordersId) {
        super(asker, ordersId);
    }

    /// What the class needs, as our settings.
    static StreamsGroupConfig config() {
        StreamsGroupConfig d = StreamsGroupConfig.DEFAULTS;
        return new StreamsGroupConfig(
                d.enabled(),
                d.sessionTimeoutMs(),
                d.heartbeatIntervalMs(),
                0,
                0,
                d.taskOffsetIntervalMs(),
                d.numStandbyReplicas(),
                d.numWarmupReplicas(),
                d.acceptableRecoveryLag(),
                d.rackAwareAssignmentTags(),
                d.assignor(),
                3,
                d.limits());
    }

    @Override
    List<String> run() {
        nothingThere();
        wrongByThemselves();
        wrongTopologies();
        oneMember();
        offsetsOfAMember();
        twoMembers();
        progress();
        endpoints();
        fullGroup();
        staticMembers();
        topologies();
        shutdown();
        otherProtocols();
        administration();
        return lines();
    }

    // ---- scenes

    private void nothingThere() {
        beat("unknown group: heartbeat", request("nosuch", "a", 5));
        beat("unknown group: leave", request("nosuch", "a", -1));
        beat("unknown group: leave for a while", request("nosuch", "a", -2).setInstanceId("i"));
        for (int version : new int[] {0, 1}) {
            describe("unknown group: describe, v" + version, version, "nosuch", "");
        }
    }

    private void wrongByThemselves() {
        for (int version : new int[] {0, 1}) {
            String v = ", v" + version;
            beat("no member id" + v, version, joining("w", ""));
            beat("no group id" + v, version, joining("", "a"));
            beat("blank group id" + v, version, joining(" ", "a"));
            beat("empty instance id" + v, version, joining("w", "a").setInstanceId(""));
            beat("empty rack" + v, version, joining("w", "a").setRackId(" "));
            beat("no time-out" + v, version, joining("w", "a").setRebalanceTimeoutMs(-1));
            beat("owns tasks" + v, version, joining("w", "a").setActiveTasks(tasks("0", 0)));
            beat("owns standbys" + v, version, joining("w", "a").setStandbyTasks(tasks("0", 0)));
            beat("owns warm-ups" + v, version, joining("w", "a").setWarmupTasks(tasks("0", 0)));
            beat("owns nothing known" + v, version, joining("w", "a").setActiveTasks(null));
            beat("no topology" + v, version, joining("w", "a").setTopology(null));
            beat("topology later" + v, version, request("w", "a", 3).setTopology(plain(0)));
            beat("leaves for a while" + v, version, request("w", "a", -2));
            beat("odd epoch" + v, version, request("w", "a", -3));
            beat("says half" + v, version, request("w", "a", 3).setActiveTasks(tasks("0", 0)));
        }
    }

    private void wrongTopologies() {
        Topology regex = plain(0);
        regex.subtopologies().getFirst().setSourceTopicRegex(List.of("o.*"));
        beat("topology: regex", joining("w", "a").setTopology(regex));
        beat("topology: internal", joining("w", "a").setTopology(reading("__consumer_offsets")));
        beat("topology: invalid", joining("w", "a").setTopology(reading("a b", "c/d")));
        Topology changelog = plain(0);
        changelog.subtopologies().getFirst().setStateChangelogTopics(List.of(topic("c", 3)));
        beat("topology: changelog", joining("w", "a").setTopology(changelog));
        beat("topology: none to read", joining("w", "a").setTopology(reading()));
        beat(
                "topology: repartition without source",
                joining("w", "a")
                        .setTopology(
                                new Topology()
                                        .setSubtopologies(
                                                List.of(
                                                        new Subtopology()
                                                                .setSubtopologyId("0")
                                                                .setRepartitionSourceTopics(
                                                                        List.of(topic("r", 0)))))));
        describe("topology: nothing has come of it", 1, "w");
    }

    private void oneMember() {
        beat("one: join", joining("g", "a"));
        beat("one: go on", request("g", "a", 2));
        beat("one: say what it has", owning("g", "a", 2, 0, 1, 2));
        beat("one: a newer epoch", request("g", "a", 3));
        beat("one: an older epoch", request("g", "a", 1));
        beat("one: join again without time-out", owning("g", "a", 0));
        beat("one: join again", joining("g", "a"));
        beat("one: another", request("g", "b", 2));
        beat("one: another leaves", request("g", "b", -1));
        beat("one: an instance", request("g", "a", 2).setInstanceId("i"));
        beat("one: an instance leaves", request("g", "a", -1).setInstanceId("i"));
        beat("one: unknown subtopology", request("g", "a", 2, tasks("9", 0)));
        beat("one: unknown task", request("g", "a", 2, tasks("0", 3)));
        describe("one: describe", 1, "g");
        describe("one: describe, v0", 0, "g");
        step("one: list", ApiKeys.LIST_GROUPS, 5, new ListGroupsRequestData());
        step(
                "one: list streams",
                ApiKeys.LIST_GROUPS,
                5,
                new ListGroupsRequestData()
                        .setTypesFilter(List.of("Streams"))
                        .setStatesFilter(List.of("stable")));
        step("one: describe as classic", ApiKeys.DESCRIBE_GROUPS, 6, classicDescribe("g"));
        step("one: describe as classic, v5", ApiKeys.DESCRIBE_GROUPS, 5, classicDescribe("g"));
        step("one: delete", ApiKeys.DELETE_GROUPS, 2, delete("g"));
    }

    private void offsetsOfAMember() {
        for (int epoch : new int[] {-1, 0, 1, 2, 3}) {
            String at = " at " + epoch;
            step("commit" + at, ApiKeys.OFFSET_COMMIT, 9, commit("g", "a", epoch, 0));
            step("commit, v8" + at, ApiKeys.OFFSET_COMMIT, 8, commit("g", "a", epoch, 0));
            step("commit, unknown" + at, ApiKeys.OFFSET_COMMIT, 9, commit("g", "x", epoch, 0));
            step("fetch" + at, ApiKeys.OFFSET_FETCH, 9, fetch("g", "a", epoch));
            step("fetch, unknown" + at, ApiKeys.OFFSET_FETCH, 9, fetch("g", "x", epoch));
        }
        step("fetch, nobody", ApiKeys.OFFSET_FETCH, 9, fetch("g", null, -1));
        step("commit of nobody", ApiKeys.OFFSET_COMMIT, 9, commit("g", "", -1, 0));
        step("delete an offset", ApiKeys.OFFSET_DELETE, 0, deleteOffset("g", "orders"));
        step("delete another", ApiKeys.OFFSET_DELETE, 0, deleteOffset("g", "single"));
    }

    private void twoMembers() {
        beat("two: b joins", joining("g", "b"));
        describe("two: reconciling", 1, "g");
        beat("two: a hears of it", request("g", "a", 2));
        describe("two: a gives up", 1, "g");
        beat("two: b waits", request("g", "b", 3));
        beat("two: a still has it", owning("g", "a", 2, 0, 1, 2));
        beat("two: a has given it up", owning("g", "a", 2, 0, 1));
        beat("two: a did not hear", owning("g", "a", 2, 0, 1));
        beat("two: a claims more", owning("g", "a", 2, 0, 1, 2));
        beat("two: a does not say", request("g", "a", 2));
        step("two: commit of before", ApiKeys.OFFSET_COMMIT, 9, commit("g", "a", 2, 0));
        step("two: commit of another's", ApiKeys.OFFSET_COMMIT, 9, commit("g", "a", 2, 2));
        step("two: commit of what is not read", ApiKeys.OFFSET_COMMIT, 9, other("g", "a", 2));
        beat("two: b gets it", request("g", "b", 3));
        beat("two: b did not hear", owning("g", "b", 3));
        describe("two: stable", 1, "g");
        beat("two: b leaves", request("g", "b", -1));
        beat("two: a gets all", request("g", "a", 3));
        beat("two: a goes on", request("g", "a", 4));
    }

    private void progress() {
        beat("progress: a says", 1, request("g", "a", 4).setTaskOffsets(offsets(0, 7, 1, 8)));
        beat("progress: and more", 1, request("g", "a", 4).setTaskEndOffsets(offsets(0, 9)));
        beat("progress: twice", 1, request("g", "a", 4).setTaskOffsets(offsets(0, 7, 0, 8)));
        describe("progress: described", 1, "g");
    }

    private void endpoints() {
        beat("endpoints: join", joining("e", "a").setUserEndpoint(endpoint("h1", 1)));
        beat("endpoints: go on", request("e", "a", 2));
        beat("endpoints: has heard", request("e", "a", 2).setEndpointInformationEpoch(0));
        beat("endpoints: moves", request("e", "a", 2).setUserEndpoint(endpoint("h2", 2)));
        beat("endpoints: says all", request("e", "a", 3).setEndpointInformationEpoch(0));
        beat("endpoints: b joins", joining("e", "b").setUserEndpoint(endpoint("h3", 65_535)));
        beat("endpoints: a gives up", owning("e", "a", 3, 0, 1, 2).setEndpointInformationEpoch(1));
        beat("endpoints: a gave up", owning("e", "a", 3, 0, 1).setEndpointInformationEpoch(1));
        beat("endpoints: b gets it", request("e", "b", 4).setEndpointInformationEpoch(3));
        describe("endpoints: described", 1, "e");
    }

    private void fullGroup() {
        beat("full: a", joining("f", "a"));
        beat("full: b", joining("f", "b"));
        beat("full: c", joining("f", "c"));
        beat("full: d", joining("f", "d"));
        beat("full: c again", joining("f", "c"));
        beat("full: b leaves", request("f", "b", -1));
        beat("full: d now", joining("f", "d"));
    }

    private void staticMembers() {
        beat("static: join", joining("s", "a").setInstanceId("i"));
        beat("static: taken", joining("s", "b").setInstanceId("i"));
        beat("static: go on", request("s", "a", 2).setInstanceId("i"));
        beat("static: unknown instance", request("s", "a", 2).setInstanceId("j"));
        beat("static: fenced", request("s", "b", 2).setInstanceId("i"));
        beat("static: fenced, leaving", request("s", "b", -2).setInstanceId("i"));
        beat("static: leaves for a while", request("s", "a", -2).setInstanceId("i"));
        describe("static: away", 1, "s");
        beat("static: heartbeat while away", request("s", "a", 2).setInstanceId("i"));
        beat("static: back", joining("s", "b").setInstanceId("i"));
        describe("static: is back", 1, "s");
        beat("static: the old one", request("s", "a", 2));
        beat("static: from another process", awayAndBack());
        beat("static: leaves", request("s", "c", -1).setInstanceId("i"));
        describe("static: gone", 1, "s");
    }

    private StreamsGroupHeartbeatRequestData awayAndBack() {
        beat("static: away again", request("s", "b", -2).setInstanceId("i"));
        return joining("s", "c").setInstanceId("i").setProcessId("elsewhere");
    }

    private void topologies() {
        beat("sources: missing", joining("t1", "a").setTopology(reading("orders", "n1", "n2")));
        beat("sources: still missing", request("t1", "a", 2));
        describe("sources: described", 1, "t1");
        step(
                "sources: list",
                ApiKeys.LIST_GROUPS,
                5,
                new ListGroupsRequestData().setTypesFilter(List.of("streams")));
        Topology unequal = reading("orders", "single");
        unequal.subtopologies()
                .getFirst()
                .setCopartitionGroups(
                        List.of(
                                new CopartitionGroup()
                                        .setSourceTopics(List.of((short) 0, (short) 1))));
        beat("partitions: unequal", joining("t2", "a").setTopology(unequal));
        Topology keeping = plain(0);
        TopicInfo changelog = topic("t3-changelog", 0).setReplicationFactor((short) 3);
        keeping.subtopologies().getFirst().setStateChangelogTopics(List.of(changelog));
        beat("internal: missing", joining("t3", "a").setTopology(keeping));
        beat("epochs: two", joining("t4", "a").setTopology(plain(2)));
        beat("epochs: behind", joining("t4", "b").setTopology(plain(1)));
        beat("epochs: ahead", joining("t4", "c").setTopology(plain(3)));
        beat("epochs: the same, other", joining("t4", "c").setTopology(plainOf("single", 2)));
        beat("epochs: behind goes on", request("t4", "b", 3));
        beat("tasks: two subtopologies", joining("t5", "a").setTopology(twoSubtopologies()));
        beat("tasks: b has its part", joining("t5", "b").setTopology(twoSubtopologies()));
        describe("tasks: described", 1, "t5");
    }

    private static Topology twoSubtopologies() {
        return new Topology()
                .setSubtopologies(
                        List.of(
                                new Subtopology()
                                        .setSubtopologyId("1")
                                        .setSourceTopics(List.of("single")),
                                new Subtopology()
                                        .setSubtopologyId("0")
                                        .setSourceTopics(List.of("orders"))));
    }

    private void shutdown() {
        beat("shutdown: a", joining("d", "a"));
        beat("shutdown: b", joining("d", "b"));
        beat("shutdown: a asks", request("d", "a", 2).setShutdownApplication(true));
        beat("shutdown: b hears", request("d", "b", 3));
        beat("shutdown: a leaves", request("d", "a", -1));
        beat("shutdown: b still hears", request("d", "b", 3));
        beat("shutdown: b leaves", request("d", "b", -1).setShutdownApplication(true));
        beat("shutdown: begins anew", joining("d", "c"));
    }

    private void otherProtocols() {
        step("other: classic join", ApiKeys.JOIN_GROUP, 9, classicJoin("g"));
        step("other: classic heartbeat", ApiKeys.HEARTBEAT, 4, classicHeartbeat("g"));
        step("other: classic group", ApiKeys.JOIN_GROUP, 9, classicJoin("classic"));
        beat("other: takes its place", joining("classic", "a"));
        beat("other: leaves", request("classic", "a", -1));
        describe("other: empty", 1, "classic");
        step("other: classic again", ApiKeys.JOIN_GROUP, 9, classicJoin("classic"));
        describe("other: is classic", 1, "classic");
        beat("other: heartbeat", request("classic", "a", 2));
        beat("other: leaves that", request("classic", "a", -1));
        step("other: simple", ApiKeys.OFFSET_COMMIT, 9, commit("simple", "", -1, 0));
        beat("other: takes that over", joining("simple", "a"));
        step("other: and its offsets", ApiKeys.OFFSET_FETCH, 9, fetch("simple", null, -1));
    }

    private void administration() {
        beat("admin: a leaves", request("g", "a", -1));
        describe("admin: empty", 1, "g");
        step("admin: commit", ApiKeys.OFFSET_COMMIT, 9, commit("g", "", -1, 1));
        step("admin: delete an offset", ApiKeys.OFFSET_DELETE, 0, deleteOffset("g", "orders"));
        step("admin: delete", ApiKeys.DELETE_GROUPS, 2, delete("g"));
        describe("admin: gone", 1, "g");
        step("admin: list", ApiKeys.LIST_GROUPS, 5, new ListGroupsRequestData());
    }

    // ---- what is sent

    private void beat(String name, StreamsGroupHeartbeatRequestData request) {
        beat(name, 1, request);
    }

    private void beat(String name, int version, StreamsGroupHeartbeatRequestData request) {
        step(name, ApiKeys.STREAMS_GROUP_HEARTBEAT, version, request);
    }

    private void describe(String name, int version, String... groups) {
        step(
                name,
                ApiKeys.STREAMS_GROUP_DESCRIBE,
                version,
                new StreamsGroupDescribeRequestData()
                        .setGroupIds(List.of(groups))
                        .setIncludeAuthorizedOperations(true));
    }

    private static StreamsGroupHeartbeatRequestData request(
            String group, String member, int epoch) {
        return new StreamsGroupHeartbeatRequestData()
                .setGroupId(group)
                .setMemberId(member)
                .setMemberEpoch(epoch);
    }

    private static StreamsGroupHeartbeatRequestData request(
            String group, String member, int epoch, List<TaskIds> active) {
        return request(group, member, epoch)
                .setActiveTasks(active)
                .setStandbyTasks(List.of())
                .setWarmupTasks(List.of());
    }

    private static StreamsGroupHeartbeatRequestData owning(
            String group, String member, int epoch, Integer... partitions) {
        return request(
                group, member, epoch, partitions.length == 0 ? List.of() : tasks("0", partitions));
    }

    private static StreamsGroupHeartbeatRequestData joining(String group, String member) {
        return request(group, member, 0, List.of())
                .setRebalanceTimeoutMs(60_000)
                .setProcessId("process-" + member)
                .setClientTags(List.of(new KeyValue().setKey("zone").setValue("z")))
                .setTopology(plain(0));
    }

    private static Topology plain(int epoch) {
        return plainOf("orders", epoch);
    }

    private static Topology plainOf(String topic, int epoch) {
        return reading(topic).setEpoch(epoch);
    }

    private static Topology reading(String... topics) {
        return new Topology()
                .setSubtopologies(
                        List.of(
                                new Subtopology()
                                        .setSubtopologyId("0")
                                        .setSourceTopics(List.of(topics))));
    }

    private static TopicInfo topic(String name, int partitions) {
        return new TopicInfo().setName(name).setPartitions(partitions);
    }

    private static List<TaskIds> tasks(String subtopology, Integer... partitions) {
        return List.of(
                new TaskIds()
                        .setSubtopologyId(subtopology)
                        .setPartitions(Arrays.asList(partitions)));
    }

    private static List<TaskOffset> offsets(int... partitionsAndOffsets) {
        var offsets = new TaskOffset[partitionsAndOffsets.length / 2];
        for (int i = 0; i < offsets.length; i++) {
            offsets[i] =
                    new TaskOffset()
                            .setSubtopologyId("0")
                            .setPartition(partitionsAndOffsets[2 * i])
                            .setOffset(partitionsAndOffsets[2 * i + 1]);
        }
        return List.of(offsets);
    }

    private static Endpoint endpoint(String host, int port) {
        return new Endpoint().setHost(host).setPort(port);
    }

    private static DeleteGroupsRequestData delete(String group) {
        return new DeleteGroupsRequestData().setGroupsNames(List.of(group));
    }

    private static DescribeGroupsRequestData classicDescribe(String group) {
        return new DescribeGroupsRequestData().setGroups(List.of(group));
    }

    private static JoinGroupRequestData classicJoin(String group) {
        var join =
                new JoinGroupRequestData()
                        .setGroupId(group)
                        .setSessionTimeoutMs(45_000)
                        .setRebalanceTimeoutMs(45_000)
                        .setProtocolType("consumer");
        join.protocols().add(new JoinGroupRequestProtocol().setName("range"));
        return join;
    }

    private static HeartbeatRequestData classicHeartbeat(String group) {
        return new HeartbeatRequestData().setGroupId(group).setMemberId("a").setGenerationId(2);
    }

    private static OffsetCommitRequestData commit(
            String group, String member, int epoch, int partition) {
        return commit(group, member, epoch, "orders", partition);
    }

    private static OffsetCommitRequestData other(String group, String member, int epoch) {
        return commit(group, member, epoch, "single", 0);
    }

    private static OffsetCommitRequestData commit(
            String group, String member, int epoch, String topic, int partition) {
        return new OffsetCommitRequestData()
                .setGroupId(group)
                .setMemberId(member)
                .setGenerationIdOrMemberEpoch(epoch)
                .setTopics(
                        List.of(
                                new OffsetCommitRequestTopic()
                                        .setName(topic)
                                        .setPartitions(
                                                List.of(
                                                        new OffsetCommitRequestPartition()
                                                                .setPartitionIndex(partition)
                                                                .setCommittedOffset(1)))));
    }

    private static OffsetFetchRequestData fetch(String group, @Nullable String member, int epoch) {
        return new OffsetFetchRequestData()
                .setGroups(
                        List.of(
                                new OffsetFetchRequestGroup()
                                        .setGroupId(group)
                                        .setMemberId(member)
                                        .setMemberEpoch(epoch)
                                        .setTopics(
                                                List.of(
                                                        new OffsetFetchRequestTopics()
                                                                .setName("orders")
                                                                .setPartitionIndexes(
                                                                        List.of(0, 1))))));
    }

    private static OffsetDeleteRequestData deleteOffset(String group, String topic) {
        var topics = new OffsetDeleteRequestTopicCollection();
        topics.add(
                new OffsetDeleteRequestTopic()
                        .setName(topic)
                        .setPartitions(
                                List.of(new OffsetDeleteRequestPartition().setPartitionIndex(0))));
        return new OffsetDeleteRequestData().setGroupId(group).setTopics(topics);
    }
}
