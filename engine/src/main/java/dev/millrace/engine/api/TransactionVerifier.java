package dev.millrace.engine.api;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;

/// Asks the coordinator of a transaction, on whichever broker it is, about partitions that a producer wants to write to (KIP-890).
public interface TransactionVerifier {
    /// What is to be asked.
    ///
    /// @param add the partitions join the transaction, which begins with them if it has to (transactions of version 2);
    ///     otherwise they are only looked up
    record Question(
            String transactionalId,
            long producerId,
            short producerEpoch,
            List<TopicPartition> partitions,
            boolean add) {}

    /// Completes with an error for every partition, `NONE` for those that are in the transaction and whose addition is
    /// committed; never fails. Completes in bounded time, on a thread that holds no turn, or on the caller's.
    CompletionStage<Map<TopicPartition, Errors>> verify(Question question);
}
