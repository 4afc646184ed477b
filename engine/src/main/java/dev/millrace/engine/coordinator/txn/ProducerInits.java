package dev.millrace.engine.coordinator.txn;

import dev.millrace.engine.coordinator.Decision;
import dev.millrace.engine.coordinator.txn.ProducerAnswer.NeedsProducerId;
import dev.millrace.engine.coordinator.txn.ProducerAnswer.Refused;
import dev.millrace.engine.coordinator.txn.TransactionState.Empty;
import dev.millrace.engine.coordinator.txn.TransactionState.Idle;
import dev.millrace.engine.coordinator.txn.TransactionState.Ongoing;
import dev.millrace.engine.coordinator.txn.TransactionState.Prepared;
import dev.millrace.engine.env.Clock;
import java.util.List;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// InitProducerId: a producer takes hold of a transactional id, and every one before it is fenced.
///
/// | finds | does |
/// |---|---|
/// | nothing | a new producer id, epoch 0 |
/// | no transaction | the next epoch; a new producer id when there is none left |
/// | a transaction | aborts it with the next epoch, waits until that is complete, and goes on as above |
/// | a transaction that is being completed | waits, and goes on as above |
///
/// A producer that has an id and an epoch (KIP-360) gets the next epoch only if they are the present ones, and the present one once
/// more when it repeats its request.
final class ProducerInits {
    private final TransactionShard shard;
    private final Parking parking;
    private final Fencing fencing;
    private final Clock clock;

    /// @param expectedId the producer id that the client has, -1 when none
    /// @param newProducerId that nobody has had; null at the first attempt
    record Request(
            String transactionalId,
            int timeoutMs,
            long expectedId,
            short expectedEpoch,
            Client client,
            @Nullable Long newProducerId) {
        boolean expects() {
            return expectedId >= 0;
        }
    }

    ProducerInits(TransactionShard shard, Parking parking, Fencing fencing, Clock clock) {
        this.shard = shard;
        this.parking = parking;
        this.fencing = fencing;
        this.clock = clock;
    }

    Decision<TransactionRecord, ProducerAnswer> init(Request request) {
        Transaction known = shard.find(request.transactionalId());
        if (known == null) {
            return first(request);
        }
        if (!mayAsk(request, known.state())) {
            return refuse(Errors.PRODUCER_FENCED);
        }
        return known.state() instanceof Ongoing ongoing
                ? fence(request, known, ongoing)
                : parking.decide(known, () -> again(request), Refused::new);
    }

    private Decision<TransactionRecord, ProducerAnswer> first(Request request) {
        Long id = request.newProducerId();
        return id == null
                ? needsProducerId()
                : store(
                        request,
                        Empty.first(Producer.first(id, request.timeoutMs()), clock.wallMs()));
    }

    /// The producer that the client says it is may be the present one, the one before it whose epochs were used up, or the one that the
    /// end of the last transaction made.
    private static boolean mayAsk(Request request, TransactionState state) {
        Producer producer = state.producer();
        return !request.expects()
                || request.expectedId() == producer.id()
                || (request.expectedId() == producer.previousId()
                        && Producer.isExhausted(request.expectedEpoch()))
                || (state instanceof Prepared prepared
                        && prepared.awaits(request.expectedId(), request.expectedEpoch()));
    }

    private Decision<TransactionRecord, ProducerAnswer> fence(
            Request request, Transaction transaction, Ongoing ongoing) {
        Prepared aborted = fencing.fence(ongoing, request.newProducerId());
        return aborted == null
                ? needsProducerId()
                : parking.park(
                        transaction,
                        List.of(new TransactionRecord.Stored(transaction.id(), aborted)),
                        () -> fencing.fenced(transaction),
                        () -> again(request),
                        Refused::new);
    }

    /// Null while a transaction is in the way.
    private @Nullable Decision<TransactionRecord, ProducerAnswer> again(Request request) {
        Transaction known = shard.find(request.transactionalId());
        if (known == null) {
            return first(request);
        }
        if (!mayAsk(request, known.state())) {
            return refuse(Errors.PRODUCER_FENCED);
        }
        return known.state() instanceof Idle idle ? renew(request, idle) : null;
    }

    private Decision<TransactionRecord, ProducerAnswer> renew(Request request, Idle idle) {
        Producer producer = idle.producer();
        boolean isPresent = !request.expects() || request.expectedEpoch() == producer.epoch();
        if (isPresent && producer.isExhausted()) {
            Long id = request.newProducerId();
            return id == null
                    ? needsProducerId()
                    : renew(
                            request,
                            idle,
                            producer.rotated(id, request.timeoutMs(), request.expects()));
        }
        if (isPresent) {
            return renew(
                    request,
                    idle,
                    request.expects()
                            ? producer.bumpedByItself(request.timeoutMs())
                            : producer.bumped(request.timeoutMs()));
        }
        return request.expectedEpoch() == producer.lastEpoch()
                ? renew(request, idle, producer.repeated(request.timeoutMs()))
                : refuse(Errors.PRODUCER_FENCED);
    }

    private Decision<TransactionRecord, ProducerAnswer> renew(
            Request request, Idle idle, Producer next) {
        return store(request, idle.renewed(next, clock.wallMs()));
    }

    private Decision<TransactionRecord, ProducerAnswer> store(Request request, Empty next) {
        String id = request.transactionalId();
        return Decision.write(
                List.of(new TransactionRecord.Stored(id, next)),
                ProducerAnswer.granted(next.producer()),
                () -> heardOf(id, request.client()));
    }

    private void heardOf(String id, Client client) {
        Transaction transaction = shard.find(id);
        if (transaction != null) {
            transaction.heardOf(client);
        }
    }

    private static Decision<TransactionRecord, ProducerAnswer> refuse(Errors error) {
        return Decision.answer(new Refused(error));
    }

    private static Decision<TransactionRecord, ProducerAnswer> needsProducerId() {
        return Decision.answer(new NeedsProducerId());
    }
}
