package dev.millrace.engine.coordinator;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What is to be done about a request; deciding it has changed nothing.
///
/// The runtime appends the facts, replays them, runs `effect`, and sends the reply once all that is committed. When the append
/// is refused none of this happens and the caller is refused: the state is as if nobody had asked.
///
/// Where there may be more facts than a batch can hold, and each of them is good by itself, they may be spread over several
/// batches. A refusal, or a crash, may then leave a first part of them; deciding once more does the rest.
///
/// @param facts appended in order; may be empty
/// @param spread over as many batches as they need; otherwise as one, which is refused when it is too large
/// @param transaction of which the facts are a part; null when they count at once
/// @param effect changes only what a crash may forget (who waits for what, timers), after the facts have been replayed
/// @param <F> the coordinator's facts
/// @param <R> the response
public record Decision<F, R>(
        List<F> facts,
        boolean spread,
        @Nullable InTransaction transaction,
        Reply<R> reply,
        Runnable effect) {
    private Decision(List<F> facts, boolean spread, Reply<R> reply, Runnable effect) {
        this(facts, spread, null, reply, effect);
    }

    /// Where the response comes from.
    public sealed interface Reply<R> {
        record Now<R>(R response) implements Reply<R> {}

        /// A later decision fulfils the promise.
        record Later<R>(Promise<R> promise) implements Reply<R> {}
    }

    /// Nothing to write.
    public static <F, R> Decision<F, R> answer(R response) {
        return new Decision<>(List.of(), false, new Reply.Now<>(response), Decision::nothing);
    }

    public static <F, R> Decision<F, R> answer(R response, Runnable effect) {
        return new Decision<>(List.of(), false, new Reply.Now<>(response), effect);
    }

    public static <F, R> Decision<F, R> write(List<F> facts, R response) {
        return new Decision<>(facts, false, new Reply.Now<>(response), Decision::nothing);
    }

    public static <F, R> Decision<F, R> write(List<F> facts, R response, Runnable effect) {
        return new Decision<>(facts, false, new Reply.Now<>(response), effect);
    }

    /// Facts that count when the transaction is committed.
    public static <F, R> Decision<F, R> write(
            InTransaction transaction, List<F> facts, R response, Runnable effect) {
        return new Decision<>(facts, false, transaction, new Reply.Now<>(response), effect);
    }

    /// Facts that are good one by one, in as many batches as they need. What must not be without the others comes last.
    public static <F, R> Decision<F, R> writeSpread(List<F> facts, R response, Runnable effect) {
        return new Decision<>(facts, true, new Reply.Now<>(response), effect);
    }

    /// The answer waits for somebody else.
    public static <F, R> Decision<F, R> park(List<F> facts, Promise<R> promise, Runnable effect) {
        return new Decision<>(facts, false, new Reply.Later<>(promise), effect);
    }

    private static void nothing() {}
}
