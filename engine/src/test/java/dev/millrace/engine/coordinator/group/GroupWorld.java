package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.ManualEnv;
import dev.millrace.engine.coordinator.MemoryLog;
import dev.millrace.engine.metadata.MetadataImage;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocol;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData.SyncGroupRequestAssignment;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// One partition of `__consumer_offsets` with its coordinator, a clock, and short names for what clients send.
final class GroupWorld {
    static final Uuid TOPIC_ID = new Uuid(11, 12);
    static final int SESSION_MS = 10_000;
    static final int REBALANCE_MS = 20_000;
    static final String GROUP = "g";

    final ManualEnv env;
    final MemoryLog log = new MemoryLog();
    final Groups groups;

    GroupWorld(long seed, GroupConfig config) {
        this(seed, config, () -> MetadataImage.EMPTY);
    }

    GroupWorld(long seed, GroupConfig config, Supplier<MetadataImage> metadata) {
        env = new ManualEnv(seed);
        groups = new Groups(env, config, () -> 1, metadata);
        groups.lead(0, log.lead());
    }

    GroupWorld() {
        this(1, GroupConfig.DEFAULTS.withInitialRebalanceDelayMs(0));
    }

    /// The coordinator goes down and comes back: whatever was not committed is lost.
    void crash() {
        int epoch = log.leaderEpoch();
        log.lose();
        groups.resign(0, epoch);
        groups.lead(0, log.lead());
    }

    /// The same, when the coordinator hears of it before its log does.
    void resign() {
        groups.resign(0, log.leaderEpoch());
        log.lose();
        groups.lead(0, log.lead());
    }

    static <T> @Nullable T now(CompletionStage<T> stage) {
        return stage.toCompletableFuture().getNow(null);
    }

    GroupShard shard() {
        GroupShard shard = groups.shardOrNull(0);
        if (shard == null) {
            throw new AssertionError("not loaded");
        }
        return shard;
    }

    String state() {
        Group group = shard().group(GROUP);
        return group == null ? "none" : group.stateText();
    }

    // ---- what clients send

    static Caller caller(int version) {
        return new Caller((short) version, "client", "/host");
    }

    CompletionStage<JoinGroupResponseData> join(
            int version, String memberId, @Nullable String instanceId, String... protocols) {
        var request =
                new JoinGroupRequestData()
                        .setGroupId(GROUP)
                        .setSessionTimeoutMs(SESSION_MS)
                        .setRebalanceTimeoutMs(REBALANCE_MS)
                        .setMemberId(memberId)
                        .setGroupInstanceId(instanceId)
                        .setProtocolType("consumer");
        for (String protocol : protocols) {
            request.protocols()
                    .add(
                            new JoinGroupRequestProtocol()
                                    .setName(protocol)
                                    .setMetadata(protocol.getBytes(StandardCharsets.UTF_8)));
        }
        return groups.join(caller(version), request);
    }

    /// As a client does from version 4 on: asks for an id first.
    String newMemberId() {
        JoinGroupResponseData answer = now(join(9, "", null, "range"));
        if (answer == null || answer.errorCode() != Errors.MEMBER_ID_REQUIRED.code()) {
            throw new AssertionError("no member id: " + answer);
        }
        return answer.memberId();
    }

    CompletionStage<SyncGroupResponseData> sync(
            String memberId, int generation, String... assignments) {
        var request =
                new SyncGroupRequestData()
                        .setGroupId(GROUP)
                        .setMemberId(memberId)
                        .setGenerationId(generation);
        for (int i = 0; i + 1 < assignments.length; i += 2) {
            request.assignments()
                    .add(
                            new SyncGroupRequestAssignment()
                                    .setMemberId(assignments[i])
                                    .setAssignment(
                                            assignments[i + 1].getBytes(StandardCharsets.UTF_8)));
        }
        return groups.sync(request);
    }

    CompletionStage<Errors> heartbeat(String memberId, int generation) {
        return groups.heartbeat(
                new HeartbeatRequestData()
                        .setGroupId(GROUP)
                        .setMemberId(memberId)
                        .setGenerationId(generation));
    }

    CompletionStage<OffsetCommitResponseData> commit(
            String memberId, int generation, int partition, long offset) {
        return groups.commit(
                caller(9),
                new OffsetCommitRequestData()
                        .setGroupId(GROUP)
                        .setMemberId(memberId)
                        .setGenerationIdOrMemberEpoch(generation)
                        .setTopics(
                                List.of(
                                        new OffsetCommitRequestTopic()
                                                .setName("t")
                                                .setTopicId(TOPIC_ID)
                                                .setPartitions(
                                                        List.of(
                                                                new OffsetCommitRequestPartition()
                                                                        .setPartitionIndex(
                                                                                partition)
                                                                        .setCommittedOffset(offset)
                                                                        .setCommittedMetadata(
                                                                                ""))))));
    }

    static Errors error(@Nullable OffsetCommitResponseData response) {
        if (response == null) {
            throw new AssertionError("not answered");
        }
        return Errors.forCode(response.topics().getFirst().partitions().getFirst().errorCode());
    }

    /// The committed offset, -1 when none, null when the answer is held back.
    @Nullable Long offset(int partition) {
        var answer =
                now(
                        groups.fetchOffsets(
                                new OffsetFetchRequestGroup()
                                        .setGroupId(GROUP)
                                        .setTopics(
                                                List.of(
                                                        new OffsetFetchRequestTopics()
                                                                .setName("t")
                                                                .setPartitionIndexes(
                                                                        List.of(partition)))),
                                false));
        return answer == null
                ? null
                : (Long) answer.topics().getFirst().partitions().getFirst().committedOffset();
    }
}
