package dev.millrace.engine.wire;

import java.util.Arrays;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Subscription;
import org.apache.kafka.clients.consumer.internals.ConsumerProtocol;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.DeleteGroupsRequestData;
import org.apache.kafka.common.message.DescribeGroupsRequestData;
import org.apache.kafka.common.message.DescribeGroupsResponseData;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocol;
import org.apache.kafka.common.message.JoinGroupResponseData;
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
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopic;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData.SyncGroupRequestAssignment;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// A long conversation with a group coordinator, good manners and bad, written down answer by answer. Run against Apache Kafka
/// it makes the recording, run against us the comparison.
///
/// Needs: one broker with `group.initial.rebalance.delay.ms=0`, `group.max.size=3`, an empty `__consumer_offsets`, and the
/// topic `orders` with three partitions.
final class GroupScript extends Conversation {
    private final Uuid ordersId;

    /// @param ordersId the topic id of `orders`
    GroupScript(Asker asker, Uuid ordersId) {
        super(asker, ordersId);
        this.ordersId = ordersId;
    }

    @Override
    List<String> run() {
        nothingThere();
        badJoins();
        commitsWithoutMembers();
        oneMember();
        twoMembers();
        staticMembers();
        fullGroup();
        listed();
        return lines();
    }

    // ---- scenes

    private void nothingThere() {
        for (String group : List.of("", "nosuch")) {
            String in = group.isEmpty() ? "no group id" : "unknown group";
            step(in + ": heartbeat", ApiKeys.HEARTBEAT, 4, heartbeat(group, "m", 1, null));
            step(in + ": sync", ApiKeys.SYNC_GROUP, 5, sync(group, "m", 1, null));
            step(in + ": leave", ApiKeys.LEAVE_GROUP, 5, leave(group, "m", null));
            step(in + ": leave v2", ApiKeys.LEAVE_GROUP, 2, leaveOld(group, "m"));
            step(in + ": join with an id", ApiKeys.JOIN_GROUP, 9, join(group, "m", null, "range"));
            for (int version : new int[] {2, 8, 9, 10}) {
                step(
                        in + ": commit of generation 5, v" + version,
                        ApiKeys.OFFSET_COMMIT,
                        version,
                        commit(group, "m", 5, null, "orders", 0, 1, ""));
            }
            for (int version : new int[] {1, 2, 5, 7}) {
                step(
                        in + ": fetch, v" + version,
                        ApiKeys.OFFSET_FETCH,
                        version,
                        fetchOld(group, "orders"));
            }
            for (int version : new int[] {8, 9, 10}) {
                step(
                        in + ": fetch, v" + version,
                        ApiKeys.OFFSET_FETCH,
                        version,
                        fetch(group, "orders"));
                step(
                        in + ": fetch all, v" + version,
                        ApiKeys.OFFSET_FETCH,
                        version,
                        fetch(group, null));
            }
            step(in + ": delete offsets", ApiKeys.OFFSET_DELETE, 0, deleteOffset(group, "orders"));
            for (int version : new int[] {0, 2, 3}) {
                step(in + ": delete, v" + version, ApiKeys.DELETE_GROUPS, version, delete(group));
            }
            for (int version : new int[] {0, 3, 5, 6}) {
                step(
                        in + ": describe, v" + version,
                        ApiKeys.DESCRIBE_GROUPS,
                        version,
                        describe(group, version >= 3));
            }
        }
        for (int version : new int[] {0, 1, 3, 4, 6}) {
            step(
                    "find, v" + version,
                    ApiKeys.FIND_COORDINATOR,
                    version,
                    find((byte) 0, version >= 4, "g"));
        }
        step("find an empty group id", ApiKeys.FIND_COORDINATOR, 4, find((byte) 0, true, ""));
        step("find nothing", ApiKeys.FIND_COORDINATOR, 4, find((byte) 0, true));
        step("find two", ApiKeys.FIND_COORDINATOR, 4, find((byte) 0, true, "a", "b"));
        step("find a share group's, badly", ApiKeys.FIND_COORDINATOR, 6, find((byte) 2, true, "g"));
    }

