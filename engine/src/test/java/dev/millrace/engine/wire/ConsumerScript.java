package dev.millrace.engine.wire;

import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ConsumerGroupDescribeRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData.TopicPartitions;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.message.DeleteGroupsRequestData;
import org.apache.kafka.common.message.DescribeGroupsRequestData;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData.MemberIdentity;
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
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.jspecify.annotations.Nullable;

/// A long conversation in the consumer protocol (KIP-848), good manners and bad.
///
/// Needs what [GroupScript] needs, and `group.consumer.max.size=3`, `group.consumer.assignment.interval.ms=0`.
final class ConsumerScript extends Conversation {
    private final Uuid ordersId;

    ConsumerScript(Asker asker, Uuid ordersId) {
        super(asker, ordersId);
        this.ordersId = ordersId;
    }

    @Override
    List<String> run() {
        nothingThere();
        wrongByThemselves();
        oneMember();
        offsetsOfAMember();
        twoMembers();
        fullGroup();
        staticMembers();
        subscriptions();
        expressions();
        assignors();
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
            beat("no member id" + v, version, request("w", "", 5));
            beat("no member id, leaving" + v, version, request("w", "", -1));
            beat("no group id" + v, version, joining("", "a"));
            beat("blank group id" + v, version, joining(" ", "a"));
            beat("empty instance id" + v, version, joining("w", "a").setInstanceId(""));
            beat("empty rack" + v, version, joining("w", "a").setRackId(" "));
            beat("no time-out" + v, version, joining("w", "a").setRebalanceTimeoutMs(-1));
            beat("owns partitions" + v, version, joining("w", "a").setTopicPartitions(owned(0)));
            beat("owns nothing known" + v, version, joining("w", "a").setTopicPartitions(null));
            beat("reads nothing" + v, version, joining("w", "a").setSubscribedTopicNames(null));
            beat("leaves for a while" + v, version, request("w", "a", -2));
            beat("odd epoch" + v, version, request("w", "a", -3));
            beat("unknown assignor" + v, version, joining("w", "a").setServerAssignor("best"));
            beat("empty assignor" + v, version, joining("w", "a").setServerAssignor(""));
        }
        beat("no member id, joining, v1", 1, joining("w", ""));
    }

    private void oneMember() {
        beat("one: join", joining("g", "a"));
        beat("one: go on", request("g", "a", 2));
        beat("one: say what it has", request("g", "a", 2).setTopicPartitions(owned(0, 1, 2)));
        beat("one: say everything", everything("g", "a", 2).setTopicPartitions(owned(0, 1, 2)));
        beat("one: a newer epoch", request("g", "a", 3));
        beat("one: an older epoch", request("g", "a", 1));
        beat("one: join again", joining("g", "a"));
        beat("one: another", request("g", "b", 2));
        beat("one: another leaves", request("g", "b", -1));
        beat("one: an instance", request("g", "a", 2).setInstanceId("i"));
        beat("one: an instance leaves", request("g", "a", -1).setInstanceId("i"));
        describe("one: describe", 1, "g");
        describe("one: describe, v0", 0, "g");
        step("one: list", ApiKeys.LIST_GROUPS, 5, new ListGroupsRequestData());
        step(
                "one: list consumers",
                ApiKeys.LIST_GROUPS,
                5,
                new ListGroupsRequestData()
                        .setTypesFilter(List.of("Consumer"))
                        .setStatesFilter(List.of("stable")));
        step(
                "one: list those assigning",
                ApiKeys.LIST_GROUPS,
                5,
                new ListGroupsRequestData().setStatesFilter(List.of("Assigning")));
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
        // At another epoch than -1 Kafka answers this with an UNKNOWN_SERVER_ERROR.
        step("fetch, nobody", ApiKeys.OFFSET_FETCH, 9, fetch("g", null, -1));
        step("commit of nobody", ApiKeys.OFFSET_COMMIT, 9, commit("g", "", -1, 0));
        step("commit, unknown partition", ApiKeys.OFFSET_COMMIT, 9, commit("g", "a", 2, 7));
        step("fetch, v8", ApiKeys.OFFSET_FETCH, 8, fetch("g", null, -1));
        step("delete an offset", ApiKeys.OFFSET_DELETE, 0, deleteOffset("g", "orders"));
        step("delete another", ApiKeys.OFFSET_DELETE, 0, deleteOffset("g", "single"));
    }

    private void twoMembers() {
        beat("two: b joins", joining("g", "b"));
        describe("two: reconciling", 1, "g");
        beat("two: a hears of it", request("g", "a", 2));
        describe("two: a gives up", 1, "g");
        beat("two: b waits", request("g", "b", 3));
        beat("two: a still has it", request("g", "a", 2).setTopicPartitions(owned(0, 1, 2)));
        beat("two: a has given it up", request("g", "a", 2).setTopicPartitions(owned(0, 1)));
        beat("two: a did not hear", request("g", "a", 2).setTopicPartitions(owned(0, 1)));
        beat("two: a claims more", request("g", "a", 2).setTopicPartitions(owned(0, 1, 2)));
        beat("two: a does not say", request("g", "a", 2));
        step("two: commit of before", ApiKeys.OFFSET_COMMIT, 9, commit("g", "a", 2, 0));
        step("two: commit of what was", ApiKeys.OFFSET_COMMIT, 9, commit("g", "a", 2, 2));
        beat("two: b gets it", request("g", "b", 3));
        describe("two: stable", 1, "g");
        beat("two: b joins again", joining("g", "b"));
        beat("two: b leaves", request("g", "b", -1));
        beat("two: b again", request("g", "b", 3));
        beat("two: a gets all", request("g", "a", 3));
    }

    private void fullGroup() {
        beat("full: b", joining("g", "b"));
        beat("full: c", joining("g", "c"));
        beat("full: d", joining("g", "d"));
        beat("full: d goes on", request("g", "d", 3));
        beat("full: a goes on", request("g", "a", 4));
        beat("full: b leaves", request("g", "b", -1));
        beat("full: c leaves", request("g", "c", -1));
        beat("full: a gives up", request("g", "a", 4).setTopicPartitions(owned()));
        beat("full: a leaves", request("g", "a", -1));
        describe("full: empty", 1, "g");
        step("empty: commit of nobody", ApiKeys.OFFSET_COMMIT, 9, commit("g", "", -1, 1));
        step("empty: commit of a member", ApiKeys.OFFSET_COMMIT, 9, commit("g", "a", 4, 1));
        step("empty: fetch of a member", ApiKeys.OFFSET_FETCH, 9, fetch("g", "a", 4));
    }

    private void staticMembers() {
        beat("static: join", joining("s", "a").setInstanceId("i"));
        beat("static: another", joining("s", "b").setInstanceId("i"));
        beat("static: another goes on", request("s", "b", 2).setInstanceId("i"));
        beat("static: another leaves", request("s", "b", -1).setInstanceId("i"));
        beat("static: without its instance", request("s", "a", 2));
        beat("static: joins again", joining("s", "a").setInstanceId("i"));
        beat("static: a second", joining("s", "c").setInstanceId("j"));
        beat("static: leaves for a while", request("s", "a", -2).setInstanceId("i"));
        describe("static: away", 1, "s");
        beat("static: goes on, away", request("s", "a", 2).setInstanceId("i"));
        step("static: commit, away", ApiKeys.OFFSET_COMMIT, 9, commit("s", "a", 2, 0));
        beat("static: back", joining("s", "b").setInstanceId("i"));
        describe("static: back, described", 1, "s");
        beat("static: the former", request("s", "a", 2).setInstanceId("i"));
        beat("static: leaves for good", request("s", "b", -1).setInstanceId("i"));
        beat("static: the second leaves", request("s", "c", -1));
        describe("static: empty", 1, "s");
    }

    private void subscriptions() {
        beat("topics: join", joining("t", "a"));
        beat("topics: none", request("t", "a", 2).setSubscribedTopicNames(List.of()));
        describe("topics: none, described", 1, "t");
        beat("topics: given up", request("t", "a", 2).setTopicPartitions(owned()));
        beat("topics: one that is not", named(request("t", "a", 3), "nosuch"));
        beat("topics: twice the same", named(request("t", "a", 4), "orders", "orders"));
        beat("topics: in another order", named(request("t", "a", 5), "nosuch", "orders"));
        beat("topics: the same", named(request("t", "a", 6), "orders", "nosuch"));
        beat("topics: a rack", request("t", "a", 6).setRackId("r"));
        beat("topics: another time-out", request("t", "a", 6).setRebalanceTimeoutMs(1_000));
        describe("topics: described", 1, "t");
        beat("topics: leave", request("t", "a", -1));
        beat("nothing: join", named(joining("n", "a")));
        describe("nothing: described", 1, "n");
        beat("nothing: leave", request("n", "a", -1));
    }

    private void expressions() {
        beat("regex: cannot be read", matching(joining("r", "a"), "ord(ers"));
        beat("regex: look-ahead", matching(joining("r", "a"), "ord(?=ers)"));
        beat("regex: join", matching(joining("r", "a"), "ord.*"));
        int epoch = awaitEpoch("r", "a", 1);
        describe("regex: matched", 1, "r");
        beat("regex: another has it too", matching(joining("r", "b"), "ord.*"));
        beat("regex: it goes", matching(request("r", "b", epoch + 1), ""));
        beat("regex: names as well", named(request("r", "a", epoch), "orders"));
        describe("regex: names, described", 1, "r");
        beat("regex: a leaves", request("r", "a", -1));
        beat("regex: b leaves", request("r", "b", -1));
        describe("regex: empty", 1, "r");
    }

    private void assignors() {
        beat("assignor: join", joining("z", "a").setServerAssignor("range"));
        describe("assignor: described", 1, "z");
        beat("assignor: another", request("z", "a", 2).setServerAssignor("uniform"));
        describe("assignor: another, described", 1, "z");
        beat("assignor: leave", request("z", "a", -1));
    }

    private void otherProtocols() {
        step("classic: heartbeat", ApiKeys.HEARTBEAT, 4, classicHeartbeat("g"));
        step(
                "classic: sync",
                ApiKeys.SYNC_GROUP,
                5,
                new SyncGroupRequestData().setGroupId("g").setMemberId("a").setGenerationId(1));
        step(
                "classic: leave",
                ApiKeys.LEAVE_GROUP,
                5,
                new LeaveGroupRequestData()
                        .setGroupId("g")
                        .setMembers(List.of(new MemberIdentity().setMemberId("a"))));
        step("simple: commit", ApiKeys.OFFSET_COMMIT, 9, commit("o", "", -1, 0));
        beat("simple: heartbeat", request("o", "a", 3));
        beat("simple: leave", request("o", "a", -1));
        describe("simple: describe", 1, "o");
        beat("simple: join", joining("o", "a"));
        step("simple: its offset", ApiKeys.OFFSET_FETCH, 9, fetch("o", null, -1));
        beat("simple: leave again", request("o", "a", -1));
    }

    private void administration() {
        step("list empty", ApiKeys.LIST_GROUPS, 5, new ListGroupsRequestData());
        step("list, v4", ApiKeys.LIST_GROUPS, 4, new ListGroupsRequestData());
        for (String group : List.of("g", "s", "t", "n", "r", "z", "o")) {
            step("delete " + group, ApiKeys.DELETE_GROUPS, 2, delete(group));
        }
        step("delete again", ApiKeys.DELETE_GROUPS, 2, delete("g"));
        step("fetch of a deleted group", ApiKeys.OFFSET_FETCH, 9, fetch("g", null, -1));
        step("list nothing", ApiKeys.LIST_GROUPS, 5, new ListGroupsRequestData());
    }

    // ---- asking

    private void beat(String name, ConsumerGroupHeartbeatRequestData request) {
        beat(name, 1, request);
    }

    private void beat(String name, int version, ConsumerGroupHeartbeatRequestData request) {
        step(name, ApiKeys.CONSUMER_GROUP_HEARTBEAT, version, request);
    }

    private void describe(String name, int version, String... groups) {
        step(
                name,
                ApiKeys.CONSUMER_GROUP_DESCRIBE,
                version,
                new ConsumerGroupDescribeRequestData()
                        .setGroupIds(List.of(groups))
                        .setIncludeAuthorizedOperations(true));
    }

    /// Until the member's expression was matched, which Kafka does in its own time.
    private int awaitEpoch(String group, String member, int epoch) {
        for (int attempt = 0; attempt < 100_000; attempt++) {
            var answer =
                    (ConsumerGroupHeartbeatResponseData)
                            send(
                                            "main",
                                            ApiKeys.CONSUMER_GROUP_HEARTBEAT,
                                            1,
                                            request(group, member, epoch))
                                    .join();
            if (answer.memberEpoch() > epoch) {
                return answer.memberEpoch();
            }
        }
        throw new AssertionError("not matched");
    }

    // ---- requests

    private static ConsumerGroupHeartbeatRequestData request(
            String group, String member, int epoch) {
        return new ConsumerGroupHeartbeatRequestData()
                .setGroupId(group)
                .setMemberId(member)
                .setMemberEpoch(epoch);
    }

    private static ConsumerGroupHeartbeatRequestData everything(
            String group, String member, int epoch) {
        return request(group, member, epoch)
                .setRebalanceTimeoutMs(60_000)
                .setSubscribedTopicNames(List.of("orders"))
                .setTopicPartitions(List.of());
    }

    private static ConsumerGroupHeartbeatRequestData joining(String group, String member) {
        return everything(group, member, 0);
    }

    private static ConsumerGroupHeartbeatRequestData named(
            ConsumerGroupHeartbeatRequestData request, String... topics) {
        return request.setSubscribedTopicNames(List.of(topics));
    }

    private static ConsumerGroupHeartbeatRequestData matching(
            ConsumerGroupHeartbeatRequestData request, String regex) {
        return request.setSubscribedTopicNames(null).setSubscribedTopicRegex(regex);
    }

    private List<TopicPartitions> owned(Integer... partitions) {
        return partitions.length == 0
                ? List.of()
                : List.of(
                        new TopicPartitions()
                                .setTopicId(ordersId)
                                .setPartitions(List.of(partitions)));
    }

    private static DeleteGroupsRequestData delete(String group) {
        return new DeleteGroupsRequestData().setGroupsNames(List.of(group));
    }

    private static DescribeGroupsRequestData classicDescribe(String group) {
        return new DescribeGroupsRequestData().setGroups(List.of(group));
    }

    private static HeartbeatRequestData classicHeartbeat(String group) {
        return new HeartbeatRequestData().setGroupId(group).setMemberId("a").setGenerationId(1);
    }

    private OffsetCommitRequestData commit(String group, String member, int epoch, int partition) {
        var offset =
                new OffsetCommitRequestPartition()
                        .setPartitionIndex(partition)
                        .setCommittedOffset(7)
                        .setCommittedMetadata("");
        return new OffsetCommitRequestData()
                .setGroupId(group)
                .setMemberId(member)
                .setGenerationIdOrMemberEpoch(epoch)
                .setTopics(
                        List.of(
                                new OffsetCommitRequestTopic()
                                        .setName("orders")
                                        .setPartitions(List.of(offset))));
    }

    private static OffsetFetchRequestData fetch(String group, @Nullable String member, int epoch) {
        var topic =
                new OffsetFetchRequestTopics().setName("orders").setPartitionIndexes(List.of(0, 1));
        return new OffsetFetchRequestData()
                .setGroups(
                        List.of(
                                new OffsetFetchRequestGroup()
                                        .setGroupId(group)
                                        .setMemberId(member)
                                        .setMemberEpoch(epoch)
                                        .setTopics(List.of(topic))));
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
