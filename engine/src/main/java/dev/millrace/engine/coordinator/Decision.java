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
/// Where nobody waits for the facts, and losing them costs no more than deciding once more, they may be written without hurry:
/// they are committed with what comes after them, and whoever is answered in between waits for them like anybody.
///
/// @param facts appended in order; may be empty
/// @param transaction of which the facts are a part; null when they count at once
/// @param effect changes only what a crash may forget (who waits for what, timers), after the facts have been replayed
/// @param <F> the coordinator's facts
/// @param <R> the response
public record Decision<F, R>(
        List<F> facts,
        Writing writing,
        @Nullable InTransaction transaction,
        Reply<R> reply,
        Runnable effect) {
    /// How the facts get into the log.
    public enum Writing {
        /// As one batch, which is refused when it is too large.
        WHOLE,
        /// As many batches as they need.
        SPREAD,
        /// As one batch, that asks for no flush of its own.
        UNHURRIED
    }

    private Decision(List<F> facts, Writing writing, Reply<R> reply, Runnable effect) {
        this(facts, writing, null, reply, effect);
    }

    /// Where the response comes from.
    public sealed interface Reply<R> {
        record Now<R>(R response) implements Reply<R> {}

        /// A later decision fulfils the promise.
        record Later<R>(Promise<R> promise) implements Reply<R> {}
    }

    /// Nothing to write.
    public static <F, R> Decision<F, R> answer(R response) {
        return new Decision<>(
                List.of(), Writing.WHOLE, new Reply.Now<>(response), Decision::nothing);
    }

    public static <F, R> Decision<F, R> answer(R response, Runnable effect) {
        return new Decision<>(List.of(), Writing.WHOLE, new Reply.Now<>(response), effect);
    }

    public static <F, R> Decision<F, R> write(List<F> facts, R response) {
        return new Decision<>(facts, Writing.WHOLE, new Reply.Now<>(response), Decision::nothing);
    }

    public static <F, R> Decision<F, R> write(List<F> facts, R response, Runnable effect) {
        return new Decision<>(facts, Writing.WHOLE, new Reply.Now<>(response), effect);
    }

    /// Facts that count when the transaction is committed.
    public static <F, R> Decision<F, R> write(
            InTransaction transaction, List<F> facts, R response, Runnable effect) {
        return new Decision<>(facts, Writing.WHOLE, transaction, new Reply.Now<>(response), effect);
    }

    /// Facts that are good one by one, in as many batches as they need. What must not be without the others comes last.
    public static <F, R> Decision<F, R> writeSpread(List<F> facts, R response, Runnable effect) {
        return new Decision<>(facts, Writing.SPREAD, new Reply.Now<>(response), effect);
    }

    /// Facts that nobody waits for.
    public static <F, R> Decision<F, R> writeUnhurried(List<F> facts, R response, Runnable effect) {
        return new Decision<>(facts, Writing.UNHURRIED, new Reply.Now<>(response), effect);
    }

    /// The answer waits for somebody else.
    public static <F, R> Decision<F, R> park(List<F> facts, Promise<R> promise, Runnable effect) {
        return new Decision<>(facts, Writing.WHOLE, new Reply.Later<>(promise), effect);
    }

    private static void nothing() {}
}
