package dev.millrace.engine.metadata;

import dev.millrace.engine.env.Clock;
import dev.millrace.engine.env.Timers;
import dev.millrace.engine.env.Turn;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A clock that the test turns, its timers, and turns for one thread.
public final class ManualTime implements Clock, Timers {
    private final PriorityQueue<Task> tasks =
            new PriorityQueue<>(
                    Comparator.comparingLong(Task::dueMs).thenComparingLong(Task::order));
    private long nowMs = 1_000_000;
    private long order;
    private long wallAheadMs;

    private record Task(long dueMs, long order, Runnable action) {}

    @Override
    public long wallMs() {
        return nowMs + wallAheadMs;
    }

    /// Somebody sets the wall clock; time goes on as before.
    public void setWall(long byMs) {
        wallAheadMs += byMs;
    }

    @Override
    public long nanos() {
        return nowMs * 1_000_000;
    }

    @Override
    public Timer schedule(long delayMs, Runnable action) {
        var task = new Task(nowMs + delayMs, order++, action);
        tasks.add(task);
        return () -> tasks.remove(task);
    }

    /// Timers that are still to fire.
    public int scheduled() {
        return tasks.size();
    }

    /// Moves on, running what falls due on the way.
    public void advance(long ms) {
        long end = nowMs + ms;
        for (@Nullable Task next = tasks.peek();
                next != null && next.dueMs() <= end;
                next = tasks.peek()) {
            tasks.remove(next);
            nowMs = Math.max(nowMs, next.dueMs());
            next.action().run();
        }
        nowMs = end;
    }

    public static Turn turn() {
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
