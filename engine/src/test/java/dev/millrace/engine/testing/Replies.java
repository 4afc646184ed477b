package dev.millrace.engine.testing;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.api.Outcome;

/// What a handler answers once nothing keeps it waiting.
public final class Replies {
    private Replies() {}

    /// Fails when it still waits, or answers nothing.
    public static <R> R of(Outcome<R> outcome) {
        Outcome<R> next = outcome;
        while (next instanceof Outcome.Parked<R> parked) {
            assertTrue(parked.signal().toCompletableFuture().isDone(), "still waits");
            next = parked.resume().get();
        }
        if (next instanceof Outcome.Reply<R>(R response)) {
            return response;
        }
        throw new AssertionError("no reply: " + next);
    }
}
