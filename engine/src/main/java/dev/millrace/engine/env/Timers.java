package dev.millrace.engine.env;

/// Runs something later.
///
/// Contract:
/// - the task runs once, not before `delayMs` have passed, on a thread of the host that holds no [Turn];
/// - the order of two tasks due at the same moment is the order in which they were scheduled;
/// - a task is short and does not block: long work goes to [Workers].
public interface Timers {
    /// @param delayMs 0 or more
    Timer schedule(long delayMs, Runnable task);

    /// A scheduled task.
    interface Timer {
        /// The task will not start after this returns, unless it has started already. Idempotent.
        void cancel();
    }
}
