package dev.millrace.engine.wire;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Subscription;
import org.apache.kafka.clients.consumer.internals.ConsumerProtocol;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.DeleteGroupsRequestData;
import org.apache.kafka.common.message.DescribeGroupsRequestData;
import org.apache.kafka.common.message.HeartbeatRequestData;
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
import org.jspecify.annotations.Nullable;

/// What committers and administrators may ask of a group coordinator, and what they may get wrong.
///
/// Needs what [GroupScript] needs, and the topic `single`.
final class OffsetScript extends Conversation {
    private final Uuid ordersId;

    OffsetScript(Asker asker, Uuid ordersId) {
        super(asker, ordersId);
        this.ordersId = ordersId;
    }

    @Override
    List<String> run() {
        everyVersion();
        oddCommits();
        mixedCommits();
        tooMuch();
        fetches();
        String member = consumer();
        offsetsOfMembers(member);
        otherMembers();
        administration(member);
        sentAway();
        return lines();
    }

    // ---- commits

    private void everyVersion() {
        for (int version = 2; version <= 10; version++) {
            String group = "v" + version;
            var request = commit(group, at(0, 10 + version, "note"), at(1, 1, null));
            if (version <= 4) {
                request.setRetentionTimeMs(version == 2 ? -1 : 3_600_000);
            }
            step("commit, v" + version, ApiKeys.OFFSET_COMMIT, version, request);
        }
        for (int version = 1; version <= 7; version++) {
            String name = "fetch, v" + version;
            step(name, ApiKeys.OFFSET_FETCH, version, fetchOld("v" + version, "orders"));
        }
        for (int version = 2; version <= 7; version++) {
            String name = "fetch all, v" + version;
            step(name, ApiKeys.OFFSET_FETCH, version, fetchOld("v" + version, null));
        }
        for (int version = 8; version <= 10; version++) {
            String name = "fetch, v" + version;
            step(name, ApiKeys.OFFSET_FETCH, version, fetch(some("v" + version, 0, 1, 2)));
        }
    }

    private void oddCommits() {
        commits("commit, leader epoch", commit("odd", at(0, 5, "").setCommittedLeaderEpoch(3)));
        commits("commit, leader epoch -7", commit("odd", at(1, 5, "").setCommittedLeaderEpoch(-7)));
        commits("commit of offset -1", commit("odd", at(2, -1, "")));
        commits("commit, partition -1", commit("odd", at(-1, 5, "")));
        commits(
                "commit, generation -2",
                commit("odd", at(0, 6, "")).setGenerationIdOrMemberEpoch(-2));
        commits("commit, an instance", commit("odd", at(0, 7, "")).setGroupInstanceId("i"));
        for (int version : new int[] {8, 9}) {
            step(
                    "commit, a generation, v" + version,
                    ApiKeys.OFFSET_COMMIT,
                    version,
                    commit("odd", at(0, 8, "")).setGenerationIdOrMemberEpoch(0));
        }
        commits("commit, a partition twice", commit("odd", at(1, 1, "first"), at(1, 2, "then")));
        commits("commit, nothing of a topic", commit("odd"));
        step("fetch what came of it", ApiKeys.OFFSET_FETCH, 9, fetch(all("odd")));
        var negative = commit("nobody", at(0, 6, "")).setGenerationIdOrMemberEpoch(-2);
        commits("commit to a new group, generation -2", negative.setMemberId("m"));
        step("fetch of it", ApiKeys.OFFSET_FETCH, 9, fetch(all("nobody")));
    }

    private void mixedCommits() {
        var mixed = commit("mixed", at(0, 1, ""), at(99, 1, ""), at(1, 1, "x".repeat(5_000)));
        mixed.topics().add(topic("nosuch", new Uuid(5, 5), at(0, 1, "")));
        step("commit, good and bad, v9", ApiKeys.OFFSET_COMMIT, 9, mixed);
        step("commit, good and bad, v10", ApiKeys.OFFSET_COMMIT, 10, mixed.duplicate());
        var twice = commit("mixed", at(0, 2, ""));
        twice.topics().add(topic("orders", ordersId, at(1, 2, "")));
        commits("commit, a topic twice", twice);
        var zero = commit("mixed");
        zero.topics().getFirst().setTopicId(Uuid.ZERO_UUID).partitions().add(at(0, 3, ""));
        step("commit, topic id zero", ApiKeys.OFFSET_COMMIT, 10, zero);
        step("fetch what came of it, mixed", ApiKeys.OFFSET_FETCH, 9, fetch(all("mixed")));
        var bad = commit("onlybad", at(99, 1, ""));
        commits("commit, all bad", bad);
        commits("commit, all bad, a generation", bad.duplicate().setGenerationIdOrMemberEpoch(3));
        step("delete what all bad made", ApiKeys.DELETE_GROUPS, 2, delete("onlybad"));
    }

