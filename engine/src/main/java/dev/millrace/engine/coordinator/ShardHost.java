package dev.millrace.engine.coordinator;

import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.kafka.common.protocol.Errors;

/// What a shard lends to its state.
///
/// @param <F> the coordinator's facts
public interface ShardHost<F> {
    /// A response to be given later, in an effect.
    ///
    /// @param refusal shapes the error if it cannot be given
    <R> Promise<R> promise(Function<Errors, R> refusal);

    /// Decides something later, in the shard's turn; replaces what stands under the same key. With a delay of 0 it is decided
    /// at the end of the present turn. When its append is refused it is tried again, [Shard#RETRY_MS] later. Called in the
    /// turn, in effects only.
    ///
    /// @param key equal for equal purposes ("the session of member m"): bounds the timers by the things timed
    void schedule(Object key, long delayMs, Supplier<Decision<F, ?>> decide);

    /// Nothing when there is none.
    void cancel(Object key);
}
