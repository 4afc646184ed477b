package dev.millrace.cli.cluster;

import java.time.Duration;
import java.util.OptionalLong;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/// A transaction that is open in a partition: nobody who reads committed records gets beyond its first one.
///
/// @param transactionalId null when no coordinator knows the producer id
/// @param description what the coordinator says of the transactional id; null when it does not know it
/// @param client who uses it, in words; null when nobody can tell
public record OpenTransaction(
        TopicPartition partition,
        ProducerState producer,
        @Nullable String transactionalId,
        @Nullable TransactionDescription description,
        @Nullable String client) {
    OpenTransaction usedBy(@Nullable String who) {
        return new OpenTransaction(partition, producer, transactionalId, description, who);
    }

    public long startOffset() {
        return producer.currentTransactionStartOffset().orElse(-1);
    }

    /// What nobody will end: no coordinator has this partition in a transaction of the producer.
    public boolean isHanging() {
        return description == null
                || description.producerId() != producer.producerId()
                || !description.topicPartitions().contains(partition);
    }

    /// The coordinator has decided how it ends; the marker has not come yet.
    public boolean isDecided() {
        return description != null
                && (description.state() == TransactionState.PREPARE_COMMIT
                        || description.state() == TransactionState.PREPARE_ABORT);
    }

    public String state() {
        return description == null || isHanging() ? "hanging" : description.state().toString();
    }

    /// Since it began, as its coordinator knows; since the last record, where none does.
    public Duration openFor(long nowMs) {
        OptionalLong start =
                description == null || isHanging()
                        ? OptionalLong.empty()
                        : description.transactionStartTimeMs();
        return Duration.ofMillis(Math.max(0, nowMs - start.orElse(producer.lastTimestamp())));
    }
}
