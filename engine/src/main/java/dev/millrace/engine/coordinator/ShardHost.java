package dev.millrace.engine.coordinator;

import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.kafka.common.protocol.Errors;

/// What a shard lends to its state.
///
/// @param <F> the coordinator's facts
public interface ShardHost<F> {
    /// Of the partition that the shard is on: fences whoever leads it at a lower one.
    int leaderEpoch();

    /// A response to be given later, in an effect.
    ///
    /// @param refusal shapes the error if it cannot be given
    <R> Promise<R> promise(Function<Errors, R> refusal);

    /// Decides something later, in the shard's turn; replaces what stands under the same key. With a delay of 0 it is decided
    /// at the end of the present turn. When its append is refused it is tried again, [Shard#RETRY_MS] later; [Shard#FAULT_MS]
    /// when it is too large for a batch. Called in the turn, in effects only.
    ///
    /// @param key equal for equal purposes ("the session of member m"): bounds the timers by the things timed
    void schedule(Object key, long delayMs, Supplier<Decision<F, ?>> decide);

    /// Nothing when there is none.
    void cancel(Object key);

    /// Decides once everything that has been appended so far is committed, in the shard's turn; never when the leadership
    /// ends before. When its append is refused it is tried again. Called in the turn, in effects only.
    void onceCommitted(Supplier<Decision<F, ?>> decide);

    /// Decides in the shard's turn, which the caller waits for, or at its end where the caller is in it; not at all when the
    /// leadership has ended. When its append is refused it is tried again under the key. Any thread, in no other turn.
    void decide(Object key, Supplier<Decision<F, ?>> decide);

    /// Does something that takes the turns of others, once this shard's is over, soon; on a thread that holds no coordinator's or
    /// partition's. Called in the turn, in effects only.
    void outside(Runnable action);
}
