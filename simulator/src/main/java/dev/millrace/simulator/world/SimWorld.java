package dev.millrace.simulator.world;

import dev.millrace.engine.env.Timers;
import java.util.PriorityQueue;
import java.util.Random;

/// The events of a simulated run in the order of their virtual time. One thread calls everything here.
///
/// Events of the same moment run in the order in which they were asked for: the contract of `Timers`.
public final class SimWorld {
    private static final int LEAST_SWEPT = 256;

    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private final long seed;
    private final Random random;
    private long nowNs;
    private long asked;
    private long ran;

    /// How many of the events will not happen.
    private int cancelled;

    private double pace = 1;

    public SimWorld(long seed) {
        this.seed = seed;
        this.random = new Random(seed);
    }

    /// Something to happen.
    private final class Event implements Timers.Timer, Comparable<Event> {
        private final long atNs;
        private final long order;
        private final Runnable task;
        private boolean cancelled;
        private boolean over;

        Event(long atNs, long order, Runnable task) {
            this.atNs = atNs;
            this.order = order;
            this.task = task;
        }

        @Override
        public int compareTo(Event other) {
            int byTime = Long.compare(atNs, other.atNs);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }

        @Override
        public void cancel() {
            if (!cancelled && !over) {
                cancelled = true;
                oneLess();
            }
        }
    }

    /// Virtual nanoseconds since the run began.
    public long nowNs() {
        return nowNs;
    }

    /// How many events have run.
    public long ran() {
        return ran;
    }

    /// A stream of chance of its own: a draw more in one does not shift the others.
    public Random stream() {
        return new Random(random.nextLong());
    }

    /// The stream of that name: the same one for the same seed, whatever other streams there are.
    public Random stream(String name) {
        return new Random(seed * 0x9E3779B97F4A7C15L + name.hashCode());
    }

    /// @param times as long as otherwise are the pauses of clients from now on
    public void pace(double times) {
        pace = times;
    }

    /// Whether clients take their time.
    public boolean isUnhurried() {
        return pace > 1;
    }

    /// What a client does after it has done nothing for a while.
    public void afterPause(long ns, Runnable task) {
        var _ = schedule((long) (ns * pace), task);
    }

    public Timers.Timer schedule(long delayNs, Runnable task) {
        var event = new Event(nowNs + Math.max(0, delayNs), asked++, task);
        events.add(event);
        return event;
    }

    /// Most timers are cancelled long before they are due: they leave when they are as many as the others.
    private void oneLess() {
        if (++cancelled > LEAST_SWEPT && cancelled > events.size() / 2) {
            events.removeIf(each -> each.cancelled);
            cancelled = 0;
        }
    }

    /// Runs the next event, after moving time to it.
    ///
    /// @return false when nothing is left to happen
    public boolean step() {
        for (Event next = events.poll(); next != null; next = events.poll()) {
            next.over = true;
            if (next.cancelled) {
                cancelled--;
            } else {
                nowNs = Math.max(nowNs, next.atNs);
                ran++;
                next.task.run();
                return true;
            }
        }
        return false;
    }

    /// Runs everything that is due within that time, and lets it pass.
    public void advance(long ns) {
        long end = nowNs + ns;
        for (Event next = events.peek(); next != null && next.atNs <= end; next = events.peek()) {
            step();
        }
        nowNs = Math.max(nowNs, end);
    }

    /// Forgets everything that was to happen: the node that asked for it is gone.
    public void clear() {
        events.clear();
        cancelled = 0;
    }
}
