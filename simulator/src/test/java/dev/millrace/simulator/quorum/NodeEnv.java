package dev.millrace.simulator.quorum;

import dev.millrace.engine.env.Clock;
import dev.millrace.engine.env.Entropy;
import dev.millrace.engine.env.Env;
import dev.millrace.engine.env.Timers;
import dev.millrace.engine.env.Turn;
import dev.millrace.engine.env.Workers;
import dev.millrace.simulator.world.SimEnv;
import dev.millrace.simulator.world.SimWorld;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/// The doors of a process whose clock runs faster or slower than the world's, and which may stand still: what was to happen then
/// happens when it goes on. What is to happen after its end is forgotten with it.
final class NodeEnv implements Env {
    private final SimWorld world;
    private final SimEnv plain;
    private final double rate;
    private final long bootNs;
    private final Map<Long, Runnable> awaited = new HashMap<>();
    private Consumer<Runnable> enter;
    private long asked;
    private long wallOffsetMs;

    /// @param rate of this node's clock; 1 is the world's
    /// @param enter runs something as the node's own doing, when it can
    NodeEnv(SimWorld world, long wallMs, double rate, Consumer<Runnable> enter) {
        this.world = world;
        this.plain = new SimEnv(world, wallMs);
        this.rate = rate;
        this.bootNs = world.nowNs();
        this.enter = enter;
        this.wallOffsetMs = wallMs - bootNs / 1_000_000;
    }

    void enter(Runnable task) {
        enter.accept(task);
    }

    /// The process has ended: nothing that waits holds it any longer. Moments that were asked for still come; nothing happens then.
    void end() {
        enter = _ -> {};
        awaited.clear();
    }

    void moveWallClock(long ms) {
        wallOffsetMs += ms;
    }

    private long localNs() {
        return bootNs + (long) ((world.nowNs() - bootNs) * rate);
    }

    /// Runs it after so long by this node's clock.
    Timers.Timer later(long localNs, Runnable task) {
        return await((long) Math.ceil(localNs / rate), () -> enter.accept(task));
    }

    private Timers.Timer await(long ns, Runnable task) {
        long number = asked++;
        awaited.put(number, task);
        Timers.Timer timer = world.schedule(ns, () -> come(number));
        return () -> {
            awaited.remove(number);
            timer.cancel();
        };
    }

    private void come(long number) {
        Runnable task = awaited.remove(number);
        if (task != null) {
            task.run();
        }
    }

    @Override
    public Clock clock() {
        return new Clock() {
            @Override
            public long wallMs() {
                return localNs() / 1_000_000 + wallOffsetMs;
            }

            @Override
            public long nanos() {
                return localNs();
            }
        };
    }

    @Override
    public Timers timers() {
        return (delayMs, task) -> later(delayMs * 1_000_000, task);
    }

    @Override
    public Workers workers() {
        return (what, work) -> later(1_000_000, work);
    }

    @Override
    public Entropy entropy() {
        return plain.entropy();
    }

    @Override
    public Turn newTurn(String owner) {
        return plain.newTurn(owner);
    }
}
