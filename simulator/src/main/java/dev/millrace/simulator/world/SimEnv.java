package dev.millrace.simulator.world;

import dev.millrace.engine.check.Invariant;
import dev.millrace.engine.env.Clock;
import dev.millrace.engine.env.Entropy;
import dev.millrace.engine.env.Env;
import dev.millrace.engine.env.Timers;
import dev.millrace.engine.env.Turn;
import dev.millrace.engine.env.Workers;
import java.util.Random;
import java.util.function.Supplier;
import org.apache.kafka.common.Uuid;

/// The doors of one node in a [SimWorld]. Its wall clock runs beside the world's by an offset that may be set.
public final class SimEnv implements Env {
    /// Work begins at most so much later than it was asked for.
    private static final long WORK_DELAY_NS = 2_000_000;

    private final SimWorld world;
    private final Random entropy;
    private final Random delays;
    private long wallOffsetMs;
    private boolean ended;

    /// Threads that took two of them might wait for each other for ever: here that is found with one.
    private final Kind coordinators = new Kind();

    /// @param wallMs the node's wall time now, ms since the epoch
    public SimEnv(SimWorld world, long wallMs) {
        this.world = world;
        this.entropy = world.stream();
        this.delays = world.stream();
        this.wallOffsetMs = wallMs - world.nowNs() / 1_000_000;
    }

    /// Somebody sets the clock.
    public void moveWallClock(long ms) {
        wallOffsetMs += ms;
    }

    /// The node is gone: nothing that it asked for happens any more.
    public void end() {
        ended = true;
    }

    private Timers.Timer later(long delayNs, Runnable task) {
        return world.schedule(
                delayNs,
                () -> {
                    if (!ended) {
                        task.run();
                    }
                });
    }

    @Override
    public Clock clock() {
        return new Clock() {
            @Override
            public long wallMs() {
                return world.nowNs() / 1_000_000 + wallOffsetMs;
            }

            @Override
            public long nanos() {
                return world.nowNs();
            }
        };
    }

    @Override
    public Timers timers() {
        return (delayMs, task) -> later(delayMs * 1_000_000, task);
    }

    @Override
    public Workers workers() {
        return new DelayedWorkers(work -> later(delays.nextLong(WORK_DELAY_NS), work));
    }

    @Override
    public Entropy entropy() {
        return new Entropy() {
            @Override
            public Uuid uuid() {
                return new Uuid(entropy.nextLong() & Long.MAX_VALUE, entropy.nextLong());
            }

            @Override
            public long below(long bound) {
                return entropy.nextLong(bound);
            }
        };
    }

    @Override
    public Turn newTurn(String owner) {
        return new SimTurn(owner.startsWith("coordinator of ") ? coordinators : new Kind());
    }

    /// Owners of one kind: no two of their turns are taken together.
    private static final class Kind {
        private int held;
    }

    /// There is one thread, so nobody waits; the turn only knows whether it is taken.
    private static final class SimTurn implements Turn {
        private final Kind kind;
        private int depth;

        SimTurn(Kind kind) {
            this.kind = kind;
        }

        @Override
        public <T> T take(Supplier<T> action) {
            if (depth == 0) {
                Invariant.check(kind.held == 0, "never two turns of the same kind");
                kind.held++;
            }
            depth++;
            try {
                return action.get();
            } finally {
                depth--;
                if (depth == 0) {
                    kind.held--;
                }
            }
        }

        @Override
        public boolean held() {
            return depth > 0;
        }
    }
}
