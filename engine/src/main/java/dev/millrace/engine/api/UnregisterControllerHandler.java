package dev.millrace.engine.api;

import dev.millrace.engine.metadata.BrokerDecisions;
import dev.millrace.engine.metadata.Controller;
import org.apache.kafka.common.message.UnregisterControllerRequestData;
import org.apache.kafka.common.message.UnregisterControllerResponseData;
import org.apache.kafka.common.protocol.ApiKeys;

/// UnregisterController 0: forgets a controller that will not come back (KIP-1312).
public final class UnregisterControllerHandler
        implements Handler<UnregisterControllerRequestData, UnregisterControllerResponseData> {
    private final Controller controller;
    private final int nodeId;

    /// @param nodeId this node, which is the active controller wherever `controller` decides
    public UnregisterControllerHandler(Controller controller, int nodeId) {
        this.controller = controller;
        this.nodeId = nodeId;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.UNREGISTER_CONTROLLER;
    }

    @Override
    public Outcome<UnregisterControllerResponseData> handle(
            RequestContext context, UnregisterControllerRequestData request) {
        int id = request.controllerId();
        return Refusals.outcome(
                controller
                        .submit(image -> BrokerDecisions.unregisterController(image, nodeId, id))
                        .thenApply(
                                _ -> new UnregisterControllerResponseData().setErrorMessage(null)),
                error ->
                        new UnregisterControllerResponseData()
                                .setErrorCode(error.error().code())
                                .setErrorMessage(error.messageWithFallback()));
    }
}
