package dev.millrace.engine.api;

import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;

/// Who has produced to the partitions that this broker leads.
@FunctionalInterface
public interface ActiveProducers {
    /// Any thread, holding no turn of a partition.
    Answer of(TopicPartition partition);

    /// @param error `NOT_LEADER_OR_FOLLOWER` when this broker does not lead the partition (then no producers)
    /// @param producers in the order of their ids
    record Answer(Errors error, List<Producer> producers) {}

    /// One idempotent or transactional producer, as the log remembers it.
    ///
    /// @param lastSequence -1 when its last batch was a transaction's marker
    /// @param lastTimestampMs of its last batch; -1 when unknown
    /// @param coordinatorEpoch of its last marker; -1 when it never had one
    /// @param transactionStart the offset at which its open transaction begins; -1 when it has none
    record Producer(
            long id,
            int epoch,
            int lastSequence,
            long lastTimestampMs,
            int coordinatorEpoch,
            long transactionStart) {}
}
