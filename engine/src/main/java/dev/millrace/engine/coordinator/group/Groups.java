package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.AppendErrors;
import dev.millrace.engine.coordinator.CoordinatorLog;
import dev.millrace.engine.coordinator.Decision;
import dev.millrace.engine.coordinator.InTransaction;
import dev.millrace.engine.coordinator.KeyPartition;
import dev.millrace.engine.coordinator.Shards;
import dev.millrace.engine.env.Env;
import dev.millrace.engine.log.TransactionMarker;
import dev.millrace.engine.metadata.MetadataImage;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.message.DeleteGroupsResponseData.DeletableGroupResult;
import org.apache.kafka.common.message.DescribeGroupsResponseData.DescribedGroup;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupResponseData;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetDeleteResponseData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.apache.kafka.common.message.StreamsGroupDescribeResponseData;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;
import org.apache.kafka.server.common.GroupVersion;
import org.apache.kafka.server.common.StreamsVersion;

/// The groups that this broker coordinates: the one door for requests, and for whoever tells which partitions of
/// `__consumer_offsets` it leads.
///
/// Every stage completes, with a response that holds the error if there was one.
///
/// **Owner.** None: any thread may call; each request takes the turn of the shard that its group falls to.
public final class Groups {
    /// The internal topic that holds the groups.
    public static final String TOPIC = Topic.GROUP_METADATA_TOPIC_NAME;

    private final GroupConfig config;
    private final IntSupplier topicPartitions;
    private final Supplier<MetadataImage> metadata;
    private final Shards<GroupRecord, GroupShard> shards;

    /// @param topicPartitions how many partitions `__consumer_offsets` has, 0 while it does not exist
    /// @param metadata the present image: topics that members read, and the settings of single groups
    public Groups(
            Env env,
            GroupConfig config,
            IntSupplier topicPartitions,
            Supplier<MetadataImage> metadata) {
        this.config = config;
        this.metadata = metadata;
        this.topicPartitions = topicPartitions;
        this.shards =
                new Shards<>(
                        TOPIC,
                        env,
                        new GroupRecordFormat(),
                        host -> new GroupShard(host, env.clock(), env.entropy(), config, metadata),
                        config.commitTimeoutMs());
    }

    /// The partition of `__consumer_offsets` whose leader coordinates the group.
    public int partitionFor(String group) {
        int existing = topicPartitions.getAsInt();
        int partitions = existing > 0 ? existing : config.offsetsTopicPartitions();
        return KeyPartition.of(group, partitions);
    }

    // ---- leadership

    /// This broker leads the partition now; its groups are loaded, away from the caller.
    public void lead(int partition, CoordinatorLog log) {
        shards.lead(partition, log);
    }

    /// This broker leads the partition no longer, as of that epoch.
    public void resign(int partition, int leaderEpoch) {
        shards.resign(partition, leaderEpoch);
    }

    /// These topics exist no longer: the offsets in them are forgotten.
    ///
    /// @param topics ids by name: a topic of the same name may be there again
    public void topicsDeleted(SortedMap<String, Uuid> topics) {
        var _ = shards.submitToAll(shard -> shard.deletes.topicsDeleted(topics), _ -> false);
    }

    // ---- members

    public CompletionStage<JoinGroupResponseData> join(
            Caller caller, JoinGroupRequestData request) {
        Errors error = Errors.NONE;
        if (request.groupId().isEmpty()) {
            error = Errors.INVALID_GROUP_ID;
        } else if (request.sessionTimeoutMs() < config.minSessionTimeoutMs()
                || request.sessionTimeoutMs() > config.maxSessionTimeoutMs()) {
            error = Errors.INVALID_SESSION_TIMEOUT;
        }
        if (error != Errors.NONE) {
            return now(ClassicJoins.refusal(error, request.memberId()));
        }
        return submit(
                request.groupId(),
                shard -> shard.joins.join(caller, request),
                refused -> ClassicJoins.refusal(refused, request.memberId()));
    }

    public CompletionStage<SyncGroupResponseData> sync(SyncGroupRequestData request) {
        return request.groupId().isEmpty()
                ? now(ClassicSyncs.refusal(Errors.INVALID_GROUP_ID))
                : submit(
                        request.groupId(),
                        shard -> shard.syncs.sync(request),
                        ClassicSyncs::refusal);
    }

