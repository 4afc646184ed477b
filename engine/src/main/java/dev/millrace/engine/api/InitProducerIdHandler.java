package dev.millrace.engine.api;

import dev.millrace.engine.coordinator.txn.ProducerAnswer;
import dev.millrace.engine.coordinator.txn.Transactions;
import dev.millrace.engine.metadata.ProducerIds;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;

/// InitProducerId 0-6: a producer id, for an idempotent producer or under a transactional id.
///
/// - without a transactional id every call gives a new id in epoch 0, whatever id the producer had (KIP-360)
/// - with one the transaction coordinator answers
/// - v6 (unstable) asks for two-phase commit (KIP-939), which is refused as Kafka refuses it unless the broker's settings allow it
/// - **not done**: authorization; every operation is allowed
public final class InitProducerIdHandler
        implements Handler<InitProducerIdRequestData, InitProducerIdResponseData> {
    private static final int FENCED_SINCE = 4;

    private final ProducerIds producerIds;
    private final Transactions transactions;

    public InitProducerIdHandler(ProducerIds producerIds, Transactions transactions) {
        this.producerIds = producerIds;
        this.transactions = transactions;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.INIT_PRODUCER_ID;
    }

    @Override
    public Outcome<InitProducerIdResponseData> handle(
            RequestContext context, InitProducerIdRequestData request) {
        boolean hasId = request.producerId() >= 0;
        boolean hasEpoch = request.producerEpoch() >= 0;
        if (hasId != hasEpoch) {
            return Outcome.reply(refusal(Errors.INVALID_REQUEST.code()));
        }
        return request.transactionalId() == null ? idempotent() : transactional(context, request);
    }

    private Outcome<InitProducerIdResponseData> idempotent() {
        return Refusals.outcome(
                producerIds.next().thenApply(id -> granted(id, (short) 0)),
                InitProducerIdHandler::unavailable);
    }

    private Outcome<InitProducerIdResponseData> transactional(
            RequestContext context, InitProducerIdRequestData request) {
        return Outcome.when(
                transactions
                        .initProducerId(request, TransactionClients.of(context))
                        .thenApply(answer -> response(context, answer)));
    }

    private static InitProducerIdResponseData response(
            RequestContext context, ProducerAnswer answer) {
        return switch (answer) {
            case ProducerAnswer.Granted(long id, short epoch) -> granted(id, epoch);
            case ProducerAnswer.Refused(Errors error) ->
                    refusal(TransactionClients.code(context, FENCED_SINCE, error));
            case ProducerAnswer.NeedsProducerId() ->
                    throw new IllegalStateException("undecided for want of a producer id");
        };
    }

    private static InitProducerIdResponseData granted(long id, short epoch) {
        return new InitProducerIdResponseData().setProducerId(id).setProducerEpoch(epoch);
    }

    /// Why there is no id now is the controller's affair: the client asks again.
    private static InitProducerIdResponseData unavailable(ApiError error) {
        return refusal(
                (error.error() == Errors.UNKNOWN_SERVER_ERROR
                                ? error.error()
                                : Errors.COORDINATOR_LOAD_IN_PROGRESS)
                        .code());
    }

    private static InitProducerIdResponseData refusal(short error) {
        return new InitProducerIdResponseData()
                .setErrorCode(error)
                .setProducerId(-1)
                .setProducerEpoch((short) -1);
    }
}