    private void badJoins() {
        step("join, no id", ApiKeys.JOIN_GROUP, 9, join("", "", null, "range"));
        step(
                "join, short session",
                ApiKeys.JOIN_GROUP,
                9,
                join("b", "", null, "range").setSessionTimeoutMs(5_999));
        step(
                "join, long session",
                ApiKeys.JOIN_GROUP,
                5,
                join("b", "", null, "range").setSessionTimeoutMs(1_800_001));
        step("join, no protocols", ApiKeys.JOIN_GROUP, 9, join("b", "", null));
        step(
                "join, no protocol type",
                ApiKeys.JOIN_GROUP,
                6,
                join("b", "", null, "range").setProtocolType(""));
        step("join, unknown member", ApiKeys.JOIN_GROUP, 9, join("b", "who", null, "range"));
        step("join, unknown static member", ApiKeys.JOIN_GROUP, 9, join("b", "who", "i", "range"));
    }

    private void commitsWithoutMembers() {
        for (int version : new int[] {2, 6, 9, 10}) {
            step(
                    "simple commit, v" + version,
                    ApiKeys.OFFSET_COMMIT,
                    version,
                    commit("simple", "", -1, null, "orders", 0, 10 + version, "note"));
        }
        step(
                "simple commit with a member id",
                ApiKeys.OFFSET_COMMIT,
                9,
                commit("simple", "m", -1, null, "orders", 1, 7, null));
        step(
                "simple commit of a generation",
                ApiKeys.OFFSET_COMMIT,
                9,
                commit("simple", "m", 3, null, "orders", 1, 7, null));
        step(
                "commit, negative offset",
                ApiKeys.OFFSET_COMMIT,
                9,
                commit("simple", "", -1, null, "orders", 2, -5, ""));
        for (int version : new int[] {5, 9}) {
            step(
                    "commit to an unknown topic, v" + version,
                    ApiKeys.OFFSET_COMMIT,
                    version,
                    commit("simple", "", -1, null, "nosuch", 0, 1, ""));
        }
        step(
                "commit to an unknown topic id",
                ApiKeys.OFFSET_COMMIT,
                10,
                withTopicId(commit("simple", "", -1, null, "", 0, 1, ""), new Uuid(7, 7)));
        step(
                "commit to an unknown partition",
                ApiKeys.OFFSET_COMMIT,
                9,
                commit("simple", "", -1, null, "orders", 99, 1, ""));
        step(
                "commit, long metadata",
                ApiKeys.OFFSET_COMMIT,
                9,
                commit("simple", "", -1, null, "orders", 0, 99, "x".repeat(4_097)));
        step(
                "commit, metadata that just fits",
                ApiKeys.OFFSET_COMMIT,
                9,
                commit("simple", "", -1, null, "orders", 0, 98, "x".repeat(4_096)));
        step(
                "commit to nothing",
                ApiKeys.OFFSET_COMMIT,
                9,
                new OffsetCommitRequestData().setGroupId("simple"));
        step(
                "commit as an empty group id",
                ApiKeys.OFFSET_COMMIT,
                9,
                commit("", "", -1, null, "orders", 0, 1, ""));
        step("fetch what a simple group has", ApiKeys.OFFSET_FETCH, 9, fetch("simple", null));
        step("fetch it by id", ApiKeys.OFFSET_FETCH, 10, fetch("simple", null));
        step("fetch some of it", ApiKeys.OFFSET_FETCH, 7, fetchOld("simple", "orders"));
        step("fetch of an unknown topic", ApiKeys.OFFSET_FETCH, 9, fetch("simple", "nosuch"));
        var unknownId = fetch("simple", "x");
        unknownId.groups().getFirst().topics().getFirst().setTopicId(new Uuid(7, 7));
        step("fetch of an unknown topic id", ApiKeys.OFFSET_FETCH, 10, unknownId);
        step("describe a simple group", ApiKeys.DESCRIBE_GROUPS, 6, describe("simple", true));
        step(
                "delete an offset of an unknown topic",
                ApiKeys.OFFSET_DELETE,
                0,
                deleteOffset("simple", "nosuch"));
        step("delete an offset", ApiKeys.OFFSET_DELETE, 0, deleteOffset("simple", "orders"));
        step("fetch the rest", ApiKeys.OFFSET_FETCH, 9, fetch("simple", null));
        step("delete a simple group", ApiKeys.DELETE_GROUPS, 3, delete("simple"));
        step("delete it again", ApiKeys.DELETE_GROUPS, 3, delete("simple"));
    }

