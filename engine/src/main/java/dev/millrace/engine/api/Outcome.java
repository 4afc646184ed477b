package dev.millrace.engine.api;

import dev.millrace.engine.env.Timers;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.kafka.common.protocol.Errors;

/// What a handler wants done about a request.
///
/// @param <R> the response message
public sealed interface Outcome<R> {
    /// Answer now.
    record Reply<R>(R response) implements Outcome<R> {}

    /// Answer later. The host waits for `signal` and then calls `resume` on its own thread, not on the one that completed the
    /// signal: whoever appends a record must not do the reading of everybody who waited for it. The signal always completes
    /// (each waiter arms a timer), and normally: what went wrong is found out by `resume`.
    record Parked<R>(CompletionStage<?> signal, Supplier<Outcome<R>> resume)
            implements Outcome<R> {}

    /// Not carried out yet: the host waits for `signal` and then calls `resume`, on its own thread, before it looks at anything else of the
    /// same connection. The bytes of the request stay valid until then. The signal always completes, as with [Parked].
    record Blocked<R>(CompletionStage<?> signal, Supplier<Outcome<R>> resume)
            implements Outcome<R> {}

    /// No answer is sent (produce with acks=0).
    record Silent<R>() implements Outcome<R> {}

    /// The connection is closed: the only signal left to a client that waits for no answer.
    record Close<R>(String why) implements Outcome<R> {}

    static <R> Outcome<R> reply(R response) {
        return new Reply<>(response);
    }

    /// Parks until the stage has a value, then answers with it. A stage that fails is an internal error.
    static <R> Outcome<R> when(CompletionStage<R> response) {
        var future = response.toCompletableFuture();
        return future.isDone()
                ? new Reply<>(future.getNow(null))
                : new Parked<>(future, () -> new Reply<>(future.getNow(null)));
    }

    /// Parks until all of them are complete, or time is up: what is not complete then becomes REQUEST_TIMED_OUT. So nobody waits longer,
    /// whether the answer is still wanted or the client has gone.
    ///
    /// @param timeoutMs as the client says: what is below 0 is 0
    static <R> Outcome<R> whenAll(
            List<CompletableFuture<Errors>> all,
            Timers timers,
            int timeoutMs,
            Supplier<R> response) {
        var signal = new CompletableFuture<Void>();
        Timers.Timer timeout =
                timers.schedule(
                        Math.max(0, timeoutMs),
                        () -> all.forEach(each -> each.complete(Errors.REQUEST_TIMED_OUT)));
        var _ =
                CompletableFuture.allOf(all.toArray(CompletableFuture<?>[]::new))
                        .whenComplete((_, _) -> signal.complete(null));
        return new Parked<>(
                signal,
                () -> {
                    timeout.cancel();
                    return new Reply<>(response.get());
                });
    }
}
