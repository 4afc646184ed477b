package dev.millrace.engine.coordinator;

import dev.millrace.engine.env.Clock;
import dev.millrace.engine.env.Timers;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Many deadlines on one timer of the host.
///
/// Deadlines are mostly pushed back (every heartbeat does it), so an entry that moves to later stays where it is in the queue
/// and is looked at again when its old time comes: pushing back is a field's assignment. One entry a key; what was cancelled
/// or replaced is left in the queue until it outweighs what is alive. Touched only in the shard's turn.
///
/// @param <T> the task
final class ShardTimers<T> {
    private static final int DEAD_ENTRIES_KEPT = 64;

    private final Clock clock;
    private final Timers timers;
    private final Consumer<Alarm> wake;

    private final Map<Object, Entry<T>> byKey = new HashMap<>();
    private final PriorityQueue<Slot<T>> queue =
            new PriorityQueue<>(
                    Comparator.<Slot<T>>comparingLong(slot -> slot.dueMs)
                            .thenComparingLong(slot -> slot.order));
    private long order;

    private @Nullable Alarm armed;

    /// A timer of the host's. One that has gone off may still wait for the turn in which another is set in its place.
    static final class Alarm {
        private final long forMs;
        private Timers.@Nullable Timer timer;

        private Alarm(long forMs) {
            this.forMs = forMs;
        }
    }

    private static final class Entry<T> {
        final Object key;
        T task;
        long dueMs;

        /// The one slot of this entry that counts.
        @Nullable Slot<T> slot;

        Entry(Object key, T task, long dueMs) {
            this.key = key;
            this.task = task;
            this.dueMs = dueMs;
        }
    }

    /// A place in the queue; two are never equal.
    private static final class Slot<T> {
        final long dueMs;
        final long order;
        final Entry<T> entry;

        Slot(long dueMs, long order, Entry<T> entry) {
            this.dueMs = dueMs;
            this.order = order;
            this.entry = entry;
        }
    }

    /// @param key under which the task stood
    record Due<T>(Object key, T task) {}

    /// @param wake called by the host's timer, in no turn: takes the turn, says that it has [#fired] and asks for what is due
    ShardTimers(Clock clock, Timers timers, Consumer<Alarm> wake) {
        this.clock = clock;
        this.timers = timers;
        this.wake = wake;
    }

    void schedule(Object key, long delayMs, T task) {
        long dueMs = clock.monotonicMs() + delayMs;
        Entry<T> entry = byKey.get(key);
        if (entry == null) {
            entry = new Entry<>(key, task, dueMs);
            byKey.put(key, entry);
        }
        entry.task = task;
        entry.dueMs = dueMs;
        Slot<T> slot = entry.slot;
        if (slot == null || dueMs < slot.dueMs) {
            enqueue(entry);
        }
    }

    void cancel(Object key) {
        Entry<T> entry = byKey.remove(key);
        if (entry != null) {
            entry.slot = null;
        }
    }

    private void enqueue(Entry<T> entry) {
        if (queue.size() > 2 * byKey.size() + DEAD_ENTRIES_KEPT) {
            queue.removeIf(slot -> slot.entry.slot != slot);
        }
        var slot = new Slot<>(entry.dueMs, order++, entry);
        entry.slot = slot;
        queue.add(slot);
    }

    /// Takes out the next task whose time has come; null when there is none.
    @Nullable Due<T> due() {
        long nowMs = clock.monotonicMs();
        for (Slot<T> slot = queue.peek();
                slot != null && slot.dueMs <= nowMs;
                slot = queue.peek()) {
            queue.remove();
            Entry<T> entry = slot.entry;
            if (entry.slot != slot) {
                continue;
            }
            if (entry.dueMs > nowMs) {
                enqueue(entry);
                continue;
            }
            byKey.remove(entry.key);
            entry.slot = null;
            return new Due<>(entry.key, entry.task);
        }
        return null;
    }

    /// Sets the host's timer for the earliest deadline; at the end of each turn.
    void arm() {
        Slot<T> next = queue.peek();
        if (next == null || (armed != null && armed.forMs <= next.dueMs)) {
            return;
        }
        disarm();
        var alarm = new Alarm(next.dueMs);
        long delayMs = Math.max(0, next.dueMs - clock.monotonicMs());
        alarm.timer = timers.schedule(delayMs, () -> wake.accept(alarm));
        armed = alarm;
    }

    private void disarm() {
        if (armed != null && armed.timer != null) {
            armed.timer.cancel();
        }
        armed = null;
    }

    /// The host's timer has gone off.
    ///
    /// @return false of one that was cancelled too late: nothing is to be done, and no other set
    boolean fired(Alarm alarm) {
        boolean isThis = alarm == armed;
        armed = isThis ? null : armed;
        return isThis;
    }

    void clear() {
        byKey.clear();
        queue.clear();
        disarm();
    }

    int size() {
        return byKey.size();
    }

    /// Slots in the queue, dead ones included; for tests of the bound.
    int slots() {
        return queue.size();
    }
}
