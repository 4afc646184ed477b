package dev.millrace.engine.env;

/// Runs work that may block (a flush, a deletion, a recovery) away from the caller.
///
/// Contract: the work runs once, later or on another thread, holding no [Turn]; two pieces of work may run at the same
/// time. The host bounds the number of threads; the queue is bounded by what asks (one flush and one housekeeping task per
/// partition at a time), so nothing is refused.
public interface Workers {
    void execute(String what, Runnable work);
}
