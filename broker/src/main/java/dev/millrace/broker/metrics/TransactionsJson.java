package dev.millrace.broker.metrics;

import dev.millrace.broker.http.Answer;
import dev.millrace.engine.coordinator.txn.Client;
import dev.millrace.engine.coordinator.txn.TransactionFilter;
import dev.millrace.engine.coordinator.txn.TransactionFound;
import dev.millrace.engine.coordinator.txn.TransactionSummary;
import dev.millrace.engine.coordinator.txn.TransactionSurvey;
import dev.millrace.engine.coordinator.txn.Transactions;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// Transactional ids as JSON. The records below are what is answered, field by field (docs/http.md).
final class TransactionsJson {
    /// Answers wait for commits, which have a bound of their own; this one is for the case that it does not hold.
    private static final long MOST_SECONDS = 40;

    private final Transactions transactions;

    TransactionsJson(Transactions transactions) {
        this.transactions = transactions;
    }

    record Listing(List<Transaction> transactions, int unavailable) {}

    record Transaction(
            String transactionalId,
            String state,
            @Nullable String since,
            String changed,
            long producerId,
            int producerEpoch,
            int timeoutMs,
            @Nullable String clientId,
            @Nullable String clientHost,
            List<Partition> partitions) {}

    record Partition(String topic, int partition) {}

    /// Every transactional id, in the order of their names.
    Answer all() {
        TransactionSurvey survey = await(transactions.list(TransactionFilter.ALL));
        return GroupsJson.answer(
                200,
                new Listing(
                        survey.transactions().stream()
                                .sorted(Comparator.comparing(TransactionSummary::transactionalId))
                                .map(TransactionsJson::transaction)
                                .toList(),
                        survey.unavailable()));
    }

    Answer one(String id) {
        TransactionFound found = await(transactions.look(id));
        TransactionSummary summary = found.summary();
        if (summary != null) {
            return GroupsJson.answer(200, transaction(summary));
        }
        return found.error() == Errors.TRANSACTIONAL_ID_NOT_FOUND
                        || found.error() == Errors.NOT_COORDINATOR
                ? GroupsJson.problem(404, "This broker coordinates no transactional id " + id + ".")
                : GroupsJson.problem(
                        503, "What is known of " + id + " cannot be told: " + found.error() + ".");
    }

    private static Transaction transaction(TransactionSummary summary) {
        Client client = summary.client();
        return new Transaction(
                summary.transactionalId(),
                summary.state(),
                summary.startMs() < 0 ? null : at(summary.startMs()),
                at(summary.changedMs()),
                summary.producerId(),
                summary.producerEpoch(),
                summary.timeoutMs(),
                client == null ? null : client.id(),
                client == null ? null : client.host(),
                summary.partitions().stream().map(TransactionsJson::partition).toList());
    }

    private static Partition partition(TopicPartition partition) {
        return new Partition(partition.topic(), partition.partition());
    }

    private static String at(long ms) {
        return Instant.ofEpochMilli(ms).toString();
    }

    private static <T> T await(CompletionStage<T> answer) {
        return answer.toCompletableFuture().orTimeout(MOST_SECONDS, TimeUnit.SECONDS).join();
    }
}
