package dev.millrace.engine.api;

import dev.millrace.engine.coordinator.InTransaction;
import dev.millrace.engine.coordinator.group.Groups;
import dev.millrace.engine.log.Verification;
import dev.millrace.engine.log.VerificationGuard;
import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.replica.Located;
import dev.millrace.engine.replica.Partition;
import dev.millrace.engine.replica.Replicas;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetCommitResponseData.OffsetCommitResponsePartition;
import org.apache.kafka.common.message.OffsetCommitResponseData.OffsetCommitResponseTopic;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData.TxnOffsetCommitRequestPartition;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData.TxnOffsetCommitRequestTopic;
import org.apache.kafka.common.message.TxnOffsetCommitResponseData;
import org.apache.kafka.common.message.TxnOffsetCommitResponseData.TxnOffsetCommitResponsePartition;
import org.apache.kafka.common.message.TxnOffsetCommitResponseData.TxnOffsetCommitResponseTopic;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// TxnOffsetCommit: how far a group has come, if a transaction commits.
///
/// - v2 leader epochs, v3 the member and its generation (KIP-447), v4 transactions that have to be aborted, v5 adds the group's partition
///   to the transaction (KIP-890), v6 names topics by id and can hear of unknown groups and stale member epochs
/// - partitions that do not exist are answered here; for the others the coordinator of the transaction is asked before the group's is
public final class TxnOffsetCommitHandler
        implements Handler<TxnOffsetCommitRequestData, TxnOffsetCommitResponseData> {
    private static final int TOPIC_IDS_SINCE = 6;
    private static final int LOADING_SINCE = 2;
    private static final int NO_SEQUENCE = -1;

    private final Groups groups;
    private final Replicas replicas;
    private final Supplier<MetadataImage> metadata;
    private final TransactionVerifier verifier;
    private final boolean verifies;

    /// @param verifies `transaction.partition.verification.enable`
    public TxnOffsetCommitHandler(
            Groups groups,
            Replicas replicas,
            Supplier<MetadataImage> metadata,
            TransactionVerifier verifier,
            boolean verifies) {
        this.groups = groups;
        this.replicas = replicas;
        this.metadata = metadata;
        this.verifier = verifier;
        this.verifies = verifies;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.TXN_OFFSET_COMMIT;
    }

    @Override
    public Outcome<TxnOffsetCommitResponseData> handle(
            RequestContext context, TxnOffsetCommitRequestData request) {
        OffsetCommitRequestData commit = plain(request);
        var topics =
                CommittedTopics.of(commit, metadata.get(), context.version() >= TOPIC_IDS_SINCE);
        if (topics.existing().isEmpty()) {
            return Outcome.reply(answer(topics.refused(), context.version()));
        }
        OffsetCommitRequestData existing = topics.only(commit);
        CompletionStage<OffsetCommitResponseData> committed =
                request.groupId().isEmpty()
                        ? CompletableFuture.completedFuture(
                                Groups.refusedCommit(existing, Errors.INVALID_GROUP_ID))
                        : verify(context, request)
                                .thenCompose(asked -> commit(context, request, existing, asked));
        return Outcome.when(
                committed
                        .thenApply(topics::merge)
                        .thenApply(response -> answer(response, context.version())));
    }

    /// What came of asking.
    private record Asked(Errors error, @Nullable VerificationGuard guard) {
        static final Asked NOTHING = new Asked(Errors.NONE, null);
    }

    private CompletionStage<Asked> verify(
            RequestContext context, TxnOffsetCommitRequestData request) {
        TransactionVersions version = TransactionVersions.ofTxnOffsetCommit(context.version());
        boolean adds = version == TransactionVersions.ADDS;
        if (!adds && !verifies) {
            return CompletableFuture.completedFuture(Asked.NOTHING);
        }
        Located where = replicas.byName(Groups.TOPIC, groups.partitionFor(request.groupId()));
        Partition partition = where.partition();
        if (partition == null) {
            return CompletableFuture.completedFuture(new Asked(where.error(), null));
        }
        return switch (partition.verification(
                request.producerId(), request.producerEpoch(), NO_SEQUENCE, adds)) {
            case Verification.Ongoing() -> CompletableFuture.completedFuture(Asked.NOTHING);
            case Verification.Refused(Errors error) ->
                    CompletableFuture.completedFuture(new Asked(error, null));
            case Verification.Needed(VerificationGuard guard) ->
                    ask(request, partition.name(), adds)
                            .thenApply(error -> new Asked(version.translate(error), guard));
        };
    }

    private CompletionStage<Errors> ask(
            TxnOffsetCommitRequestData request, TopicPartition partition, boolean adds) {
        return verifier.verify(
                        new TransactionVerifier.Question(
                                request.transactionalId(),
                                request.producerId(),
                                request.producerEpoch(),
                                List.of(partition),
                                adds))
                .thenApply(answer -> answer.getOrDefault(partition, Errors.UNKNOWN_SERVER_ERROR));
    }

    private CompletionStage<OffsetCommitResponseData> commit(
            RequestContext context,
            TxnOffsetCommitRequestData request,
            OffsetCommitRequestData existing,
            Asked asked) {
        if (asked.error != Errors.NONE) {
            return CompletableFuture.completedFuture(Groups.refusedCommit(existing, asked.error));
        }
        return groups.commit(
                Callers.of(context),
                existing,
                new InTransaction(request.producerId(), request.producerEpoch(), asked.guard));
    }

    /// The request as one that is of no transaction.
    private static OffsetCommitRequestData plain(TxnOffsetCommitRequestData request) {
        var plain =
                new OffsetCommitRequestData()
                        .setGroupId(request.groupId())
                        .setGenerationIdOrMemberEpoch(request.generationIdOrMemberEpoch())
                        .setMemberId(request.memberId())
                        .setGroupInstanceId(request.groupInstanceId());
        for (TxnOffsetCommitRequestTopic topic : request.topics()) {
            var asked =
                    new OffsetCommitRequestTopic()
                            .setName(topic.name())
                            .setTopicId(topic.topicId());
            for (TxnOffsetCommitRequestPartition partition : topic.partitions()) {
                asked.partitions()
                        .add(
                                new OffsetCommitRequestPartition()
                                        .setPartitionIndex(partition.partitionIndex())
                                        .setCommittedOffset(partition.committedOffset())
                                        .setCommittedLeaderEpoch(partition.committedLeaderEpoch())
                                        .setCommittedMetadata(partition.committedMetadata()));
            }
            plain.topics().add(asked);
        }
        return plain;
    }

    /// Before version 2 a producer could not bear to hear that a group is being loaded (KAFKA-7296).
    private static TxnOffsetCommitResponseData answer(
            OffsetCommitResponseData plain, short version) {
        var response = new TxnOffsetCommitResponseData();
        for (OffsetCommitResponseTopic topic : plain.topics()) {
            var answered =
                    new TxnOffsetCommitResponseTopic()
                            .setName(topic.name())
                            .setTopicId(topic.topicId());
            for (OffsetCommitResponsePartition partition : topic.partitions()) {
                boolean loading =
                        partition.errorCode() == Errors.COORDINATOR_LOAD_IN_PROGRESS.code();
                answered.partitions()
                        .add(
                                new TxnOffsetCommitResponsePartition()
                                        .setPartitionIndex(partition.partitionIndex())
                                        .setErrorCode(
                                                loading && version < LOADING_SINCE
                                                        ? Errors.COORDINATOR_NOT_AVAILABLE.code()
                                                        : partition.errorCode()));
            }
            response.topics().add(answered);
        }
        return response;
    }
}
