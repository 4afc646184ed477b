package dev.millrace.engine.coordinator.txn;

import dev.millrace.engine.coordinator.Decision;
import dev.millrace.engine.env.Clock;
import java.util.ArrayList;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.DescribeTransactionsResponseData;
import org.apache.kafka.common.message.DescribeTransactionsResponseData.TopicData;
import org.apache.kafka.common.protocol.Errors;

/// What administrators ask.
final class TransactionViews {
    private final TransactionShard shard;
    private final Clock clock;

    TransactionViews(TransactionShard shard, Clock clock) {
        this.shard = shard;
        this.clock = clock;
    }

    Decision<TransactionRecord, DescribeTransactionsResponseData.TransactionState> describe(
            String id) {
        Transaction transaction = shard.find(id);
        return Decision.answer(
                transaction == null
                        ? undescribed(id, Errors.TRANSACTIONAL_ID_NOT_FOUND)
                        : described(transaction));
    }

    static DescribeTransactionsResponseData.TransactionState undescribed(String id, Errors error) {
        return new DescribeTransactionsResponseData.TransactionState()
                .setTransactionalId(id)
                .setErrorCode(error.code());
    }

    private static DescribeTransactionsResponseData.TransactionState described(
            Transaction transaction) {
        TransactionState state = transaction.state();
        Producer producer = state.producer();
        var described =
                undescribed(transaction.id(), Errors.NONE)
                        .setProducerId(producer.id())
                        .setProducerEpoch(producer.epoch())
                        .setTransactionState(state.text())
                        .setTransactionTimeoutMs(producer.timeoutMs())
                        .setTransactionStartTimeMs(state.startMs());
        for (TopicPartition partition : state.partitions()) {
            TopicData topic = described.topics().find(partition.topic());
            if (topic == null) {
                topic = new TopicData().setTopic(partition.topic());
                described.topics().add(topic);
            }
            topic.partitions().add(partition.partition());
        }
        return described;
    }

    Decision<TransactionRecord, TransactionSurvey> list(TransactionFilter filter) {
        long nowMs = clock.wallMs();
        var found = new ArrayList<TransactionSummary>();
        for (Transaction transaction : shard.all()) {
            if (filter.includes(transaction, nowMs)) {
                found.add(TransactionSummary.of(transaction));
            }
        }
        return Decision.answer(new TransactionSurvey(found, 0));
    }

    Decision<TransactionRecord, TransactionFound> look(String id) {
        Transaction transaction = shard.find(id);
        return Decision.answer(
                transaction == null
                        ? TransactionFound.failed(Errors.TRANSACTIONAL_ID_NOT_FOUND)
                        : new TransactionFound(Errors.NONE, TransactionSummary.of(transaction)));
    }
}