    private void oneMember() {
        String old = joined("one, v3", 3, join("v3", "", null, "range")).memberId();
        step("one: sync v0", ApiKeys.SYNC_GROUP, 0, sync("v3", old, 1, null, old, "x"));
        step("one: heartbeat v0", ApiKeys.HEARTBEAT, 0, heartbeat("v3", old, 1, null));
        step("one: describe v0", ApiKeys.DESCRIBE_GROUPS, 0, describe("v3", false));
        step("one: leave v0", ApiKeys.LEAVE_GROUP, 0, leaveOld("v3", old));
        step("one: describe it empty", ApiKeys.DESCRIBE_GROUPS, 5, describe("v3", false));

        String m = joined("g: ask for an id", 9, join("g", "", null, "range", "other")).memberId();
        step("g: describe with an id given out", ApiKeys.DESCRIBE_GROUPS, 6, describe("g", false));
        step("g: heartbeat too early", ApiKeys.HEARTBEAT, 4, heartbeat("g", m, 0, null));
        step("g: sync too early", ApiKeys.SYNC_GROUP, 5, sync("g", m, 0, null));
        joined("g: join", 9, join("g", m, null, "range", "other"));
        step("g: describe, completing", ApiKeys.DESCRIBE_GROUPS, 6, describe("g", false));
        step(
                "g: commit, completing",
                ApiKeys.OFFSET_COMMIT,
                9,
                commit("g", m, 1, null, "orders", 0, 1, ""));
        step("g: heartbeat, completing", ApiKeys.HEARTBEAT, 4, heartbeat("g", m, 1, null));
        step("g: join again, same", ApiKeys.JOIN_GROUP, 9, join("g", m, null, "range", "other"));
        step("g: sync, stale", ApiKeys.SYNC_GROUP, 5, sync("g", m, 0, null));
        step("g: sync, nobody", ApiKeys.SYNC_GROUP, 5, sync("g", "nobody", 1, null));
        step(
                "g: sync, no protocol",
                ApiKeys.SYNC_GROUP,
                5,
                sync("g", m, 1, null).setProtocolType(null).setProtocolName(null));
        step(
                "g: sync, other type",
                ApiKeys.SYNC_GROUP,
                5,
                sync("g", m, 1, null).setProtocolType("connect"));
        step(
                "g: sync, other protocol",
                ApiKeys.SYNC_GROUP,
                5,
                sync("g", m, 1, null).setProtocolName("other"));
        step(
                "g: sync",
                ApiKeys.SYNC_GROUP,
                5,
                sync("g", m, 1, null, m, "mine", "nobody", "his")
                        .setProtocolType("consumer")
                        .setProtocolName("range"));
        step("g: sync again", ApiKeys.SYNC_GROUP, 3, sync("g", m, 1, null));
        step("g: heartbeat", ApiKeys.HEARTBEAT, 4, heartbeat("g", m, 1, null));
        step("g: heartbeat, stale", ApiKeys.HEARTBEAT, 4, heartbeat("g", m, 0, null));
        step("g: heartbeat, ahead", ApiKeys.HEARTBEAT, 4, heartbeat("g", m, 2, null));
        step("g: heartbeat, nobody", ApiKeys.HEARTBEAT, 4, heartbeat("g", "nobody", 1, null));
        step("g: heartbeat, no id", ApiKeys.HEARTBEAT, 4, heartbeat("g", "", 1, null));
        step("g: heartbeat, instance", ApiKeys.HEARTBEAT, 4, heartbeat("g", m, 1, "i"));
        commitsOfMembers(m);
        step("g: describe", ApiKeys.DESCRIBE_GROUPS, 6, describe("g", true));
        step("g: describe v0", ApiKeys.DESCRIBE_GROUPS, 0, describe("g", false));
        step("g: delete", ApiKeys.DELETE_GROUPS, 3, delete("g"));
        step("g: delete offsets", ApiKeys.OFFSET_DELETE, 0, deleteOffset("g", "orders"));
        step(
                "g: join, other type",
                ApiKeys.JOIN_GROUP,
                9,
                join("g", "", null, "range").setProtocolType("connect"));
        step("g: join, other protocol", ApiKeys.JOIN_GROUP, 9, join("g", "", null, "nothing"));
        step("g: join, instance", ApiKeys.JOIN_GROUP, 9, join("g", m, "i", "range"));
        step("g: leave, unknown instance", ApiKeys.LEAVE_GROUP, 5, leave("g", "", "i"));
        step("g: leave, wrong instance", ApiKeys.LEAVE_GROUP, 5, leave("g", m, "i"));
        step("g: leave, nothing", ApiKeys.LEAVE_GROUP, 5, leave("g", "", null));
    }

