package dev.millrace.engine.api;

import dev.millrace.engine.metadata.BrokerDecisions;
import dev.millrace.engine.metadata.Controller;
import dev.millrace.engine.metadata.FeatureRange;
import dev.millrace.engine.metadata.RegisteredListeners;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.message.ControllerRegistrationRequestData;
import org.apache.kafka.common.message.ControllerRegistrationResponseData;
import org.apache.kafka.common.protocol.ApiKeys;

/// ControllerRegistration 0: a controller says where it listens, and at which feature levels it can work (KIP-919). Controllers only.
final class ControllerRegistrationHandler
        implements Handler<ControllerRegistrationRequestData, ControllerRegistrationResponseData> {
    private final Controller controller;

    ControllerRegistrationHandler(Controller controller) {
        this.controller = controller;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.CONTROLLER_REGISTRATION;
    }

    @Override
    public Outcome<ControllerRegistrationResponseData> handle(
            RequestContext context, ControllerRegistrationRequestData request) {
        Map<String, FeatureRange> features = new TreeMap<>();
        for (var feature : request.features()) {
            features.put(
                    feature.name(),
                    new FeatureRange(feature.minSupportedVersion(), feature.maxSupportedVersion()));
        }
        return Refusals.outcome(
                controller
                        .submit(image ->
                                BrokerDecisions.registerController(
                                        image, registration(request), features))
                        .thenApply(_ -> new ControllerRegistrationResponseData()),
                error ->
                        new ControllerRegistrationResponseData()
                                .setErrorCode(error.error().code())
                                .setErrorMessage(error.messageWithFallback()));
    }

    /// @throws org.apache.kafka.common.errors.InvalidRegistrationException for a listener that cannot be one
    private static BrokerDecisions.Registration registration(
            ControllerRegistrationRequestData request) {
        List<Endpoint> endpoints =
                request.listeners().stream()
                        .map(listener ->
                                new Endpoint(
                                        listener.name(),
                                        RegisteredListeners.protocol(
                                                listener.name(), listener.securityProtocol()),
                                        listener.host(),
                                        listener.port()))
                        .toList();
        return new BrokerDecisions.Registration(
                request.controllerId(), request.incarnationId(), endpoints, null, List.of());
    }
}
