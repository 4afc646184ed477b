package dev.millrace.engine.coordinator.group;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// When an offset is too old: now is 1,000, the broker keeps for 100.
class OffsetAgeTest {
    private static final long NEVER = CommittedOffset.NEVER;

    record Case(String name, OffsetAge age, long committedMs, long expiresMs, boolean isOver) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Case> cases() {
        var commit = new OffsetAge.SinceCommit();
        return Stream.of(
                new Case("committed just now", commit, 1_000, NEVER, false),
                new Case("committed a moment less than the time ago", commit, 901, NEVER, false),
                new Case("committed the time ago", commit, 900, NEVER, true),
                new Case("empty for less", new OffsetAge.SinceEmpty(901), 0, NEVER, false),
                new Case("empty for as long", new OffsetAge.SinceEmpty(900), 0, NEVER, true),
                new Case(
                        "committed since it is empty",
                        new OffsetAge.SinceEmpty(1),
                        999,
                        NEVER,
                        true),
                new Case("its own time is not over", commit, 0, 1_001, false),
                new Case("its own time is over", commit, 999, 1_000, true),
                new Case("its own time, empty", new OffsetAge.SinceEmpty(0), 0, 1_001, false),
                new Case(
                        "its own time, empty, over", new OffsetAge.SinceEmpty(999), 0, 1_000, true),
                new Case("what cannot be seen", new OffsetAge.Ageless(), 0, NEVER, false),
                new Case(
                        "what cannot be seen, its own time", new OffsetAge.Ageless(), 0, 1, false));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void isOver(Case c) {
        assertEquals(c.isOver, c.age.isOver(c.committedMs, c.expiresMs, 100, 1_000));
    }
}
