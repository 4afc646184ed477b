package dev.millrace.engine.api;

import dev.millrace.engine.coordinator.txn.Client;
import dev.millrace.engine.coordinator.txn.Transactions;
import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.metadata.TopicImage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData.AddPartitionsToTxnTopic;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData.AddPartitionsToTxnTransaction;
import org.apache.kafka.common.message.AddPartitionsToTxnResponseData;
import org.apache.kafka.common.message.AddPartitionsToTxnResponseData.AddPartitionsToTxnPartitionResult;
import org.apache.kafka.common.message.AddPartitionsToTxnResponseData.AddPartitionsToTxnPartitionResultCollection;
import org.apache.kafka.common.message.AddPartitionsToTxnResponseData.AddPartitionsToTxnResult;
import org.apache.kafka.common.message.AddPartitionsToTxnResponseData.AddPartitionsToTxnTopicResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.server.common.TransactionVersion;

/// AddPartitionsToTxn 0-5: partitions join a transaction.
///
/// - v0 to 3 come from clients, one transaction a request, and add
/// - v4 and 5 come from brokers (KIP-890), any number of transactions, and add or only look up (`verifyOnly`); v5 may answer
///   `TRANSACTION_ABORTABLE`
/// - while the transaction before is not complete a client waits for a moment, a broker is told so at once (`CONCURRENT_TRANSACTIONS`) and
///   asks again: it has many producers' questions on one connection
/// - a partition that does not exist fails its transaction: the others are `OPERATION_NOT_ATTEMPTED`
/// - **not done**: authorization; every operation is allowed
public final class AddPartitionsToTxnHandler
        implements Handler<AddPartitionsToTxnRequestData, AddPartitionsToTxnResponseData> {
    private static final int BY_BROKERS_SINCE = 4;
    private static final int FENCED_SINCE = 2;

    private final Transactions transactions;
    private final Supplier<MetadataImage> metadata;

    public AddPartitionsToTxnHandler(Transactions transactions, Supplier<MetadataImage> metadata) {
        this.transactions = transactions;
        this.metadata = metadata;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.ADD_PARTITIONS_TO_TXN;
    }

    @Override
    public Outcome<AddPartitionsToTxnResponseData> handle(
            RequestContext context, AddPartitionsToTxnRequestData request) {
        return Outcome.when(
                context.version() < BY_BROKERS_SINCE
                        ? ofClient(context, request)
                        : ofBroker(context, request));
    }

    private CompletionStage<AddPartitionsToTxnResponseData> ofClient(
            RequestContext context, AddPartitionsToTxnRequestData request) {
        var only =
                new AddPartitionsToTxnTransaction()
                        .setTransactionalId(request.v3AndBelowTransactionalId())
                        .setProducerId(request.v3AndBelowProducerId())
                        .setProducerEpoch(request.v3AndBelowProducerEpoch())
                        .setTopics(request.v3AndBelowTopics());
        Client client = TransactionClients.of(context);
        return errors(
                        only,
                        partitions ->
                                transactions
                                        .add(
                                                only.transactionalId(),
                                                only.producerId(),
                                                only.producerEpoch(),
                                                partitions,
                                                TransactionVersion.TV_0,
                                                client)
                                        .thenApply(error -> Transactions.allOf(partitions, error)))
                .thenApply(errors ->
                        new AddPartitionsToTxnResponseData()
                                .setResultsByTopicV3AndBelow(
                                        result(context, only, errors).topicResults()));
    }

    private CompletionStage<AddPartitionsToTxnResponseData> ofBroker(
            RequestContext context, AddPartitionsToTxnRequestData request) {
        CompletionStage<AddPartitionsToTxnResponseData> all =
                CompletableFuture.completedFuture(new AddPartitionsToTxnResponseData());
        for (AddPartitionsToTxnTransaction each : request.transactions()) {
            var errors = errors(each, partitions -> ask(each, partitions));
            all =
                    all.thenCombine(
                            errors,
                            (response, found) -> {
                                response.resultsByTransaction().add(result(context, each, found));
                                return response;
                            });
        }
        return all;
    }

    private CompletionStage<Map<TopicPartition, Errors>> ask(
            AddPartitionsToTxnTransaction asked, List<TopicPartition> partitions) {
        return asked.verifyOnly()
                ? transactions.verify(
                        asked.transactionalId(),
                        asked.producerId(),
                        asked.producerEpoch(),
                        partitions)
                : transactions
                        .addForBroker(
                                asked.transactionalId(),
                                asked.producerId(),
                                asked.producerEpoch(),
                                partitions)
                        .thenApply(error -> Transactions.allOf(partitions, error));
    }

    /// @param coordinator is asked when all partitions exist
    private CompletionStage<Map<TopicPartition, Errors>> errors(
            AddPartitionsToTxnTransaction asked,
            Function<List<TopicPartition>, CompletionStage<Map<TopicPartition, Errors>>>
                    coordinator) {
        List<TopicPartition> partitions = partitions(asked);
        Map<TopicPartition, Errors> unknown = unknown(partitions);
        return unknown.isEmpty()
                ? coordinator.apply(partitions)
                : CompletableFuture.completedFuture(unknown);
    }

    private static List<TopicPartition> partitions(AddPartitionsToTxnTransaction asked) {
        var partitions = new ArrayList<TopicPartition>();
        for (AddPartitionsToTxnTopic topic : asked.topics()) {
            topic.partitions()
                    .forEach(index -> partitions.add(new TopicPartition(topic.name(), index)));
        }
        return partitions;
    }

    /// Empty when all of them exist.
    private Map<TopicPartition, Errors> unknown(List<TopicPartition> partitions) {
        MetadataImage image = metadata.get();
        Map<TopicPartition, Errors> errors = new LinkedHashMap<>();
        boolean allKnown = true;
        for (TopicPartition partition : partitions) {
            TopicImage topic = image.topics().byName(partition.topic());
            boolean known =
                    topic != null
                            && 0 <= partition.partition()
                            && partition.partition() < topic.partitions().size();
            allKnown &= known;
            errors.put(
                    partition,
                    known ? Errors.OPERATION_NOT_ATTEMPTED : Errors.UNKNOWN_TOPIC_OR_PARTITION);
        }
        return allKnown ? Map.of() : errors;
    }

    private static AddPartitionsToTxnResult result(
            RequestContext context,
            AddPartitionsToTxnTransaction asked,
            Map<TopicPartition, Errors> errors) {
        var result = new AddPartitionsToTxnResult().setTransactionalId(asked.transactionalId());
        errors.forEach((partition, error) -> {
            AddPartitionsToTxnTopicResult topic = result.topicResults().find(partition.topic());
            if (topic == null) {
                topic =
                        new AddPartitionsToTxnTopicResult()
                                .setName(partition.topic())
                                .setResultsByPartition(
                                        new AddPartitionsToTxnPartitionResultCollection(
                                                1 + named(asked, partition.topic())));
                result.topicResults().add(topic);
            }
            topic.resultsByPartition()
                    .add(
                            new AddPartitionsToTxnPartitionResult()
                                    .setPartitionIndex(partition.partition())
                                    .setPartitionErrorCode(
                                            TransactionClients.code(context, FENCED_SINCE, error)));
        });
        return result;
    }

    /// How many partitions of it.
    private static int named(AddPartitionsToTxnTransaction asked, String topic) {
        return asked.topics().findAll(topic).stream()
                .mapToInt(each -> each.partitions().size())
                .sum();
    }
}