    private void commitsOfMembers(String m) {
        step("g: commit", ApiKeys.OFFSET_COMMIT, 9, commit("g", m, 1, null, "orders", 0, 5, "n"));
        step("g: commit v10", ApiKeys.OFFSET_COMMIT, 10, commit("g", m, 1, null, "", 1, 6, "n"));
        for (int version : new int[] {8, 9}) {
            step(
                    "g: commit, stale, v" + version,
                    ApiKeys.OFFSET_COMMIT,
                    version,
                    commit("g", m, 0, null, "orders", 0, 9, ""));
            step(
                    "g: commit, nobody, v" + version,
                    ApiKeys.OFFSET_COMMIT,
                    version,
                    commit("g", "nobody", 1, null, "orders", 0, 9, ""));
        }
        step(
                "g: commit, anonymous",
                ApiKeys.OFFSET_COMMIT,
                9,
                commit("g", "", -1, null, "orders", 0, 9, ""));
        step(
                "g: commit, member without generation",
                ApiKeys.OFFSET_COMMIT,
                9,
                commit("g", m, -1, null, "orders", 0, 9, ""));
        step(
                "g: commit, instance",
                ApiKeys.OFFSET_COMMIT,
                9,
                commit("g", m, 1, "i", "orders", 0, 9, ""));
        step("g: fetch", ApiKeys.OFFSET_FETCH, 5, fetchOld("g", "orders"));
        step(
                "g: fetch, stable",
                ApiKeys.OFFSET_FETCH,
                7,
                fetchOld("g", "orders").setRequireStable(true));
        step("g: fetch v10", ApiKeys.OFFSET_FETCH, 10, fetch("g", "orders"));
    }

    private void twoMembers() {
        String a = joined("two: a", 9, join("two", "", null, "range")).memberId();
        joined("two: a joins", 9, join("two", a, null, "range"));
        step("two: a syncs", ApiKeys.SYNC_GROUP, 5, sync("two", a, 1, null, a, "all"));
        String b = joined("two: b", 9, join("two", "", null, "range")).memberId();
        var joining = send("b", ApiKeys.JOIN_GROUP, 9, join("two", b, null, "range"));
        awaitRebalance("two", a, 1);
        step("two: describe, preparing", ApiKeys.DESCRIBE_GROUPS, 6, describe("two", false));
        step("two: sync, preparing", ApiKeys.SYNC_GROUP, 5, sync("two", a, 1, null));
        step(
                "two: commit, preparing",
                ApiKeys.OFFSET_COMMIT,
                9,
                commit("two", a, 1, null, "orders", 0, 3, ""));
        step(
                "two: commit of who has not joined",
                ApiKeys.OFFSET_COMMIT,
                9,
                commit("two", b, 1, null, "orders", 0, 3, ""));
        step(
                "two: a third, with another protocol",
                ApiKeys.JOIN_GROUP,
                9,
                join("two", "", null, "nothing"));
        joined("two: a joins again", 9, join("two", a, null, "range"));
        answered("two: b has joined", 9, joining);
        step(
                "two: commit of the generation before",
                ApiKeys.OFFSET_COMMIT,
                9,
                commit("two", a, 1, null, "orders", 0, 3, ""));
        var syncing = send("b", ApiKeys.SYNC_GROUP, 5, sync("two", b, 2, null));
        step("two: a leads", ApiKeys.SYNC_GROUP, 5, sync("two", a, 2, null, a, "A", b, "B"));
        answered("two: b has synced", 5, syncing);
        step("two: b joins again, same", ApiKeys.JOIN_GROUP, 9, join("two", b, null, "range"));
        var request = leave("two", a, null);
        request.members().add(new MemberIdentity().setMemberId("nobody"));
        request.members().add(new MemberIdentity().setMemberId(b));
        request.members().add(new MemberIdentity().setMemberId(b));
        step("two: both leave, one twice", ApiKeys.LEAVE_GROUP, 5, request);
        step("two: describe, empty", ApiKeys.DESCRIBE_GROUPS, 6, describe("two", false));
        step("two: heartbeat, gone", ApiKeys.HEARTBEAT, 4, heartbeat("two", a, 2, null));
        step("two: join, gone", ApiKeys.JOIN_GROUP, 9, join("two", a, null, "range"));
        step(
                "two: administrator's commit",
                ApiKeys.OFFSET_COMMIT,
                9,
                commit("two", "", -1, null, "orders", 0, 77, ""));
        step(
                "two: late commit",
                ApiKeys.OFFSET_COMMIT,
                9,
                commit("two", a, 2, null, "orders", 0, 78, ""));
        step("two: fetch", ApiKeys.OFFSET_FETCH, 9, fetch("two", "orders"));
        step("two: delete offsets", ApiKeys.OFFSET_DELETE, 0, deleteOffset("two", "orders"));
        step("two: delete", ApiKeys.DELETE_GROUPS, 2, delete("two"));
    }

