package dev.millrace.engine.coordinator.txn;

import dev.millrace.engine.coordinator.CoordinatorLog;
import dev.millrace.engine.coordinator.Decision;
import dev.millrace.engine.coordinator.KeyPartition;
import dev.millrace.engine.coordinator.Shards;
import dev.millrace.engine.coordinator.txn.ProducerAnswer.NeedsProducerId;
import dev.millrace.engine.coordinator.txn.ProducerAnswer.Refused;
import dev.millrace.engine.env.Env;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.DescribeTransactionsResponseData;
import org.apache.kafka.common.message.EndTxnRequestData;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.TransactionResult;
import org.apache.kafka.server.common.TransactionVersion;
import org.jspecify.annotations.Nullable;

/// The transactional ids that this broker coordinates: the one door for requests, and for whoever tells which partitions of
/// `__transaction_state` it leads.
///
/// Every stage completes, with a response that holds the error if there was one.
///
/// **Owner.** None: any thread may call; each request takes the turn of the shard that its transactional id falls to.
public final class Transactions {
    /// The internal topic that holds the transactional ids.
    public static final String TOPIC = Topic.TRANSACTION_STATE_TOPIC_NAME;

    private final TransactionConfig config;
    private final IntSupplier topicPartitions;
    private final NewProducerIds producerIds;
    private final Shards<TransactionRecord, TransactionShard> shards;

    /// @param topicPartitions how many partitions `__transaction_state` has, 0 while it does not exist
    /// @param version the level of `transaction.version` now
    public Transactions(
            Env env,
            TransactionConfig config,
            IntSupplier topicPartitions,
            Supplier<TransactionVersion> version,
            NewProducerIds producerIds,
            Markers markers) {
        this.config = config;
        this.topicPartitions = topicPartitions;
        this.producerIds = producerIds;
        var around =
                new TransactionShard.Surroundings(
                        config, env.clock(), version, producerIds, markers);
        this.shards =
                new Shards<>(
                        TOPIC,
                        env,
                        new TransactionRecordFormat(version),
                        host -> new TransactionShard(host, around),
                        config.commitTimeoutMs());
    }

    /// The partition of `__transaction_state` whose leader coordinates the transactional id.
    public int partitionFor(String transactionalId) {
        int existing = topicPartitions.getAsInt();
        int partitions = existing > 0 ? existing : config.topicPartitions();
        return KeyPartition.of(transactionalId, partitions);
    }

    // ---- leadership

    /// This broker leads the partition now; its transactional ids are loaded, away from the caller.
    public void lead(int partition, CoordinatorLog log) {
        shards.lead(partition, log);
    }

    /// This broker leads the partition no longer, as of that epoch.
    public void resign(int partition, int leaderEpoch) {
        shards.resign(partition, leaderEpoch);
    }

    // ---- producers

    /// @param request with a transactional id, and with both of producer id and epoch or none
    public CompletionStage<ProducerAnswer> initProducerId(
            InitProducerIdRequestData request, Client client) {
        Errors wrong = wrong(request);
        if (wrong != Errors.NONE) {
            return now(new Refused(wrong));
        }
        int timeoutMs = request.enable2Pc() ? Integer.MAX_VALUE : request.transactionTimeoutMs();
        return withProducerId(newId ->
                submit(
                        request.transactionalId(),
                        shard ->
                                shard.inits.init(
                                        new ProducerInits.Request(
                                                request.transactionalId(),
                                                timeoutMs,
                                                request.producerId(),
                                                request.producerEpoch(),
                                                client,
                                                newId)),
                        Refused::new));
    }

    private Errors wrong(InitProducerIdRequestData request) {
        if (request.transactionalId().isEmpty()) {
            return Errors.INVALID_REQUEST;
        }
        if (request.enable2Pc() && !config.twoPhaseCommit()) {
            return Errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
        }
        if (request.keepPreparedTxn()) {
            return Errors.UNSUPPORTED_VERSION;
        }
        int timeoutMs = request.transactionTimeoutMs();
        boolean allowed =
                request.enable2Pc() || (0 < timeoutMs && timeoutMs <= config.maxTimeoutMs());
        return allowed ? Errors.NONE : Errors.INVALID_TRANSACTION_TIMEOUT;
    }

    /// @param version of transactions that the client speaks
    public CompletionStage<ProducerAnswer> end(
            EndTxnRequestData request, TransactionVersion version, Client client) {
        if (request.transactionalId().isEmpty()) {
            return now(new Refused(Errors.INVALID_REQUEST));
        }
        var result = TransactionResult.forId(request.committed());
        return withProducerId(newId ->
                submit(
                        request.transactionalId(),
                        shard ->
                                shard.ends.end(
                                        new TransactionEnds.Request(
                                                request.transactionalId(),
                                                request.producerId(),
                                                request.producerEpoch(),
                                                result,
                                                version,
                                                client,
                                                newId)),
                        Refused::new));
    }

