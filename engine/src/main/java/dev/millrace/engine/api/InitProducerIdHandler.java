package dev.millrace.engine.api;

import dev.millrace.engine.metadata.ProducerIds;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;

/// InitProducerId 0-5: a producer id for an idempotent producer.
///
/// - without a transactional id every call gives a new id in epoch 0, whatever id the producer had (KIP-360)
/// - **not done**: transactions; a transactional id gets COORDINATOR_NOT_AVAILABLE, which clients retry until they time out
public final class InitProducerIdHandler
        implements Handler<InitProducerIdRequestData, InitProducerIdResponseData> {
    private final ProducerIds producerIds;

    public InitProducerIdHandler(ProducerIds producerIds) {
        this.producerIds = producerIds;
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
            return Outcome.reply(refusal(Errors.INVALID_REQUEST));
        }
        if (request.transactionalId() != null) {
            return Outcome.reply(
                    refusal(
                            request.transactionalId().isEmpty()
                                    ? Errors.INVALID_REQUEST
                                    : Errors.COORDINATOR_NOT_AVAILABLE));
        }
        return Refusals.outcome(
                producerIds
                        .next()
                        .thenApply(id ->
                                new InitProducerIdResponseData()
                                        .setProducerId(id)
                                        .setProducerEpoch((short) 0)),
                InitProducerIdHandler::unavailable);
    }

    /// Why there is no id now is the controller's affair: the client asks again.
    private static InitProducerIdResponseData unavailable(ApiError error) {
        return refusal(
                error.error() == Errors.UNKNOWN_SERVER_ERROR
                        ? error.error()
                        : Errors.COORDINATOR_LOAD_IN_PROGRESS);
    }

    private static InitProducerIdResponseData refusal(Errors error) {
        return new InitProducerIdResponseData()
                .setErrorCode(error.code())
                .setProducerId(-1)
                .setProducerEpoch((short) -1);
    }
}
