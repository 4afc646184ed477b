package dev.millrace.engine.api;

import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.apache.kafka.common.requests.ApiError;

/// What the controller could not decide, as an answer.
final class Refusals {
    private Refusals() {}

    /// Answers with what was decided, or, where the stage failed (no controller, not in time, refused as a whole), with what
    /// `refused` makes of the error.
    static <R> Outcome<R> outcome(CompletionStage<R> decided, Function<ApiError, R> refused) {
        return Outcome.when(
                decided.exceptionally(failure -> refused.apply(ApiError.fromThrowable(failure))));
    }
}