    /// Asks once more, with a new producer id, where it takes one.
    private CompletionStage<ProducerAnswer> withProducerId(
            Function<@Nullable Long, CompletionStage<ProducerAnswer>> ask) {
        return ask.apply(null)
                .thenCompose(answer ->
                        answer instanceof NeedsProducerId
                                ? producerIds
                                        .next()
                                        .handle((id, failure) ->
                                                failure == null ? ask.apply(id) : noProducerId())
                                        .thenCompose(again -> again)
                                : now(answer));
    }

    /// Why there is none now is the controller's affair: the client asks again.
    private static CompletionStage<ProducerAnswer> noProducerId() {
        return now(new Refused(Errors.COORDINATOR_LOAD_IN_PROGRESS));
    }

    /// Partitions join the transaction of a producer; all of them, or none. While the transaction before is not complete it is waited
    /// for, for a moment.
    ///
    /// @param version of transactions that the client speaks
    /// @param client null when a partition of this broker asks for one
    public CompletionStage<Errors> add(
            String transactionalId,
            long producerId,
            short producerEpoch,
            Collection<TopicPartition> partitions,
            TransactionVersion version,
            @Nullable Client client) {
        var request =
                new PartitionAdditions.Request(
                        transactionalId, producerId, producerEpoch, partitions, version, client);
        return decided(request, additions -> additions.add(request));
    }

    /// As [#add], for another broker: `CONCURRENT_TRANSACTIONS` while the transaction before is not complete, on which that broker asks
    /// again. Other producers' questions come on the same connection, and are not to wait.
    public CompletionStage<Errors> addForBroker(
            String transactionalId,
            long producerId,
            short producerEpoch,
            Collection<TopicPartition> partitions) {
        var request =
                new PartitionAdditions.Request(
                        transactionalId,
                        producerId,
                        producerEpoch,
                        partitions,
                        TransactionVersion.TV_2,
                        null);
        return decided(request, additions -> additions.addNow(request));
    }

    private CompletionStage<Errors> decided(
            PartitionAdditions.Request request,
            Function<PartitionAdditions, Decision<TransactionRecord, Errors>> how) {
        return request.transactionalId().isEmpty()
                ? now(Errors.INVALID_REQUEST)
                : submit(
                        request.transactionalId(),
                        shard -> how.apply(shard.additions),
                        error -> error);
    }

    /// Which of the partitions are in the transaction of the producer.
    public CompletionStage<Map<TopicPartition, Errors>> verify(
            String transactionalId,
            long producerId,
            short producerEpoch,
            Collection<TopicPartition> partitions) {
        return transactionalId.isEmpty()
                ? now(allOf(partitions, Errors.INVALID_REQUEST))
                : submit(
                        transactionalId,
                        shard ->
                                shard.additions.verify(
                                        transactionalId, producerId, producerEpoch, partitions),
                        error -> allOf(partitions, error));
    }

    /// One error for all.
    public static Map<TopicPartition, Errors> allOf(
            Collection<TopicPartition> partitions, Errors error) {
        Map<TopicPartition, Errors> all = new LinkedHashMap<>();
        partitions.forEach(partition -> all.put(partition, error));
        return all;
    }

    // ---- administration

    public CompletionStage<DescribeTransactionsResponseData.TransactionState> describe(
            String transactionalId) {
        return transactionalId.isEmpty()
                ? now(TransactionViews.undescribed(transactionalId, Errors.INVALID_REQUEST))
                : submit(
                        transactionalId,
                        shard -> shard.views.describe(transactionalId),
                        error -> TransactionViews.undescribed(transactionalId, error));
    }

    /// One transactional id, and who uses it.
    public CompletionStage<TransactionFound> look(String transactionalId) {
        return submit(
                transactionalId,
                shard -> shard.views.look(transactionalId),
                TransactionFound::failed);
    }

    /// The transactional ids of every partition led here.
    public CompletionStage<TransactionSurvey> list(TransactionFilter filter) {
        CompletionStage<TransactionSurvey> all = now(TransactionSurvey.EMPTY);
        for (CompletionStage<TransactionSurvey> part :
                shards.submitToAll(
                        shard -> shard.views.list(filter),
                        // What is no longer ours is listed by whose it is.
                        error ->
                                error == Errors.NOT_COORDINATOR
                                        ? TransactionSurvey.EMPTY
                                        : TransactionSurvey.UNAVAILABLE)) {
            all = all.thenCombine(part, TransactionSurvey::and);
        }
        return all;
    }

    private <R> CompletionStage<R> submit(
            String transactionalId,
            Function<TransactionShard, Decision<TransactionRecord, R>> decide,
            Function<Errors, R> refusal) {
        return shards.submit(partitionFor(transactionalId), decide, refusal);
    }

    private static <R> CompletionStage<R> now(R response) {
        return CompletableFuture.completedFuture(response);
    }

    /// For tests: the state of a partition that is loaded.
    @Nullable TransactionShard shardOrNull(int partition) {
        return shards.stateOrNull(partition);
    }
}