    private void tooMuch() {
        var partitions = new OffsetCommitRequestPartition[300];
        for (int i = 0; i < partitions.length; i++) {
            partitions[i] = at(i % 3, i, "x".repeat(4_000));
        }
        var answer = send("main", ApiKeys.OFFSET_COMMIT, 9, commit("toomuch", partitions)).join();
        var errors = ((org.apache.kafka.common.message.OffsetCommitResponseData) answer).topics();
        lines().add(
                        "commit of more than a batch holds -> "
                                + errors.getFirst().partitions().getFirst().errorCode());
        step("fetch of it, too much", ApiKeys.OFFSET_FETCH, 9, fetch(all("toomuch")));
        step("delete of it", ApiKeys.DELETE_GROUPS, 2, delete("toomuch"));
    }

    // ---- fetches

    private void fetches() {
        for (int version : new int[] {8, 9, 10}) {
            step(
                    "fetch many groups, v" + version,
                    ApiKeys.OFFSET_FETCH,
                    version,
                    fetch(some("v5", 0, 1), all("v6"), some("nosuch", 0), all(""), some("", 1)));
            step(
                    "fetch stable, v" + version,
                    ApiKeys.OFFSET_FETCH,
                    version,
                    fetch(some("v5", 0, 2), all("v6"), some("nosuch", 0)).setRequireStable(true));
        }
        step("fetch a group twice", ApiKeys.OFFSET_FETCH, 9, fetch(some("v5", 0), some("v5", 1)));
        step("fetch a partition twice", ApiKeys.OFFSET_FETCH, 9, fetch(some("v5", 0, 0, 1)));
        step("fetch no group", ApiKeys.OFFSET_FETCH, 9, fetch());
        step("fetch no topic", ApiKeys.OFFSET_FETCH, 9, fetch(all("v5").setTopics(List.of())));
        step("fetch as a member", ApiKeys.OFFSET_FETCH, 9, fetch(as("v5", "m", 3)));
        step("fetch as a member of nothing", ApiKeys.OFFSET_FETCH, 9, fetch(as("nosuch", "m", 3)));
        step("fetch as an epoch", ApiKeys.OFFSET_FETCH, 9, fetch(as("v5", null, 3)));
        var unknown = some("v5", 0, 1);
        unknown.topics().add(topic(new Uuid(5, 5), 0, 1));
        unknown.topics().add(topic(Uuid.ZERO_UUID, 0));
        step("fetch, unknown ids", ApiKeys.OFFSET_FETCH, 10, fetch(unknown));
        step("fetch, an unknown id only", ApiKeys.OFFSET_FETCH, 10, fetch(onlyUnknown("v5")));
        step("fetch, it of no group", ApiKeys.OFFSET_FETCH, 10, fetch(onlyUnknown("nosuch")));
        step(
                "fetch old, no topic",
                ApiKeys.OFFSET_FETCH,
                7,
                fetchOld("v5", "orders").setTopics(List.of()));
        step(
                "fetch old, no topic v1",
                ApiKeys.OFFSET_FETCH,
                1,
                fetchOld("v5", "orders").setTopics(List.of()));
    }

    private static OffsetFetchRequestGroup onlyUnknown(String group) {
        return all(group).setTopics(List.of(topic(new Uuid(5, 5), 0, 1)));
    }

    private OffsetFetchRequestGroup as(String group, @Nullable String member, int epoch) {
        return some(group, 0).setMemberId(member).setMemberEpoch(epoch);
    }

    // ---- members

