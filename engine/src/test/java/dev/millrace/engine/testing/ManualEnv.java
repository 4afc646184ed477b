package dev.millrace.engine.testing;

import dev.millrace.engine.env.Clock;
import dev.millrace.engine.env.Entropy;
import dev.millrace.engine.env.Env;
import dev.millrace.engine.env.Timers;
import dev.millrace.engine.env.Turn;
import dev.millrace.engine.env.Workers;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.function.Supplier;
import org.apache.kafka.common.Uuid;

/// A world that moves only when the test says so: time stands still, timers fire on [#advance], work runs at once.
public final class ManualEnv implements Env {
    private static final String NOTHING = "\0";

    private final Random random;
    private long nowMs;
    private long scheduled;
    private final PriorityQueue<Due> timers =
            new PriorityQueue<>(
                    Comparator.comparingLong((Due d) -> d.atMs).thenComparingLong(d -> d.order));
    private final List<String> work = new ArrayList<>();
    private final List<Runnable> heldWork = new ArrayList<>();
    private String held = NOTHING;

    /// @param nowMs wall time, ms since the epoch
    public ManualEnv(long nowMs, long seed) {
        this.nowMs = nowMs;
        this.random = new Random(seed);
    }

    private static final class Due implements Timers.Timer {
        private final long atMs;
        private final long order;
        private final Runnable task;
        private boolean cancelled;

        Due(long atMs, long order, Runnable task) {
            this.atMs = atMs;
            this.order = order;
            this.task = task;
        }

        @Override
        public void cancel() {
            cancelled = true;
        }
    }

    /// Lets that much time pass; timers fire in their order, each at its own moment.
    public void advance(long ms) {
        long end = nowMs + ms;
        for (Due next = timers.peek(); next != null && next.atMs <= end; next = timers.peek()) {
            timers.remove(next);
            nowMs = Math.max(nowMs, next.atMs);
            if (!next.cancelled) {
                next.task.run();
            }
        }
        nowMs = end;
    }

    /// Whoever waits for time to pass is gone: a process was killed.
    public void forget() {
        timers.clear();
    }

    /// Work whose name begins so waits until [#release].
    public void hold(String prefix) {
        held = prefix;
    }

    public void release() {
        held = NOTHING;
        List<Runnable> tasks = List.copyOf(heldWork);
        heldWork.clear();
        tasks.forEach(Runnable::run);
    }

    /// What was given to the workers, in order.
    public List<String> work() {
        return work;
    }

    @Override
    public Clock clock() {
        return new Clock() {
            @Override
            public long wallMs() {
                return nowMs;
            }

            @Override
            public long nanos() {
                return nowMs * 1_000_000;
            }
        };
    }

    @Override
    public Timers timers() {
        return (delayMs, task) -> {
            var due = new Due(nowMs + delayMs, scheduled++, task);
            timers.add(due);
            return due;
        };
    }

    @Override
    public Workers workers() {
        return (what, task) -> {
            work.add(what);
            if (what.startsWith(held)) {
                heldWork.add(task);
            } else {
                task.run();
            }
        };
    }

    @Override
    public Entropy entropy() {
        return new Entropy() {
            @Override
            public Uuid uuid() {
                return new Uuid(random.nextLong() & Long.MAX_VALUE, random.nextLong());
            }

            @Override
            public long below(long bound) {
                return random.nextLong(bound);
            }
        };
    }

    @Override
    public Turn newTurn(String owner) {
        return new Turn() {
            private int depth;

            @Override
            public <T> T take(Supplier<T> action) {
                depth++;
                try {
                    return action.get();
                } finally {
                    depth--;
                }
            }

            @Override
            public boolean held() {
                return depth > 0;
            }
        };
    }
}
