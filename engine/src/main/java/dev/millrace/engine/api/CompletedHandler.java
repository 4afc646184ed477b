package dev.millrace.engine.api;

import java.util.function.BiConsumer;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;

/// A handler whose answers are completed with something that it does not know itself, whenever they are ready.
///
/// @param completion called once for an answer, just before it is handed out
record CompletedHandler<Q extends ApiMessage, R extends ApiMessage>(
        Handler<Q, R> inner, BiConsumer<RequestContext, R> completion) implements Handler<Q, R> {
    @Override
    public ApiKeys api() {
        return inner.api();
    }

    @Override
    public Outcome<R> handle(RequestContext context, Q request) {
        return completed(context, inner.handle(context, request));
    }

    // No switch over types: its first use costs milliseconds, for which the first record of a start
    // would wait.
    private Outcome<R> completed(RequestContext context, Outcome<R> outcome) {
        if (outcome instanceof Outcome.Reply<R>(R response)) {
            completion.accept(context, response);
        } else if (outcome instanceof Outcome.Parked<R> parked) {
            return new Outcome.Parked<>(
                    parked.signal(), () -> completed(context, parked.resume().get()));
        } else if (outcome instanceof Outcome.Blocked<R> blocked) {
            return new Outcome.Blocked<>(
                    blocked.signal(), () -> completed(context, blocked.resume().get()));
        }
        return outcome;
    }
}