    private void staticMembers() {
        String a = joined("static: a", 9, join("st", "", "i", "range")).memberId();
        step("static: sync", ApiKeys.SYNC_GROUP, 5, sync("st", a, 1, "i", a, "A"));
        String b = joined("static: comes back", 9, join("st", "", "i", "range")).memberId();
        step("static: old heartbeat", ApiKeys.HEARTBEAT, 4, heartbeat("st", a, 1, "i"));
        step("static: old heartbeat, id", ApiKeys.HEARTBEAT, 4, heartbeat("st", a, 1, null));
        step("static: old sync", ApiKeys.SYNC_GROUP, 5, sync("st", a, 1, "i"));
        step("static: old join", ApiKeys.JOIN_GROUP, 9, join("st", a, "i", "range"));
        step(
                "static: old commit",
                ApiKeys.OFFSET_COMMIT,
                9,
                commit("st", a, 1, "i", "orders", 0, 1, ""));
        step("static: sync again", ApiKeys.SYNC_GROUP, 5, sync("st", b, 1, "i"));
        String c = joined("static: back, v8", 8, join("st", "", "i", "range")).memberId();
        step("static: describe", ApiKeys.DESCRIBE_GROUPS, 6, describe("st", false));
        step("static: heartbeat", ApiKeys.HEARTBEAT, 4, heartbeat("st", c, 1, "i"));
        step("static: unknown instance", ApiKeys.HEARTBEAT, 4, heartbeat("st", c, 1, "j"));
        step("static: leave, old id", ApiKeys.LEAVE_GROUP, 5, leave("st", a, "i"));
        step("static: sent away", ApiKeys.LEAVE_GROUP, 5, leave("st", "", "i"));
        step("static: describe, gone", ApiKeys.DESCRIBE_GROUPS, 6, describe("st", false));
    }

    private void fullGroup() {
        String gone = joined("full: an id", 9, join("full", "", null, "range")).memberId();
        step("full: leave of an id only", ApiKeys.LEAVE_GROUP, 5, leave("full", gone, null));
        step("full: its join", ApiKeys.JOIN_GROUP, 9, join("full", gone, null, "range"));
        String a = joined("full: a", 3, join("full", "", null, "range")).memberId();
        step("full: a syncs", ApiKeys.SYNC_GROUP, 1, sync("full", a, 1, null, a, "A"));
        var b = send("b", ApiKeys.JOIN_GROUP, 3, join("full", "", null, "range"));
        awaitMembers("full", 2);
        var c = send("c", ApiKeys.JOIN_GROUP, 3, join("full", "", null, "range"));
        awaitMembers("full", 3);
        joined("full: a joins again", 3, join("full", a, null, "range"));
        answered("full: b has joined", 3, b);
        answered("full: c has joined", 3, c);
        step("full: a fourth, v3", ApiKeys.JOIN_GROUP, 3, join("full", "", null, "range"));
        step("full: a fourth", ApiKeys.JOIN_GROUP, 9, join("full", "", null, "range"));
        step("full: a sent away twice", ApiKeys.LEAVE_GROUP, 5, leave("full", "", "nobody"));
        step("full: a goes", ApiKeys.LEAVE_GROUP, 1, leaveOld("full", a));
        step("full: a goes again", ApiKeys.LEAVE_GROUP, 1, leaveOld("full", a));
    }

