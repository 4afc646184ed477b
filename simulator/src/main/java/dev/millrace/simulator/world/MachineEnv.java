package dev.millrace.simulator.world;

import dev.millrace.engine.env.Clock;
import dev.millrace.engine.env.Entropy;
import dev.millrace.engine.env.Env;
import dev.millrace.engine.env.Timers;
import dev.millrace.engine.env.Turn;
import dev.millrace.engine.env.Workers;
import java.util.Random;
import java.util.function.Consumer;
import org.apache.kafka.common.Uuid;

/// The doors of a process whose clock runs faster or slower than the world's, and which may stand still: what was to happen then
/// happens when it goes on.
final class MachineEnv implements Env {
    /// Work begins at most so much later than it was asked for.
    private static final long WORK_DELAY_NS = 2_000_000;

    private final SimWorld world;
    private final double rate;
    private final long bootNs;
    private final long wallAtBootMs;
    private final Random chance;
    private final Consumer<Runnable> enter;
    private final SimEnv turns;
    private long steppedMs;

    /// @param wallMs the wall time now
    /// @param rate of this process's clocks; 1 is the world's
    /// @param enter runs something as the process's own doing, when it can
    MachineEnv(SimWorld world, Random chance, long wallMs, double rate, Consumer<Runnable> enter) {
        this.world = world;
        this.chance = chance;
        this.rate = rate;
        this.bootNs = world.nowNs();
        this.wallAtBootMs = wallMs;
        this.enter = enter;
        this.turns = new SimEnv(world, wallMs);
    }

    /// Somebody sets the clock.
    void stepWallClock(long ms) {
        steppedMs += ms;
    }

    private long sinceBootNs() {
        return (long) ((world.nowNs() - bootNs) * rate);
    }

    /// Runs it after so long by this process's clock.
    Timers.Timer later(long localNs, Runnable task) {
        return world.schedule((long) Math.ceil(localNs / rate), () -> enter.accept(task));
    }

    @Override
    public Clock clock() {
        return new Clock() {
            @Override
            public long wallMs() {
                return wallAtBootMs + steppedMs + sinceBootNs() / 1_000_000;
            }

            @Override
            public long nanos() {
                return bootNs + sinceBootNs();
            }
        };
    }

    @Override
    public Timers timers() {
        return (delayMs, task) -> later(delayMs * 1_000_000, task);
    }

    @Override
    public Workers workers() {
        return new DelayedWorkers(work -> later(chance.nextLong(WORK_DELAY_NS), work));
    }

    @Override
    public Entropy entropy() {
        return new Entropy() {
            @Override
            public Uuid uuid() {
                return new Uuid(chance.nextLong() & Long.MAX_VALUE, chance.nextLong());
            }

            @Override
            public long below(long bound) {
                return chance.nextLong(bound);
            }
        };
    }

    @Override
    public Turn newTurn(String owner) {
        return turns.newTurn(owner);
    }
}
