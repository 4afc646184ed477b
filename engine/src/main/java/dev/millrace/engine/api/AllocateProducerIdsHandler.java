package dev.millrace.engine.api;

import dev.millrace.engine.metadata.Controller;
import dev.millrace.engine.metadata.ProducerIdDecisions;
import org.apache.kafka.common.message.AllocateProducerIdsRequestData;
import org.apache.kafka.common.message.AllocateProducerIdsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;

/// AllocateProducerIds 0: a broker takes a block of producer ids (KIP-730). Served on the controller's listener only.
public final class AllocateProducerIdsHandler
        implements Handler<AllocateProducerIdsRequestData, AllocateProducerIdsResponseData> {
    private final Controller controller;

    public AllocateProducerIdsHandler(Controller controller) {
        this.controller = controller;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.ALLOCATE_PRODUCER_IDS;
    }

    @Override
    public Outcome<AllocateProducerIdsResponseData> handle(
            RequestContext context, AllocateProducerIdsRequestData request) {
        int broker = request.brokerId();
        long epoch = request.brokerEpoch();
        return Refusals.outcome(
                controller
                        .submit(image -> ProducerIdDecisions.allocate(image, broker, epoch))
                        .thenApply(block ->
                                new AllocateProducerIdsResponseData()
                                        .setProducerIdStart(block.first())
                                        .setProducerIdLen((int) (block.end() - block.first()))),
                error -> new AllocateProducerIdsResponseData().setErrorCode(error.error().code()));
    }
}
