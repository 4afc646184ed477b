package dev.millrace.engine.api;

import dev.millrace.engine.metadata.Controller;
import dev.millrace.engine.metadata.ProducerIdDecisions;
import org.apache.kafka.common.message.AllocateProducerIdsRequestData;
import org.apache.kafka.common.message.AllocateProducerIdsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;

/// AllocateProducerIds 0: a block of producer ids for one broker (KIP-730). Controllers only.
///
/// - `STALE_BROKER_EPOCH` for a process that another has replaced
final class AllocateProducerIdsHandler
        implements Handler<AllocateProducerIdsRequestData, AllocateProducerIdsResponseData> {
    private final Controller controller;

    AllocateProducerIdsHandler(Controller controller) {
        this.controller = controller;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.ALLOCATE_PRODUCER_IDS;
    }

    @Override
    public Outcome<AllocateProducerIdsResponseData> handle(
            RequestContext context, AllocateProducerIdsRequestData request) {
        return Refusals.outcome(
                controller
                        .submit(image ->
                                ProducerIdDecisions.allocate(
                                        image, request.brokerId(), request.brokerEpoch()))
                        .thenApply(block ->
                                new AllocateProducerIdsResponseData()
                                        .setProducerIdStart(block.first())
                                        .setProducerIdLen((int) (block.end() - block.first()))),
                error -> new AllocateProducerIdsResponseData().setErrorCode(error.error().code()));
    }
}