    /// While its group is being loaded a member is told that all is well: it could not do anything better.
    public CompletionStage<Errors> heartbeat(HeartbeatRequestData request) {
        return request.groupId().isEmpty()
                ? now(Errors.INVALID_GROUP_ID)
                : submit(
                        request.groupId(),
                        shard -> shard.heartbeats.heartbeat(request),
                        error ->
                                error == Errors.COORDINATOR_LOAD_IN_PROGRESS ? Errors.NONE : error);
    }

    /// @param request which names its members in the list, as versions from 3 on do
    public CompletionStage<LeaveGroupResponseData> leave(LeaveGroupRequestData request) {
        return request.groupId().isEmpty()
                ? now(ClassicLeaves.refusal(Errors.INVALID_GROUP_ID))
                : submit(
                        request.groupId(),
                        shard -> shard.leaves.leave(request),
                        ClassicLeaves::refusal);
    }

    /// Has the cluster agreed on the consumer protocol (the feature `group.version`), and may this broker speak it?
    public boolean servesConsumerProtocol() {
        short level = metadata.get().features().level(GroupVersion.FEATURE_NAME);
        return config.consumer().enabled() && level >= GroupVersion.GV_1.featureLevel();
    }

    public CompletionStage<ConsumerGroupHeartbeatResponseData> heartbeat(
            Caller caller, ConsumerGroupHeartbeatRequestData request) {
        ApiError wrong =
                ConsumerRequests.check(caller.version(), request, config.consumer().assignors());
        if (wrong != null) {
            return now(ConsumerHeartbeats.refusal(wrong));
        }
        return submit(
                request.groupId(),
                shard ->
                        request.memberEpoch() < 0
                                ? shard.consumerLeaves.leave(request)
                                : shard.consumerHeartbeats.heartbeat(caller, request),
                error -> ConsumerHeartbeats.refusal(new ApiError(error, null)));
    }

    // ---- streams groups

    /// Are there streams groups in this cluster? The broker's settings and the cluster's feature level decide.
    public boolean servesStreams() {
        return config.streams().enabled()
                && metadata.get().features().level(StreamsVersion.FEATURE_NAME) > 0;
    }

    public CompletionStage<StreamsHeartbeat> streamsHeartbeat(
            Caller caller, StreamsGroupHeartbeatRequestData request) {
        ApiError wrong = StreamsRequests.wrong(request);
        if (wrong != null) {
            return now(StreamsHeartbeat.refusal(wrong));
        }
        boolean leaves = request.memberEpoch() < 0;
        return submit(
                request.groupId(),
                shard ->
                        leaves
                                ? shard.streamsLeaves.leave(request)
                                : shard.streamsHeartbeats.heartbeat(caller, request),
                StreamsHeartbeat::refusal);
    }

    public CompletionStage<StreamsGroupDescribeResponseData.DescribedGroup> describeStreams(
            String group) {
        return group.isEmpty()
                ? now(StreamsDescribes.undescribed(group, Errors.INVALID_GROUP_ID))
                : submit(
                        group,
                        shard -> shard.streamsDescribes.describe(group),
                        error -> StreamsDescribes.undescribed(group, error));
    }

    // ---- offsets

    /// @param request whose topics exist and have names
    public CompletionStage<OffsetCommitResponseData> commit(
            Caller caller, OffsetCommitRequestData request) {
        return submit(
                request.groupId(),
                shard -> shard.commits.commit(caller, request),
                error -> OffsetCommits.refusal(request, error));
    }

    /// What a member, or whoever acts for it, commits within a transaction: it counts when that is committed (T8).
    ///
    /// @param caller with the version of its TxnOffsetCommit request
    /// @param request whose topics exist and have names
    /// @param transaction verified with its coordinator
    public CompletionStage<OffsetCommitResponseData> commit(
            Caller caller, OffsetCommitRequestData request, InTransaction transaction) {
        return submit(
                request.groupId(),
                shard -> shard.commits.commit(caller, request, transaction),
                error -> OffsetCommits.refusal(request, error));
    }

    /// The answer to a commit that is refused before it comes to its group: Kafka's translation, as of an append that failed.
    public static OffsetCommitResponseData refusedCommit(
            OffsetCommitRequestData request, Errors error) {
        return OffsetCommits.refusal(request, AppendErrors.answer(error));
    }

    /// A producer's transaction has ended: writes its marker into the partition of `__consumer_offsets`, and makes what it committed
    /// count, or forgets it. Completes when the marker is committed, or with an error.
    public CompletionStage<Errors> completeTransaction(int partition, TransactionMarker marker) {
        return shards.complete(partition, marker);
    }

