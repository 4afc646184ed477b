package dev.millrace.engine.env;

import java.util.function.Supplier;

/// The right to touch one owner's state: one caller at a time.
///
/// In the broker a turn is a lock taken on the caller's own thread, so that there is no hand-off; in the simulator it is the
/// one thread there is, with a check. Re-entrant. Where two turns are taken together the order is: coordinator shard,
/// partition, log; never two of the same kind. Inside a turn nothing waits for another thread.
public interface Turn {
    <T> T take(Supplier<T> action);

    default void run(Runnable action) {
        take(() -> {
            action.run();
            return null;
        });
    }

    /// True when the calling thread holds this turn; owners check it where state changes.
    boolean held();
}