    /// One stable member of `readers`, reading `orders`.
    private String consumer() {
        String id = member("readers", "consumer", subscription("orders"));
        var other = commit("readers", at(0, 1, ""), at(1, 2, ""));
        other.topics().add(topic("single", new Uuid(1, 1), at(0, 3, "")));
        commits("commit of a member", other.setMemberId(id).setGenerationIdOrMemberEpoch(1));
        return id;
    }

    private void offsetsOfMembers(String member) {
        for (int version : new int[] {2, 8, 9, 10}) {
            commitAs("stale", version, member, 0, null);
            commitAs("ahead", version, member, 2, null);
            commitAs("generation -2", version, member, -2, null);
            commitAs("nobody", version, "nobody", 1, null);
            commitAs("no id", version, "", 1, null);
            commitAs("an administrator", version, "", -1, null);
            if (version >= 8) {
                commitAs("an instance", version, member, 1, "i");
                commitAs("an instance, no id", version, "", -1, "i");
            }
        }
        step("fetch as that member", ApiKeys.OFFSET_FETCH, 9, fetch(as("readers", member, 1)));
        step("fetch as it, stale", ApiKeys.OFFSET_FETCH, 9, fetch(as("readers", member, 0)));
        step("fetch as nobody", ApiKeys.OFFSET_FETCH, 9, fetch(as("readers", "nobody", 1)));
        step(
                "delete what is read",
                ApiKeys.OFFSET_DELETE,
                0,
                deleteOffsets("readers", "orders", 0, 99));
        step(
                "delete what is not",
                ApiKeys.OFFSET_DELETE,
                0,
                deleteOffsets("readers", "single", 0, 1));
        var both = deleteOffsets("readers", "orders", 0);
        both.topics()
                .add(deleteOffsets("readers", "single", 0).topics().find("single").duplicate());
        both.topics()
                .add(deleteOffsets("readers", "nosuch", 0).topics().find("nosuch").duplicate());
        step("delete of three topics", ApiKeys.OFFSET_DELETE, 0, both);
        step(
                "delete of nothing",
                ApiKeys.OFFSET_DELETE,
                0,
                new OffsetDeleteRequestData().setGroupId("readers"));
    }

    private void commitAs(
            String name, int version, String member, int generation, @Nullable String instance) {
        step(
                "commit of a member, " + name + ", v" + version,
                ApiKeys.OFFSET_COMMIT,
                version,
                commit("readers", at(0, 9, ""))
                        .setMemberId(member)
                        .setGenerationIdOrMemberEpoch(generation)
                        .setGroupInstanceId(instance));
    }

    /// Members of another kind, and a consumer whose subscription nobody can read.
    private void otherMembers() {
        String worker = member("workers", "connect", new byte[] {1, 2, 3});
        commits(
                "commit of a worker",
                commit("workers", at(0, 1, ""))
                        .setMemberId(worker)
                        .setGenerationIdOrMemberEpoch(1));
        step(
                "delete a worker's offset",
                ApiKeys.OFFSET_DELETE,
                0,
                deleteOffsets("workers", "orders", 0));
        step("describe workers", ApiKeys.DESCRIBE_GROUPS, 6, describe("workers"));
        String odd = member("unreadable", "consumer", new byte[] {0});
        commits(
                "commit of the unreadable",
                commit("unreadable", at(0, 1, ""))
                        .setMemberId(odd)
                        .setGenerationIdOrMemberEpoch(1));
        step(
                "delete its offset",
                ApiKeys.OFFSET_DELETE,
                0,
                deleteOffsets("unreadable", "orders", 0));
        joinTooMuch();
    }

    /// A subscription that no record can hold: refused when it is to be written, and the good member next door stays. (What the
    /// group does then is not asked: Kafka rebalances at once, ours waits for the leader to bring an assignment that fits.)
    private void joinTooMuch() {
        byte[] much = new byte[1_200_000];
        var ask = join("huge", "", "consumer", much);
        var given = (JoinGroupResponseData) send("main", ApiKeys.JOIN_GROUP, 9, ask).join();
        lines().add("a huge subscription -> " + given.errorCode());
        var joined =
                (JoinGroupResponseData)
                        send(
                                        "main",
                                        ApiKeys.JOIN_GROUP,
                                        9,
                                        join("huge", given.memberId(), "consumer", much))
                                .join();
        lines().add("its join -> " + joined.errorCode() + " " + joined.generationId());
        step(
                "its sync",
                ApiKeys.SYNC_GROUP,
                5,
                sync("huge", given.memberId(), joined.generationId()));
        var gone = leave("huge", given.memberId(), null);
        step("it leaves", ApiKeys.LEAVE_GROUP, 5, gone);
        step("it is deleted", ApiKeys.DELETE_GROUPS, 2, delete("huge"));
    }

