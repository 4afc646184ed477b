package dev.millrace.engine.lag;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Time to drain from what earlier questions saw. A sample is when, where the group was, where the log ended.
final class PaceTest {
    private static final long UNKNOWN = PartitionLag.UNKNOWN;

    record Sample(long atMs, long position, long end) {}

    record Case(String what, long drainMs, List<Sample> samples) {
        Case(String what, long drainMs, Sample... samples) {
            this(what, drainMs, List.of(samples));
        }

        @Override
        public String toString() {
            return what;
        }
    }

    private static Sample s(long atMs, long position, long end) {
        return new Sample(atMs, position, end);
    }

    static Stream<Case> cases() {
        return Stream.of(
                new Case("one look says nothing of a pace", UNKNOWN, s(0, 0, 100)),
                new Case("nothing to drain", 0, s(0, 100, 100)),
                new Case("10 in a second, 90 left", 9_000, s(0, 0, 100), s(1_000, 10, 100)),
                new Case(
                        "the log grows half as fast as the group reads",
                        16_000,
                        s(0, 0, 100),
                        s(1_000, 10, 105),
                        s(2_000, 20, 110),
                        s(4_000, 40, 120)),
                new Case("keeps pace, never catches up", UNKNOWN, s(0, 0, 100), s(1_000, 10, 110)),
                new Case("falls behind", UNKNOWN, s(0, 0, 100), s(1_000, 10, 190)),
                new Case("stands still", UNKNOWN, s(0, 0, 100), s(60_000, 0, 100)),
                new Case("two looks at once", UNKNOWN, s(0, 0, 100), s(999, 10, 100)),
                new Case(
                        "a look in between is answered from the one before",
                        9_000,
                        s(0, 0, 100),
                        s(500, 2, 100),
                        s(1_000, 10, 100)),
                new Case("the group was reset", UNKNOWN, s(0, 50, 100), s(1_000, 10, 100)),
                new Case("the log was cut", UNKNOWN, s(0, 10, 100), s(1_000, 20, 90)),
                new Case(
                        "what is old says nothing of today",
                        UNKNOWN,
                        s(0, 0, 100),
                        s(Pace.WINDOW_MS + 1, 50, 100)),
                new Case(
                        "the pace of the last samples counts, not that of long ago",
                        9_000,
                        s(0, 0, 170),
                        s(1_000, 0, 170),
                        s(2_000, 10, 170),
                        s(3_000, 20, 170),
                        s(4_000, 30, 170),
                        s(5_000, 40, 170),
                        s(6_000, 50, 170),
                        s(7_000, 60, 170),
                        s(8_000, 70, 170),
                        s(9_000, 80, 170)));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void isKnown(Case c) {
        var pace = new Pace();
        long drain = UNKNOWN;
        for (Sample sample : c.samples) {
            drain = pace.drainMs(sample.atMs, sample.position, sample.end);
        }
        assertEquals(c.drainMs, drain);
    }
}
