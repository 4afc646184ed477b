package dev.millrace.simulator.world;

import dev.millrace.engine.env.Workers;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// Workers of a simulated process: each piece of work is an event, some time later.
///
/// @param later makes it one
record DelayedWorkers(Consumer<Runnable> later) implements Workers {
    @Override
    public void execute(String what, Runnable work) {
        later.accept(work);
    }

    /// Two events: others come in between.
    @Override
    public void syncOrLend(String what, Supplier<Runnable> blocking) {
        later.accept(() -> later.accept(blocking.get()));
    }
}