    // ---- administration

    private void administration(String member) {
        step(
                "delete many groups",
                ApiKeys.DELETE_GROUPS,
                2,
                delete("v2", "nosuch", "readers", "", "v3"));
        step("delete one twice", ApiKeys.DELETE_GROUPS, 2, delete("v4", "v4"));
        step("delete none", ApiKeys.DELETE_GROUPS, 2, delete());
        step(
                "describe many",
                ApiKeys.DESCRIBE_GROUPS,
                6,
                describe("v5", "nosuch", "readers", "v5"));
        step("describe none", ApiKeys.DESCRIBE_GROUPS, 5, describe());
        listed("all", List.of(), List.of());
        listed("empty ones", List.of("Empty"), List.of());
        listed("in small letters", List.of("stable"), List.of("classic"));
        listed("of two states", List.of("Stable", "Empty"), List.of("CLASSIC"));
        listed("of other states", List.of("Dead", "PreparingRebalance", "Assigning"), List.of());
        listed("consumers", List.of(), List.of("consumer"));
        listed("consumers and classic", List.of(), List.of("Consumer", "classic", "nosuch"));
        listed("streams and share", List.of("Stable"), List.of("streams", "share"));
        step("the member is well", ApiKeys.HEARTBEAT, 4, heartbeat("readers", member, 1));
    }

    private void listed(String name, List<String> states, List<String> types) {
        var request = new ListGroupsRequestData().setStatesFilter(states);
        if (types.isEmpty()) {
            step("list " + name + ", v4", ApiKeys.LIST_GROUPS, 4, request);
        }
        step("list " + name, ApiKeys.LIST_GROUPS, 5, request.setTypesFilter(types));
    }

    /// As `kafka-consumer-groups.sh --delete-members` and AdminClient's removeMembersFromConsumerGroup do it.
    private void sentAway() {
        step(
                "leave, nobody named",
                ApiKeys.LEAVE_GROUP,
                5,
                new LeaveGroupRequestData().setGroupId("readers"));
        step("leave, an unknown instance", ApiKeys.LEAVE_GROUP, 5, leave("readers", "", "i"));
        step("leave, no id", ApiKeys.LEAVE_GROUP, 5, leave("readers", "", null));
        step("leave of a simple group", ApiKeys.LEAVE_GROUP, 5, leave("v5", "m", null));
        var many = leave("workers", "", "i");
        many.members().add(new MemberIdentity().setMemberId("nobody").setReason("was sent away"));
        many.members().add(new MemberIdentity().setMemberId("").setGroupInstanceId("j"));
        for (int version : new int[] {3, 4, 5}) {
            step("leave, many unknown, v" + version, ApiKeys.LEAVE_GROUP, version, many);
        }
    }

    private String member(String group, String type, byte[] metadata) {
        var given =
                (JoinGroupResponseData)
                        send("main", ApiKeys.JOIN_GROUP, 9, join(group, "", type, metadata)).join();
        String id = given.memberId();
        var joined = send("main", ApiKeys.JOIN_GROUP, 9, join(group, id, type, metadata)).join();
        lines().add(group + " is joined -> " + ((JoinGroupResponseData) joined).errorCode());
        var sync = sync(group, id, 1).setProtocolType(type);
        step(group + " is synced", ApiKeys.SYNC_GROUP, 5, sync);
        return id;
    }

    // ---- requests

    private void commits(String name, OffsetCommitRequestData request) {
        step(name, ApiKeys.OFFSET_COMMIT, 9, request);
    }

    private OffsetCommitRequestData commit(
            String group, OffsetCommitRequestPartition... partitions) {
        var topics = new ArrayList<OffsetCommitRequestTopic>();
        topics.add(topic("orders", ordersId, partitions));
        return new OffsetCommitRequestData().setGroupId(group).setTopics(topics);
    }

