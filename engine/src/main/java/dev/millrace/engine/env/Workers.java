package dev.millrace.engine.env;

/// Runs work that may block (a flush, a deletion, a recovery) away from the caller.
///
/// Contract: the work runs once, later or on another thread, holding no [Turn]; two pieces of work may run at the same
/// time. The host bounds the number of threads; the queue is bounded by what asks (one flush and one housekeeping task per
/// partition at a time), so nothing is refused.
public interface Workers {
    void execute(String what, Runnable work);

    /// As [#execute], for work that the present request may wait for: the host may do it on the thread that would wait, after
    /// the handler has returned.
    default void executeOrLend(String what, Runnable work) {
        execute(what, work);
    }
}
