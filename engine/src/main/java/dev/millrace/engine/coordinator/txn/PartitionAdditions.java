package dev.millrace.engine.coordinator.txn;

import dev.millrace.engine.coordinator.Decision;
import dev.millrace.engine.coordinator.txn.TransactionState.Idle;
import dev.millrace.engine.coordinator.txn.TransactionState.Ongoing;
import dev.millrace.engine.coordinator.txn.TransactionState.Prepared;
import dev.millrace.engine.env.Clock;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.server.common.TransactionVersion;
import org.jspecify.annotations.Nullable;

/// AddPartitionsToTxn and AddOffsetsToTxn: partitions join a transaction, which begins with the first of them. Partitions that lead
/// records of it to be written ask here too, on behalf of the producer (KIP-890).
final class PartitionAdditions {
    private final TransactionShard shard;
    private final Parking parking;
    private final Clock clock;

    /// @param version of transactions that the client speaks
    /// @param client null when a partition asks, on whichever broker
    record Request(
            String transactionalId,
            long producerId,
            short producerEpoch,
            Collection<TopicPartition> partitions,
            TransactionVersion version,
            @Nullable Client client) {}

    PartitionAdditions(TransactionShard shard, Parking parking, Clock clock) {
        this.shard = shard;
        this.parking = parking;
        this.clock = clock;
    }

    /// Parked while the transaction before is in the way.
    Decision<TransactionRecord, Errors> add(Request request) {
        Transaction known = shard.find(request.transactionalId());
        return known == null
                ? Decision.answer(Errors.INVALID_PRODUCER_ID_MAPPING)
                : parking.decide(known, () -> decide(request), error -> error);
    }

    /// As [#add], but `CONCURRENT_TRANSACTIONS` while the transaction before is in the way.
    Decision<TransactionRecord, Errors> addNow(Request request) {
        Decision<TransactionRecord, Errors> now = decide(request);
        return now != null ? now : Decision.answer(Errors.CONCURRENT_TRANSACTIONS);
    }

    /// Null while the transaction before is in the way.
    private @Nullable Decision<TransactionRecord, Errors> decide(Request request) {
        Transaction known = shard.find(request.transactionalId());
        if (known == null) {
            return Decision.answer(Errors.INVALID_PRODUCER_ID_MAPPING);
        }
        Errors fenced = fence(known.state(), request.producerId(), request.producerEpoch());
        if (fenced != Errors.NONE) {
            return Decision.answer(fenced);
        }
        return switch (known.state()) {
            case Prepared _ -> null;
            case Ongoing ongoing when ongoing.partitions().containsAll(request.partitions()) ->
                    Decision.answer(Errors.NONE);
            case Ongoing ongoing ->
                    store(
                            known,
                            ongoing.with(request.partitions(), request.version(), clock.wallMs()),
                            request);
            case Idle idle ->
                    store(
                            known,
                            idle.begun(request.partitions(), request.version(), clock.wallMs()),
                            request);
        };
    }

    private static Decision<TransactionRecord, Errors> store(
            Transaction transaction, Ongoing next, Request request) {
        return Decision.write(
                List.of(new TransactionRecord.Stored(transaction.id(), next)),
                Errors.NONE,
                () -> {
                    if (request.client() != null) {
                        transaction.heardOf(request.client());
                    }
                });
    }

    /// Is the producer the one that may write? Nobody has [Producer#LAST_EPOCH], whatever it says.
    private static Errors fence(TransactionState state, long producerId, short epoch) {
        if (state instanceof Prepared prepared && prepared.awaits(producerId, epoch)) {
            return Errors.NONE;
        }
        if (state.producer().id() != producerId) {
            return Errors.INVALID_PRODUCER_ID_MAPPING;
        }
        return state.producer().epoch() == epoch && epoch != Producer.LAST_EPOCH
                ? Errors.NONE
                : Errors.PRODUCER_FENCED;
    }

    /// Are the partitions in the present transaction? Adds none.
    Decision<TransactionRecord, Map<TopicPartition, Errors>> verify(
            String transactionalId,
            long producerId,
            short producerEpoch,
            Collection<TopicPartition> partitions) {
        Transaction known = shard.find(transactionalId);
        Errors error =
                known == null
                        ? Errors.INVALID_PRODUCER_ID_MAPPING
                        : fence(known.state(), producerId, producerEpoch);
        if (error == Errors.NONE && known != null && known.state() instanceof Prepared) {
            error = Errors.CONCURRENT_TRANSACTIONS;
        }
        Map<TopicPartition, Errors> answer = new LinkedHashMap<>();
        for (TopicPartition partition : partitions) {
            boolean isIn = known != null && known.state().partitions().contains(partition);
            answer.put(
                    partition, error != Errors.NONE || isIn ? error : Errors.TRANSACTION_ABORTABLE);
        }
        return Decision.answer(answer);
    }
}
