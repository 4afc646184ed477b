package dev.millrace.engine.api;

import dev.millrace.engine.metadata.BrokerDecisions;
import dev.millrace.engine.metadata.Controller;
import org.apache.kafka.common.message.UnregisterBrokerRequestData;
import org.apache.kafka.common.message.UnregisterBrokerResponseData;
import org.apache.kafka.common.protocol.ApiKeys;

/// UnregisterBroker 0: forgets a broker that will not come back (KIP-631).
public final class UnregisterBrokerHandler
        implements Handler<UnregisterBrokerRequestData, UnregisterBrokerResponseData> {
    private final Controller controller;

    public UnregisterBrokerHandler(Controller controller) {
        this.controller = controller;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.UNREGISTER_BROKER;
    }

    @Override
    public Outcome<UnregisterBrokerResponseData> handle(
            RequestContext context, UnregisterBrokerRequestData request) {
        int id = request.brokerId();
        return Refusals.outcome(
                controller
                        .submit(image -> BrokerDecisions.unregister(image, id))
                        .thenApply(_ -> new UnregisterBrokerResponseData().setErrorMessage(null)),
                error ->
                        new UnregisterBrokerResponseData()
                                .setErrorCode(error.error().code())
                                .setErrorMessage(error.messageWithFallback()));
    }
}