    private static LeaveGroupRequestData leaveOld(String group, String member) {
        return new LeaveGroupRequestData().setGroupId(group).setMemberId(member);
    }

    private void awaitMembers(String group, int count) {
        for (int attempt = 0; attempt < 10_000; attempt++) {
            var answer =
                    (DescribeGroupsResponseData)
                            send("main", ApiKeys.DESCRIBE_GROUPS, 6, describe(group, false)).join();
            if (answer.groups().getFirst().members().size() == count) {
                return;
            }
        }
        throw new AssertionError("not so many members");
    }

    private void listed() {
        // Kafka makes a group of a refused join, we do not.
        var _ = send("main", ApiKeys.DELETE_GROUPS, 2, delete("b")).join();
        step("list v0", ApiKeys.LIST_GROUPS, 0, new ListGroupsRequestData());
        step("list", ApiKeys.LIST_GROUPS, 5, new ListGroupsRequestData());
        step(
                "list stable",
                ApiKeys.LIST_GROUPS,
                4,
                new ListGroupsRequestData().setStatesFilter(List.of("stable", "nosuch")));
        step(
                "list nothing",
                ApiKeys.LIST_GROUPS,
                5,
                new ListGroupsRequestData().setStatesFilter(List.of("nosuch")));
        step(
                "list classic",
                ApiKeys.LIST_GROUPS,
                5,
                new ListGroupsRequestData().setTypesFilter(List.of("Classic")));
        step(
                "list share",
                ApiKeys.LIST_GROUPS,
                5,
                new ListGroupsRequestData().setTypesFilter(List.of("share")));
        step(
                "list an unknown type",
                ApiKeys.LIST_GROUPS,
                5,
                new ListGroupsRequestData().setTypesFilter(List.of("nosuch")));
    }

    // ---- asking

    private JoinGroupResponseData joined(String name, int version, JoinGroupRequestData request) {
        return (JoinGroupResponseData) step(name, ApiKeys.JOIN_GROUP, version, request);
    }

    /// Until the member hears that it must join again, that is, until the other's JoinGroup has arrived.
    private void awaitRebalance(String group, String member, int generation) {
        for (int attempt = 0; attempt < 10_000; attempt++) {
            var answer =
                    (HeartbeatResponseData)
                            send(
                                            "main",
                                            ApiKeys.HEARTBEAT,
                                            4,
                                            heartbeat(group, member, generation, null))
                                    .join();
            if (answer.errorCode() == Errors.REBALANCE_IN_PROGRESS.code()) {
                return;
            }
        }
        throw new AssertionError("no rebalance");
    }

    // ---- requests

    private static JoinGroupRequestData join(
            String group, String member, @Nullable String instance, String... protocols) {
        var request =
                new JoinGroupRequestData()
                        .setGroupId(group)
                        .setMemberId(member)
                        .setGroupInstanceId(instance)
                        .setSessionTimeoutMs(60_000)
                        .setRebalanceTimeoutMs(60_000)
                        .setProtocolType("consumer");
        var subscription =
                ConsumerProtocol.serializeSubscription(new Subscription(List.of("orders")));
        var bytes = new byte[subscription.remaining()];
        subscription.get(bytes);
        Arrays.stream(protocols)
                .forEach(name ->
                        request.protocols()
                                .add(
                                        new JoinGroupRequestProtocol()
                                                .setName(name)
                                                .setMetadata(bytes)));
        return request;
    }

