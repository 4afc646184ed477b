package dev.millrace.engine;

import dev.millrace.engine.api.TransactionVerifier;
import dev.millrace.engine.coordinator.txn.TransactionConfig;
import dev.millrace.engine.coordinator.txn.Transactions;
import dev.millrace.engine.env.Env;
import dev.millrace.engine.env.Peers;
import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.metadata.TopicImage;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData.AddPartitionsToTxnTopic;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData.AddPartitionsToTxnTransaction;
import org.apache.kafka.common.message.AddPartitionsToTxnResponseData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.server.common.TransactionVersion;
import org.jspecify.annotations.Nullable;

/// Asks the leader of the partition of `__transaction_state` that the transactional id falls to: directly where that is this broker,
/// otherwise with AddPartitionsToTxn.
///
/// While the transaction before is not complete, a coordinator here lets the question wait, and one elsewhere says so at once
/// (`CONCURRENT_TRANSACTIONS`), since it answers the questions of this broker in order: it is asked again, whoever it is by then, after a
/// pause that doubles, up to Kafka's 20 ms. After as long as a coordinator here would have waited, the producer is told.
///
/// What another broker could not be asked is `NETWORK_EXCEPTION`, as in Kafka; while nobody leads the partition it is
/// `COORDINATOR_NOT_AVAILABLE`.
final class CoordinatorVerifier implements TransactionVerifier {
    /// Only brokers send it. In version 5 an answer may be `TRANSACTION_ABORTABLE`.
    private static final short VERSION = 5;

    private static final long TIMEOUT_MS = 10_000;

    /// Most transactions are complete within a few milliseconds.
    private static final long FIRST_PAUSE_MS = 2;

    private static final long LONGEST_PAUSE_MS = 20;

    private final Env env;
    private final int brokerId;
    private final Transactions transactions;
    private final Supplier<MetadataImage> metadata;
    private final Peers peers;
    private final PeerAddresses addresses;

    CoordinatorVerifier(
            Env env,
            int brokerId,
            Transactions transactions,
            Supplier<MetadataImage> metadata,
            Peers peers,
            PeerAddresses addresses) {
        this.env = env;
        this.brokerId = brokerId;
        this.transactions = transactions;
        this.metadata = metadata;
        this.peers = peers;
        this.addresses = addresses;
    }

    @Override
    public CompletionStage<Map<TopicPartition, Errors>> verify(Question question) {
        long untilMs = env.clock().monotonicMs() + TransactionConfig.PATIENCE_MS;
        return verify(question, FIRST_PAUSE_MS, untilMs);
    }

    private CompletionStage<Map<TopicPartition, Errors>> verify(
            Question question, long pauseMs, long untilMs) {
        int partition = transactions.partitionFor(question.transactionalId());
        TopicImage topic = metadata.get().topics().byName(Transactions.TOPIC);
        int leader =
                topic == null || topic.partitions().size() <= partition
                        ? -1
                        : topic.partitions().get(partition).leader();
        return leader == brokerId
                ? askHere(question)
                : ask(leader, question)
                        .thenCompose(answer ->
                                isTooEarly(question, answer)
                                                && env.clock().monotonicMs() + pauseMs <= untilMs
                                        ? verifyLater(question, pauseMs, untilMs)
                                        : CompletableFuture.completedFuture(answer));
    }

    /// What only looks up is not waited for here either.
    private static boolean isTooEarly(Question question, Map<TopicPartition, Errors> answer) {
        return question.add() && answer.containsValue(Errors.CONCURRENT_TRANSACTIONS);
    }

    private CompletionStage<Map<TopicPartition, Errors>> verifyLater(
            Question question, long pauseMs, long untilMs) {
        var paused = new CompletableFuture<Boolean>();
        env.timers().schedule(pauseMs, () -> paused.complete(true));
        long nextMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
        return paused.thenCompose(_ -> verify(question, nextMs, untilMs));
    }

    private CompletionStage<Map<TopicPartition, Errors>> askHere(Question question) {
        List<TopicPartition> partitions = question.partitions();
        return question.add()
                ? transactions
                        .add(
                                question.transactionalId(),
                                question.producerId(),
                                question.producerEpoch(),
                                partitions,
                                TransactionVersion.TV_2,
                                null)
                        .thenApply(error -> Transactions.allOf(partitions, error))
                : transactions.verify(
                        question.transactionalId(),
                        question.producerId(),
                        question.producerEpoch(),
                        partitions);
    }

    private CompletionStage<Map<TopicPartition, Errors>> ask(int leader, Question question) {
        Peers.Address address = addresses.of(leader);
        return address == null
                ? CompletableFuture.completedFuture(
                        Transactions.allOf(question.partitions(), Errors.COORDINATOR_NOT_AVAILABLE))
                : peers.send(address, VERSION, request(question), TIMEOUT_MS)
                        .handle((response, _) -> answer(question, response));
    }

    private static AddPartitionsToTxnRequestData request(Question question) {
        var transaction =
                new AddPartitionsToTxnTransaction()
                        .setTransactionalId(question.transactionalId())
                        .setProducerId(question.producerId())
                        .setProducerEpoch(question.producerEpoch())
                        .setVerifyOnly(!question.add());
        for (TopicPartition partition : question.partitions()) {
            AddPartitionsToTxnTopic topic = transaction.topics().find(partition.topic());
            if (topic == null) {
                topic = new AddPartitionsToTxnTopic().setName(partition.topic());
                transaction.topics().add(topic);
            }
            topic.partitions().add(partition.partition());
        }
        var request = new AddPartitionsToTxnRequestData();
        request.transactions().add(transaction);
        return request;
    }

    private static Map<TopicPartition, Errors> answer(
            Question question, @Nullable ApiMessage response) {
        if (!(response instanceof AddPartitionsToTxnResponseData answered)) {
            return Transactions.allOf(question.partitions(), Errors.NETWORK_EXCEPTION);
        }
        Errors whole = Errors.forCode(answered.errorCode());
        if (whole != Errors.NONE) {
            return Transactions.allOf(question.partitions(), whole);
        }
        Map<TopicPartition, Errors> found = errors(question, answered);
        Map<TopicPartition, Errors> answer = new LinkedHashMap<>();
        for (TopicPartition partition : question.partitions()) {
            answer.put(partition, found.getOrDefault(partition, Errors.UNKNOWN_SERVER_ERROR));
        }
        return answer;
    }

    private static Map<TopicPartition, Errors> errors(
            Question question, AddPartitionsToTxnResponseData answered) {
        Map<TopicPartition, Errors> errors = new HashMap<>();
        var result = answered.resultsByTransaction().find(question.transactionalId());
        if (result != null) {
            for (var topic : result.topicResults()) {
                for (var partition : topic.resultsByPartition()) {
                    errors.put(
                            new TopicPartition(topic.name(), partition.partitionIndex()),
                            Errors.forCode(partition.partitionErrorCode()));
                }
            }
        }
        return errors;
    }
}
