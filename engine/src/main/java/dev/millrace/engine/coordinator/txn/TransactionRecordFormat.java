package dev.millrace.engine.coordinator.txn;

import dev.millrace.engine.coordinator.FactFormat;
import dev.millrace.engine.coordinator.FactMessages;
import dev.millrace.engine.coordinator.txn.TransactionRecord.Forgotten;
import dev.millrace.engine.coordinator.txn.TransactionRecord.Stored;
import dev.millrace.engine.coordinator.txn.TransactionState.Completed;
import dev.millrace.engine.coordinator.txn.TransactionState.Empty;
import dev.millrace.engine.coordinator.txn.TransactionState.Ongoing;
import dev.millrace.engine.coordinator.txn.TransactionState.Prepared;
import dev.millrace.engine.log.VersionedMessage;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.requests.TransactionResult;
import org.apache.kafka.coordinator.transaction.generated.CoordinatorRecordType;
import org.apache.kafka.coordinator.transaction.generated.TransactionLogKey;
import org.apache.kafka.coordinator.transaction.generated.TransactionLogValue;
import org.apache.kafka.coordinator.transaction.generated.TransactionLogValue.PartitionsSchema;
import org.apache.kafka.server.common.TransactionVersion;
import org.jspecify.annotations.Nullable;

/// Kafka's records of `__transaction_state`.
///
/// ```
///   key    int16 kind of record, then TransactionLogKey in version 0
///   value  int16 version, then TransactionLogValue in that version: 0 where transaction.version is 0, otherwise 1, which adds the
///          previous and the next producer id and the version of the transaction; a null value takes the id back
/// ```
final class TransactionRecordFormat implements FactFormat<TransactionRecord> {
    private static final short KEY_VERSION = 0;

    private final Supplier<TransactionVersion> clusterVersion;

    /// @param clusterVersion the level of `transaction.version` now
    TransactionRecordFormat(Supplier<TransactionVersion> clusterVersion) {
        this.clusterVersion = clusterVersion;
    }

    @Override
    public FactMessages write(TransactionRecord fact) {
        var key =
                new VersionedMessage(
                        CoordinatorRecordType.TRANSACTION_LOG.id(),
                        new TransactionLogKey().setTransactionalId(fact.transactionalId()),
                        KEY_VERSION);
        return switch (fact) {
            case Stored(_, var state) -> new FactMessages(key, value(state));
            case Forgotten _ -> new FactMessages(key, null);
        };
    }

    private VersionedMessage value(TransactionState state) {
        short version = clusterVersion.get().transactionLogValueVersion();
        Producer producer = state.producer();
        var value =
                new TransactionLogValue()
                        .setProducerId(producer.id())
                        .setProducerEpoch(producer.epoch())
                        .setTransactionTimeoutMs(producer.timeoutMs())
                        .setTransactionStatus(state.id())
                        .setTransactionPartitions(partitions(state))
                        .setTransactionLastUpdateTimestampMs(state.changedMs())
                        .setTransactionStartTimestampMs(state.startMs())
                        .setClientTransactionVersion(state.version().featureLevel());
        if (version > 0) {
            value.setPreviousProducerId(previousId(state)).setNextProducerId(nextId(state));
        }
        return new VersionedMessage(version, value, version);
    }

    /// Kafka writes the id before the transition, whatever that was.
    private static long previousId(TransactionState state) {
        Producer producer = state.producer();
        return switch (state) {
            case Empty _ -> producer.previousId();
            case Completed completed when completed.version().supportsEpochBump() ->
                    producer.previousId();
            case Ongoing _, Prepared _, Completed _ -> producer.id();
        };
    }

    private static long nextId(TransactionState state) {
        return state instanceof Prepared prepared ? prepared.nextId() : RecordBatch.NO_PRODUCER_ID;
    }

    private static @Nullable List<PartitionsSchema> partitions(TransactionState state) {
        if (state instanceof Empty) {
            return null;
        }
        Map<String, PartitionsSchema> byTopic = new LinkedHashMap<>();
        for (TopicPartition partition : state.partitions()) {
            byTopic.computeIfAbsent(
                            partition.topic(), topic -> new PartitionsSchema().setTopic(topic))
                    .partitionIds()
                    .add(partition.partition());
        }
        return new ArrayList<>(byTopic.values());
    }

    @Override
    public @Nullable TransactionRecord read(ByteBuffer key, @Nullable ByteBuffer value) {
        if (key.getShort() != CoordinatorRecordType.TRANSACTION_LOG.id()) {
            return null;
        }
        String id =
                new TransactionLogKey(new ByteBufferAccessor(key), KEY_VERSION).transactionalId();
        if (value == null) {
            return new Forgotten(id);
        }
        short version = value.getShort();
        if (version > TransactionLogValue.HIGHEST_SUPPORTED_VERSION) {
            return null;
        }
        return new Stored(
                id, state(new TransactionLogValue(new ByteBufferAccessor(value), version)));
    }

    private static TransactionState state(TransactionLogValue read) {
        var producer =
                new Producer(
                        read.producerId(),
                        read.previousProducerId(),
                        read.producerEpoch(),
                        RecordBatch.NO_PRODUCER_EPOCH,
                        read.transactionTimeoutMs());
        var version = TransactionVersion.fromFeatureLevel(read.clientTransactionVersion());
        long startMs = read.transactionStartTimestampMs();
        long changedMs = read.transactionLastUpdateTimestampMs();
        return switch (read.transactionStatus()) {
            case 0 -> new Empty(producer, version, changedMs);
            case 1 -> new Ongoing(producer, version, startMs, changedMs, partitions(read));
            case 2, 3 ->
                    new Prepared(
                            result(read, 2),
                            producer,
                            read.nextProducerId(),
                            version,
                            startMs,
                            changedMs,
                            partitions(read));
            case 4, 5 -> new Completed(result(read, 4), producer, version, startMs, changedMs);
            default ->
                    throw new IllegalArgumentException(
                            "a transaction in the state " + read.transactionStatus());
        };
    }

    private static TransactionResult result(TransactionLogValue read, int committed) {
        return read.transactionStatus() == committed
                ? TransactionResult.COMMIT
                : TransactionResult.ABORT;
    }

    private static SequencedSet<TopicPartition> partitions(TransactionLogValue read) {
        var partitions = new LinkedHashSet<TopicPartition>();
        if (read.transactionPartitions() != null) {
            for (PartitionsSchema topic : read.transactionPartitions()) {
                topic.partitionIds()
                        .forEach(index -> partitions.add(new TopicPartition(topic.topic(), index)));
            }
        }
        return Collections.unmodifiableSequencedSet(partitions);
    }
}
