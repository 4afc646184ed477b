package dev.millrace.engine.coordinator.txn;

import static org.apache.kafka.common.requests.TransactionResult.ABORT;

import dev.millrace.engine.coordinator.Decision;
import dev.millrace.engine.coordinator.txn.ProducerAnswer.NeedsProducerId;
import dev.millrace.engine.coordinator.txn.ProducerAnswer.Refused;
import dev.millrace.engine.coordinator.txn.TransactionState.Completed;
import dev.millrace.engine.coordinator.txn.TransactionState.Empty;
import dev.millrace.engine.coordinator.txn.TransactionState.Idle;
import dev.millrace.engine.coordinator.txn.TransactionState.Ongoing;
import dev.millrace.engine.coordinator.txn.TransactionState.Prepared;
import dev.millrace.engine.env.Clock;
import java.util.List;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.requests.TransactionResult;
import org.apache.kafka.server.common.TransactionVersion;
import org.jspecify.annotations.Nullable;

/// EndTxn: a producer commits or aborts its transaction. Answered when the decision is committed; the markers come after.
///
/// In version 1 the epoch stays, and the same request once more cannot be told from the next one (KAFKA-17754). In version 2 every
/// end raises the epoch: a repeated request is known by the epoch before the present one, and a late one meets `PRODUCER_FENCED` (T3).
final class TransactionEnds {
    private final TransactionShard shard;
    private final TransactionCompletions completions;
    private final Clock clock;

    /// @param version of transactions that the client speaks
    /// @param newProducerId that nobody has had; null at the first attempt
    record Request(
            String transactionalId,
            long producerId,
            short producerEpoch,
            TransactionResult result,
            TransactionVersion version,
            Client client,
            @Nullable Long newProducerId) {}

    TransactionEnds(TransactionShard shard, TransactionCompletions completions, Clock clock) {
        this.shard = shard;
        this.completions = completions;
        this.clock = clock;
    }

    Decision<TransactionRecord, ProducerAnswer> end(Request request) {
        Transaction known = shard.find(request.transactionalId());
        if (known == null) {
            return refuse(Errors.INVALID_PRODUCER_ID_MAPPING);
        }
        return request.version().supportsEpochBump()
                ? endWithNewEpoch(request, known)
                : endInEpoch(request, known);
    }

    // ---- version 1

    private Decision<TransactionRecord, ProducerAnswer> endInEpoch(
            Request request, Transaction known) {
        Producer producer = known.state().producer();
        if (producer.id() != request.producerId()) {
            return refuse(Errors.INVALID_PRODUCER_ID_MAPPING);
        }
        if (producer.epoch() != request.producerEpoch()) {
            return refuse(Errors.PRODUCER_FENCED);
        }
        return switch (known.state()) {
            case Ongoing ongoing -> prepare(request, known, ongoing, RecordBatch.NO_PRODUCER_ID);
            case Prepared prepared -> refuse(underWay(request, prepared));
            case Completed completed -> repeated(request, completed);
            case Empty _ -> refuse(Errors.INVALID_TXN_STATE);
        };
    }

    // ---- version 2

    private Decision<TransactionRecord, ProducerAnswer> endWithNewEpoch(
            Request request, Transaction known) {
        TransactionState state = known.state();
        if (state instanceof Prepared prepared
                && prepared.awaits(request.producerId(), request.producerEpoch())) {
            return refuse(Errors.CONCURRENT_TRANSACTIONS);
        }
        boolean present = state.producer().is(request.producerId(), request.producerEpoch());
        boolean repeats = repeats(request, state.producer());
        if (state.producer().id() != request.producerId() && !repeats) {
            return refuse(Errors.INVALID_PRODUCER_ID_MAPPING);
        }
        return switch (state) {
            case Ongoing ongoing when present -> prepareWithNewEpoch(request, known, ongoing);
            case Prepared prepared when repeats -> refuse(underWay(request, prepared));
            case Completed completed when repeats -> repeated(request, completed);
            case Idle idle when present -> endEmpty(request, known, idle);
            case Ongoing _, Prepared _, Idle _ -> refuse(Errors.PRODUCER_FENCED);
        };
    }

    /// Has the request been carried out before? Then the present producer is what it made of its sender.
    private static boolean repeats(Request request, Producer present) {
        boolean sameId =
                present.id() == request.producerId()
                        && present.epoch() == request.producerEpoch() + 1;
        boolean rotated =
                present.previousId() == request.producerId()
                        && request.producerEpoch() == Producer.HIGHEST_GIVEN_EPOCH
                        && present.epoch() == 0;
        return sameId || rotated;
    }

    private Decision<TransactionRecord, ProducerAnswer> prepareWithNewEpoch(
            Request request, Transaction known, Ongoing ongoing) {
        Long nextId = nextId(request, ongoing.producer());
        return nextId == null
                ? Decision.answer(new NeedsProducerId())
                : prepare(request, known, ongoing, nextId);
    }

    /// Nothing was written, so that there is nothing to commit. Aborting raises the epoch all the same: the client counts on it.
    private Decision<TransactionRecord, ProducerAnswer> endEmpty(
            Request request, Transaction known, Idle idle) {
        if (request.result() != ABORT) {
            return refuse(Errors.INVALID_TXN_STATE);
        }
        Long nextId = nextId(request, idle.producer());
        if (nextId == null) {
            return Decision.answer(new NeedsProducerId());
        }
        long nowMs = clock.wallMs();
        Prepared prepared = idle.abortedEmpty(request.version(), nextId, nowMs);
        Completed completed = prepared.completed(nowMs);
        return Decision.write(
                List.of(
                        new TransactionRecord.Stored(known.id(), prepared),
                        new TransactionRecord.Stored(known.id(), completed)),
                ProducerAnswer.granted(completed.producer()),
                () -> known.heardOf(request.client()));
    }

    /// None where the present one has epochs left; null when it takes one that nobody has given us yet.
    private static @Nullable Long nextId(Request request, Producer producer) {
        return producer.isExhausted() ? request.newProducerId() : (Long) RecordBatch.NO_PRODUCER_ID;
    }

    // ---- both

    private Decision<TransactionRecord, ProducerAnswer> prepare(
            Request request, Transaction known, Ongoing ongoing, long nextId) {
        Prepared prepared =
                ongoing.prepared(request.result(), request.version(), nextId, clock.wallMs());
        return Decision.write(
                List.of(new TransactionRecord.Stored(known.id(), prepared)),
                ProducerAnswer.granted(prepared.completed(clock.wallMs()).producer()),
                () -> {
                    known.heardOf(request.client());
                    completions.begin(known);
                });
    }

    private static Errors underWay(Request request, Prepared prepared) {
        return prepared.result() == request.result()
                ? Errors.CONCURRENT_TRANSACTIONS
                : Errors.INVALID_TXN_STATE;
    }

    private static Decision<TransactionRecord, ProducerAnswer> repeated(
            Request request, Completed completed) {
        return completed.result() == request.result()
                ? Decision.answer(ProducerAnswer.granted(completed.producer()))
                : refuse(Errors.INVALID_TXN_STATE);
    }

    private static Decision<TransactionRecord, ProducerAnswer> refuse(Errors error) {
        return Decision.answer(new Refused(error));
    }
}
