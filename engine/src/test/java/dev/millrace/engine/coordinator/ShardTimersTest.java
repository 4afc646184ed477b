package dev.millrace.engine.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.millrace.engine.metadata.ManualTime;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Many deadlines on one timer of a host whose threads wait for the shard's turn.
class ShardTimersTest {
    private final ManualTime time = new ManualTime();

    /// Those that have gone off, and wait for the turn.
    private final ArrayDeque<ShardTimers.Alarm> waiting = new ArrayDeque<>();

    private final ShardTimers<String> timers = new ShardTimers<>(time, time, waiting::add);

    /// @return what was due
    private String turn() {
        var done = new StringBuilder();
        for (var due = timers.due(); due != null; due = timers.due()) {
            done.append(due.task()).append(' ');
        }
        timers.arm();
        return done.toString().strip();
    }

    /// @return what was due; null of an alarm that another was set in the place of
    private @Nullable String wake() {
        ShardTimers.Alarm alarm = waiting.remove();
        return timers.fired(alarm) ? turn() : null;
    }

    @Test
    void anAlarmWakesForTheEarliestDeadline() {
        timers.schedule(1, 100, "a");
        timers.schedule(2, 50, "b");
        timers.arm();
        time.advance(50);
        assertEquals("b", wake());
        time.advance(50);
        assertEquals("a", wake());
        assertEquals(0, time.scheduled());
    }

    /// It goes off while a turn is under way, at whose end an earlier deadline wants another.
    @Test
    void anAlarmThatComesTooLateToBeCancelledSetsNoOther() {
        timers.schedule(1, 100, "late");
        timers.schedule(2, 1_000, "last");
        timers.arm();
        timers.schedule(3, 50, "early");
        assertNull(timers.due());
        time.advance(100);
        timers.arm();
        assertEquals(1, time.scheduled());

        assertNull(wake());
        assertEquals(1, time.scheduled());
        time.advance(0);
        assertEquals("early late", wake());
        assertEquals(1, time.scheduled(), "for the last");
        time.advance(900);
        assertNotNull(waiting.peek());
        assertEquals("last", wake());
        assertEquals(0, time.scheduled());
    }

    @Test
    void nothingIsDoneAfterTheEnd() {
        timers.schedule(1, 100, "a");
        timers.arm();
        time.advance(100);
        timers.clear();
        assertNull(wake());
        assertEquals(0, time.scheduled());
    }
}
