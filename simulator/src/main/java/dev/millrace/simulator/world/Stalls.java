package dev.millrace.simulator.world;

import java.util.ArrayDeque;
import java.util.function.Consumer;

/// What holds a process up: paused from outside, or waiting for its disk. What happens to it meanwhile happens when it goes on, in order.
///
/// **Owner.** The world's one thread.
public final class Stalls {
    private final SimWorld world;
    private final Consumer<Runnable> run;
    private final ArrayDeque<Runnable> backlog = new ArrayDeque<>();
    private long untilNs;

    /// @param run has something happen in the process
    public Stalls(SimWorld world, Consumer<Runnable> run) {
        this.world = world;
        this.run = run;
    }

    /// Nanoseconds until it goes on, 0 when nothing holds it up.
    public long leftNs() {
        return Math.max(0, untilNs - world.nowNs());
    }

    /// For that long from now, or as long as it stands still already.
    public void stall(long ns) {
        untilNs = Math.max(untilNs, world.nowNs() + ns);
    }

    /// Something happens to it: now, or when it goes on.
    public void enter(Runnable event) {
        if (leftNs() > 0 || !backlog.isEmpty()) {
            if (backlog.isEmpty()) {
                goOnLater();
            }
            backlog.add(event);
        } else {
            run.accept(event);
        }
    }

    /// Nothing holds it up any more.
    public void goOnNow() {
        untilNs = world.nowNs();
        goOn();
    }

    /// The process has ended: what has waited does not happen.
    public void end() {
        backlog.clear();
    }

    private void goOnLater() {
        world.schedule(leftNs(), this::goOn);
    }

    private void goOn() {
        while (!backlog.isEmpty()) {
            if (leftNs() > 0) {
                goOnLater();
                return;
            }
            run.accept(backlog.remove());
        }
    }
}
