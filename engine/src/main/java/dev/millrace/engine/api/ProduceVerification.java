package dev.millrace.engine.api;

import dev.millrace.engine.log.TransactionalBatch;
import dev.millrace.engine.log.Verification;
import dev.millrace.engine.log.VerificationGuard;
import dev.millrace.engine.replica.Located;
import dev.millrace.engine.replica.Partition;
import dev.millrace.engine.replica.Replicas;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.jspecify.annotations.Nullable;

/// The transactional batches of one produce request, and whether their producer's transaction may have them (KIP-890).
final class ProduceVerification {
    private record Part(Partition partition, TransactionalBatch batch) {}

    private final ProduceRequestData request;
    private final TransactionVersions version;
    private final Map<TopicPartition, Part> parts = new LinkedHashMap<>();

    ProduceVerification(ProduceRequestData request, short version, Replicas replicas) {
        this.request = request;
        this.version = TransactionVersions.ofProduce(version);
        for (TopicProduceData topic : request.topicData()) {
            for (PartitionProduceData data : topic.partitionData()) {
                Located where = replicas.find(topic.topicId(), topic.name(), data.index());
                Partition partition = where.partition();
                TransactionalBatch batch = transactional(data);
                if (partition != null && batch != null && batch.producerId() >= 0) {
                    parts.put(partition.name(), new Part(partition, batch));
                }
            }
        }
    }

    private static @Nullable TransactionalBatch transactional(PartitionProduceData data) {
        return data.records() instanceof MemoryRecords records
                ? TransactionalBatch.in(records)
                : null;
    }

    /// Whether there is a batch of a transaction in it.
    static boolean concerns(ProduceRequestData request) {
        for (TopicProduceData topic : request.topicData()) {
            for (PartitionProduceData data : topic.partitionData()) {
                if (transactional(data) != null) {
                    return true;
                }
            }
        }
        return false;
    }

    /// Whether all batches are of the same producer at the same epoch.
    boolean ofOneProducer() {
        return parts.values().stream()
                        .map(part -> List.of(part.batch.producerId(), part.batch.producerEpoch()))
                        .distinct()
                        .count()
                <= 1;
    }

    /// Asks the partitions, and for those that do not know the transaction yet its coordinator.
    ///
    /// @param enabled `transaction.partition.verification.enable`; what is to be added is asked for all the same
    CompletionStage<Verified> verify(TransactionVerifier verifier, boolean enabled) {
        boolean adds = version == TransactionVersions.ADDS;
        if (parts.isEmpty() || !(adds || enabled)) {
            return CompletableFuture.completedFuture(Verified.NOTHING);
        }
        Map<TopicPartition, Errors> errors = new HashMap<>();
        Map<TopicPartition, VerificationGuard> guards = new LinkedHashMap<>();
        parts.forEach((name, part) -> {
            TransactionalBatch batch = part.batch;
            switch (part.partition.verification(
                    batch.producerId(), batch.producerEpoch(), batch.sequence(), adds)) {
                case Verification.Ongoing() -> {}
                case Verification.Needed(VerificationGuard guard) -> guards.put(name, guard);
                case Verification.Refused(Errors error) -> errors.put(name, error);
            }
        });
        var known = new Verified(errors, guards);
        return guards.isEmpty()
                ? CompletableFuture.completedFuture(known)
                : verifier.verify(question(guards, adds)).thenApply(known::with);
    }

    private TransactionVerifier.Question question(
            Map<TopicPartition, VerificationGuard> guards, boolean adds) {
        TransactionalBatch any = parts.values().iterator().next().batch;
        return new TransactionVerifier.Question(
                request.transactionalId(),
                any.producerId(),
                any.producerEpoch(),
                List.copyOf(guards.keySet()),
                adds);
    }

    /// What the client is told of a partition that was not verified. Errors that clients do not take for a reason to try again
    /// become one that they do, without asking for the metadata again.
    AnswerTo refusal(Errors error) {
        Errors known = version.translate(error);
        boolean again =
                switch (known) {
                    case NETWORK_EXCEPTION,
                            COORDINATOR_LOAD_IN_PROGRESS,
                            COORDINATOR_NOT_AVAILABLE,
                            NOT_COORDINATOR ->
                            true;
                    case CONCURRENT_TRANSACTIONS -> version != TransactionVersions.ADDS;
                    default -> false;
                };
        if (again) {
            return new AnswerTo(
                    Errors.NOT_ENOUGH_REPLICAS,
                    "Unable to verify the partition has been added to the transaction. Underlying error: "
                            + known);
        }
        return new AnswerTo(
                known,
                known == Errors.INVALID_TXN_STATE
                        ? "Partition was not added to the transaction"
                        : null);
    }

    /// An error, and the words for it when they are not its own.
    record AnswerTo(Errors error, @Nullable String message) {}
}