    /// @param request whose topics have names; no topics: all that there are
    /// @param stable do not show what an open transaction may change (KIP-447)
    public CompletionStage<OffsetFetchResponseGroup> fetchOffsets(
            OffsetFetchRequestGroup request, boolean stable) {
        return submit(
                request.groupId(),
                shard -> shard.fetches.fetch(request, stable),
                error -> OffsetFetches.refusal(request.groupId(), error));
    }

    /// @param request whose topics exist
    public CompletionStage<OffsetDeleteResponseData> deleteOffsets(
            OffsetDeleteRequestData request) {
        return request.groupId().isEmpty()
                ? now(OffsetDeletes.refusal(Errors.INVALID_GROUP_ID))
                : submit(
                        request.groupId(),
                        shard -> shard.deletes.delete(request),
                        OffsetDeletes::refusal);
    }

    // ---- administration

    public CompletionStage<DescribedGroup> describe(String group, short version) {
        return submit(
                group,
                shard -> shard.admin.describe(group, version),
                error -> GroupAdmin.undescribed(group, error));
    }

    /// A group of the consumer protocol.
    public CompletionStage<ConsumerGroupDescribeResponseData.DescribedGroup> describeConsumers(
            String group) {
        return submit(
                group,
                shard -> shard.consumerDescriptions.describe(group),
                error -> ConsumerDescriptions.undescribed(group, error, null));
    }

    public CompletionStage<DeletableGroupResult> delete(String group) {
        return submit(
                group,
                shard -> shard.admin.delete(group),
                error -> GroupAdmin.undeleted(group, error));
    }

    /// The groups of every partition led here. A partition that is being loaded makes the whole answer an error, for a list
    /// that lacks groups looks like one that does not have them.
    public CompletionStage<ListGroupsResponseData> list(ListGroupsRequestData request) {
        Set<String> states = lowerCase(request.statesFilter());
        Set<String> types = lowerCase(request.typesFilter());
        CompletionStage<ListGroupsResponseData> all = now(new ListGroupsResponseData());
        for (CompletionStage<GroupAdmin.Listing> part :
                shards.submitToAll(
                        shard -> shard.admin.list(states, types),
                        error -> new GroupAdmin.Listing(error, List.of()))) {
            all = all.thenCombine(part, Groups::joined);
        }
        return all;
    }

    private static ListGroupsResponseData joined(
            ListGroupsResponseData all, GroupAdmin.Listing part) {
        boolean failed = all.errorCode() != Errors.NONE.code();
        // What is no longer ours is listed by whose it is.
        if (failed || part.error() == Errors.NOT_COORDINATOR) {
            return all;
        }
        if (part.error() != Errors.NONE) {
            return new ListGroupsResponseData().setErrorCode(part.error().code());
        }
        var groups = new ArrayList<>(all.groups());
        groups.addAll(part.groups());
        return all.setGroups(groups);
    }

    // ---- views

    /// One line for every group that is coordinated here.
    public CompletionStage<GroupSurvey> survey() {
        CompletionStage<GroupSurvey> all = now(GroupSurvey.EMPTY);
        for (CompletionStage<GroupSurvey> part :
                shards.submitToAll(
                        shard -> shard.views.survey(),
                        error ->
                                error == Errors.NOT_COORDINATOR
                                        ? GroupSurvey.EMPTY
                                        : GroupSurvey.UNAVAILABLE)) {
            all = all.thenCombine(part, GroupSurvey::and);
        }
        return all;
    }

    /// Everything that a group has committed.
    public CompletionStage<GroupPositions> positions(String group) {
        return submit(group, shard -> shard.views.positions(group), GroupPositions::failed);
    }

    /// Why a group rebalanced.
    public CompletionStage<GroupRebalances> rebalances(String group) {
        return submit(group, shard -> shard.views.rebalances(group), GroupRebalances::failed);
    }

    private static Set<String> lowerCase(List<String> filter) {
        var lower = new HashSet<String>();
        for (String text : filter) {
            lower.add(text.toLowerCase(Locale.ROOT));
        }
        return lower;
    }

    private <R> CompletionStage<R> submit(
            String group,
            Function<GroupShard, Decision<GroupRecord, R>> decide,
            Function<Errors, R> refusal) {
        return shards.submit(partitionFor(group), decide, refusal);
    }

    private static <R> CompletionStage<R> now(R response) {
        return CompletableFuture.completedFuture(response);
    }

    /// For tests: the state of a partition that is loaded.
    @org.jspecify.annotations.Nullable
    GroupShard shardOrNull(int partition) {
        return shards.stateOrNull(partition);
    }
}
