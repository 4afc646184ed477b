package dev.millrace.engine;

import dev.millrace.engine.api.ClientConnection;
import dev.millrace.engine.api.Outcome;
import dev.millrace.engine.api.RequestContext;
import dev.millrace.engine.api.Router;
import dev.millrace.engine.quorum.ActiveController;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;

/// The road from a broker to the controller in the same process: the controllers' handlers, without a network in between.
///
/// **Owner.** Any thread. An answer that waits for its commit comes on the thread that steps the quorum.
final class OwnController implements ActiveController.Here {
    private final Supplier<Router> controllers;
    private final ClientConnection self;

    /// @param controllers the controllers' router, once there is one
    OwnController(NodeSettings settings, Supplier<Router> controllers) {
        this.controllers = controllers;
        var own = settings.controllerEndpoint();
        this.self =
                new ClientConnection(
                        0,
                        settings.controllerListener(),
                        SecurityProtocol.PLAINTEXT,
                        "this node",
                        own.host(),
                        own.port(),
                        KafkaPrincipal.ANONYMOUS);
    }

    @Override
    public CompletionStage<ApiMessage> answer(short version, ApiMessage request) {
        Router router = controllers.get();
        var context = new RequestContext(ApiKeys.forId(request.apiKey()), version, 0, null, self);
        return settled(router.handle(router.call(context, request)));
    }

    // A switch over types costs milliseconds at its first use, which is within a start.
    private static CompletionStage<ApiMessage> settled(Outcome<? extends ApiMessage> outcome) {
        if (outcome instanceof Outcome.Reply<? extends ApiMessage> reply) {
            return CompletableFuture.completedFuture(reply.response());
        }
        if (outcome instanceof Outcome.Parked<? extends ApiMessage> parked) {
            return later(parked.signal(), parked.resume()::get);
        }
        if (outcome instanceof Outcome.Blocked<? extends ApiMessage> blocked) {
            return later(blocked.signal(), blocked.resume()::get);
        }
        return CompletableFuture.failedFuture(
                new IllegalStateException("no answer to a request of this node's own"));
    }

    private static CompletionStage<ApiMessage> later(
            CompletionStage<?> signal, Supplier<Outcome<? extends ApiMessage>> resume) {
        return signal.thenCompose(_ -> settled(resume.get()));
    }
}
