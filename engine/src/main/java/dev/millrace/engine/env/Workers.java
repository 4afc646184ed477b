package dev.millrace.engine.env;

import java.util.List;
import java.util.function.Supplier;

/// Runs work that may block (a flush, a deletion, a recovery) away from the caller.
///
/// Contract of [#execute]: the work runs once, later or on another thread, holding no [Turn]; two pieces of work may run at the same
/// time. The host bounds the number of threads; the queue is bounded by what asks (one flush and one housekeeping task per
/// partition at a time), so nothing is refused.
public interface Workers {
    void execute(String what, Runnable work);

    /// As [#execute], for work that the present request may wait for: the host may do it on the thread that would wait, after
    /// the handler has returned.
    default void executeOrLend(String what, Runnable work) {
        execute(what, work);
    }

    /// As [#executeOrLend], for work in two parts: what blocks, and what follows from it. Others come in between, as they do while a disk
    /// syncs; a simulation, in which nothing blocks, lets them.
    default void syncOrLend(String what, Supplier<Runnable> blocking) {
        executeOrLend(what, () -> blocking.get().run());
    }

    /// Runs pieces of work that have nothing to do with each other, some at the same time, and returns when all of them have
    /// ended. The caller's thread does its share. A piece takes no [Turn]: the caller may hold one.
    ///
    /// @throws RuntimeException or an error: that of the first piece, in their order, that threw one
    default void together(String what, List<Runnable> pieces) {
        pieces.forEach(Runnable::run);
    }
}
