package dev.millrace.engine.coordinator.txn;

import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/// One transactional id, as people see it.
///
/// @param state Kafka's name for it
/// @param startMs when the present or last transaction began, wall clock; -1 when there was none
/// @param changedMs when it came into this state, wall clock
/// @param client the last that asked something in its name; null when nobody has since the coordinator was loaded
/// @param partitions in the present transaction
public record TransactionSummary(
        String transactionalId,
        String state,
        long producerId,
        short producerEpoch,
        int timeoutMs,
        long startMs,
        long changedMs,
        @Nullable Client client,
        List<TopicPartition> partitions) {
    static TransactionSummary of(Transaction transaction) {
        TransactionState state = transaction.state();
        Producer producer = state.producer();
        return new TransactionSummary(
                transaction.id(),
                state.text(),
                producer.id(),
                producer.epoch(),
                producer.timeoutMs(),
                state.startMs(),
                state.changedMs(),
                transaction.client(),
                List.copyOf(state.partitions()));
    }
}