    private static SyncGroupRequestData sync(
            String group,
            String member,
            int generation,
            @Nullable String instance,
            String... assignments) {
        var request =
                new SyncGroupRequestData()
                        .setGroupId(group)
                        .setMemberId(member)
                        .setGenerationId(generation)
                        .setGroupInstanceId(instance)
                        .setProtocolType("consumer")
                        .setProtocolName("range");
        for (int i = 0; i + 1 < assignments.length; i += 2) {
            request.assignments()
                    .add(
                            new SyncGroupRequestAssignment()
                                    .setMemberId(assignments[i])
                                    .setAssignment(
                                            assignments[i + 1].getBytes(
                                                    java.nio.charset.StandardCharsets.UTF_8)));
        }
        return request;
    }

    private static HeartbeatRequestData heartbeat(
            String group, String member, int generation, @Nullable String instance) {
        return new HeartbeatRequestData()
                .setGroupId(group)
                .setMemberId(member)
                .setGenerationId(generation)
                .setGroupInstanceId(instance);
    }

    private static LeaveGroupRequestData leave(
            String group, String member, @Nullable String instance) {
        var request = new LeaveGroupRequestData().setGroupId(group);
        request.members()
                .add(new MemberIdentity().setMemberId(member).setGroupInstanceId(instance));
        return request;
    }

    private OffsetCommitRequestData commit(
            String group,
            String member,
            int generation,
            @Nullable String instance,
            String topic,
            int partition,
            long offset,
            @Nullable String metadata) {
        return new OffsetCommitRequestData()
                .setGroupId(group)
                .setMemberId(member)
                .setGenerationIdOrMemberEpoch(generation)
                .setGroupInstanceId(instance)
                .setTopics(
                        List.of(
                                new OffsetCommitRequestTopic()
                                        .setName(topic)
                                        .setTopicId(ordersId)
                                        .setPartitions(
                                                List.of(
                                                        new OffsetCommitRequestPartition()
                                                                .setPartitionIndex(partition)
                                                                .setCommittedOffset(offset)
                                                                .setCommittedMetadata(metadata)))));
    }

    private static OffsetCommitRequestData withTopicId(OffsetCommitRequestData request, Uuid id) {
        request.topics().getFirst().setTopicId(id);
        return request;
    }

    private static OffsetFetchRequestData fetchOld(String group, String topic) {
        return new OffsetFetchRequestData()
                .setGroupId(group)
                .setTopics(
                        List.of(
                                new OffsetFetchRequestTopic()
                                        .setName(topic)
                                        .setPartitionIndexes(List.of(0, 1, 99))));
    }

    private OffsetFetchRequestData fetch(String group, @Nullable String topic) {
        var request = new OffsetFetchRequestGroup().setGroupId(group);
        request.setTopics(
                topic == null
                        ? null
                        : List.of(
                                new OffsetFetchRequestTopics()
                                        .setName(topic)
                                        .setTopicId(ordersId)
                                        .setPartitionIndexes(List.of(0, 1, 99))));
        return new OffsetFetchRequestData().setGroups(List.of(request));
    }

    private static OffsetDeleteRequestData deleteOffset(String group, String topic) {
        var topics = new OffsetDeleteRequestTopicCollection();
        topics.add(
                new OffsetDeleteRequestTopic()
                        .setName(topic)
                        .setPartitions(
                                List.of(
                                        new OffsetDeleteRequestPartition().setPartitionIndex(0),
                                        new OffsetDeleteRequestPartition().setPartitionIndex(99))));
        return new OffsetDeleteRequestData().setGroupId(group).setTopics(topics);
    }

    private static DeleteGroupsRequestData delete(String group) {
        return new DeleteGroupsRequestData().setGroupsNames(List.of(group));
    }

    private static DescribeGroupsRequestData describe(String group, boolean operations) {
        return new DescribeGroupsRequestData()
                .setGroups(List.of(group))
                .setIncludeAuthorizedOperations(operations);
    }

    private static FindCoordinatorRequestData find(byte type, boolean many, String... keys) {
        var request = new FindCoordinatorRequestData().setKeyType(type);
        return many ? request.setCoordinatorKeys(List.of(keys)) : request.setKey(keys[0]);
    }
}