    private static OffsetCommitRequestTopic topic(
            String name, Uuid id, OffsetCommitRequestPartition... partitions) {
        return new OffsetCommitRequestTopic()
                .setName(name)
                .setTopicId(id)
                .setPartitions(new ArrayList<>(List.of(partitions)));
    }

    private static OffsetCommitRequestPartition at(
            int partition, long offset, @Nullable String metadata) {
        return new OffsetCommitRequestPartition()
                .setPartitionIndex(partition)
                .setCommittedOffset(offset)
                .setCommittedMetadata(metadata);
    }

    private static OffsetFetchRequestData fetchOld(String group, @Nullable String topic) {
        return new OffsetFetchRequestData()
                .setGroupId(group)
                .setTopics(
                        topic == null
                                ? null
                                : List.of(
                                        new OffsetFetchRequestTopic()
                                                .setName(topic)
                                                .setPartitionIndexes(List.of(0, 1, 2))));
    }

    private static OffsetFetchRequestData fetch(OffsetFetchRequestGroup... groups) {
        return new OffsetFetchRequestData().setGroups(List.of(groups));
    }

    private OffsetFetchRequestGroup some(String group, int... partitions) {
        var orders = topic(ordersId, partitions).setName("orders");
        return all(group).setTopics(new ArrayList<>(List.of(orders)));
    }

    private static OffsetFetchRequestTopics topic(Uuid id, int... partitions) {
        return new OffsetFetchRequestTopics()
                .setName("t" + id)
                .setTopicId(id)
                .setPartitionIndexes(IntStream.of(partitions).boxed().toList());
    }

    private static OffsetFetchRequestGroup all(String group) {
        return new OffsetFetchRequestGroup().setGroupId(group).setTopics(null);
    }

    private static OffsetDeleteRequestData deleteOffsets(
            String group, String topic, int... partitions) {
        var topics = new OffsetDeleteRequestTopicCollection();
        topics.add(
                new OffsetDeleteRequestTopic()
                        .setName(topic)
                        .setPartitions(
                                IntStream.of(partitions)
                                        .mapToObj(index ->
                                                new OffsetDeleteRequestPartition()
                                                        .setPartitionIndex(index))
                                        .toList()));
        return new OffsetDeleteRequestData().setGroupId(group).setTopics(topics);
    }

    private static DeleteGroupsRequestData delete(String... groups) {
        return new DeleteGroupsRequestData().setGroupsNames(List.of(groups));
    }

    private static DescribeGroupsRequestData describe(String... groups) {
        return new DescribeGroupsRequestData().setGroups(List.of(groups));
    }

    private static byte[] subscription(String topic) {
        ByteBuffer bytes = ConsumerProtocol.serializeSubscription(new Subscription(List.of(topic)));
        var copy = new byte[bytes.remaining()];
        bytes.get(copy);
        return copy;
    }

    private static JoinGroupRequestData join(
            String group, String member, String type, byte[] metadata) {
        var request =
                new JoinGroupRequestData()
                        .setGroupId(group)
                        .setMemberId(member)
                        .setSessionTimeoutMs(60_000)
                        .setRebalanceTimeoutMs(60_000)
                        .setProtocolType(type);
        request.protocols()
                .add(new JoinGroupRequestProtocol().setName("range").setMetadata(metadata));
        return request;
    }

    private static SyncGroupRequestData sync(String group, String member, int generation) {
        return new SyncGroupRequestData()
                .setGroupId(group)
                .setMemberId(member)
                .setGenerationId(generation)
                .setProtocolType("consumer")
                .setProtocolName("range")
                .setAssignments(
                        List.of(
                                new SyncGroupRequestAssignment()
                                        .setMemberId(member)
                                        .setAssignment(new byte[] {7})));
    }

    private static HeartbeatRequestData heartbeat(String group, String member, int generation) {
        return new HeartbeatRequestData()
                .setGroupId(group)
                .setMemberId(member)
                .setGenerationId(generation);
    }

    private static LeaveGroupRequestData leave(
            String group, String member, @Nullable String instance) {
        var request = new LeaveGroupRequestData().setGroupId(group);
        request.members()
                .add(
                        new MemberIdentity()
                                .setMemberId(member)
                                .setGroupInstanceId(instance)
                                .setReason("admin: was sent away"));
        return request;
    }
}
