package dev.millrace.engine.api;

import dev.millrace.engine.quorum.ActiveController;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;

/// An API that only the active controller can answer: handled here while this node leads the quorum, handed on otherwise, and
/// the controller's answer handed back. So it is where this one's leadership ends before the decision is committed: no client of a
/// broker hears of `NOT_CONTROLLER`, which most of them take for the end, and none of where the controller is.
///
/// - the request goes on as it came, in the same version; Kafka wraps it in an Envelope that names the client's principal
///   (KIP-590), which **has no use yet** while every client may do everything
/// - without an active controller within 30 seconds the client gets `REQUEST_TIMED_OUT`, in its API's own shape
final class ForwardingHandler<Q extends ApiMessage, R extends ApiMessage> implements Handler<Q, R> {
    static final long TIMEOUT_MS = 30_000;

    private final Handler<Q, R> here;
    private final ActiveController active;

    /// @param here what the active controller does
    ForwardingHandler(Handler<Q, R> here, ActiveController active) {
        this.here = here;
        this.active = active;
    }

    @Override
    public ApiKeys api() {
        return here.api();
    }

    @Override
    public Outcome<R> handle(RequestContext context, Q request) {
        if (active.here()) {
            return decided(context, request, here.handle(context, request));
        }
        return forwarded(context, request);
    }

    private Outcome<R> decided(RequestContext context, Q request, Outcome<R> outcome) {
        if (outcome instanceof Outcome.Parked<R>(var signal, var resume)) {
            return new Outcome.Parked<>(signal, () -> decided(context, request, resume.get()));
        }
        boolean elsewhere =
                outcome instanceof Outcome.Reply<R>(R response)
                        && ActiveController.isNotController(
                                request.apiKey(), context.version(), response);
        return elsewhere ? forwarded(context, request) : outcome;
    }

    @SuppressWarnings("unchecked") // a response's class goes with its API
    private Outcome<R> forwarded(RequestContext context, Q request) {
        var answer =
                active.ask(context.version(), request, TIMEOUT_MS)
                        .thenApply(response -> (R) response)
                        .toCompletableFuture();
        var signal = new CompletableFuture<Void>();
        var _ = answer.whenComplete((_, _) -> signal.complete(null));
        return new Outcome.Parked<>(
                signal,
                () ->
                        answer.isCompletedExceptionally()
                                ? timedOut(context, request)
                                : new Outcome.Reply<>(answer.getNow(null)));
    }

    @SuppressWarnings("unchecked")
    private Outcome<R> timedOut(RequestContext context, Q request) {
        ApiMessage answer =
                Router.failure(new Router.Call(context, this, request), Errors.REQUEST_TIMED_OUT);
        return answer == null
                ? new Outcome.Close<>("no active controller")
                : new Outcome.Reply<>((R) answer);
    }
}
