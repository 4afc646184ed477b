package dev.millrace.engine.lag;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.engine.lag.PartitionLag.Flag;
import dev.millrace.engine.log.FirstData;
import dev.millrace.engine.replica.Partition.Bounds;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What is lag, case by case. The log is 10 to 120, a transaction is open from 100 on, the time is 5,000.
final class LagRuleTest {
    private static final Bounds BOUNDS = new Bounds(10, 100, 120, 0, true);
    private static final FirstData NONE = new FirstData.None(100);
    private static final long UNKNOWN = PartitionLag.UNKNOWN;

    record Case(
            String what,
            long committed,
            FirstData first,
            long records,
            long ageMs,
            List<Flag> flags) {
        Case(String what, long committed, FirstData first, long records, long ageMs) {
            this(what, committed, first, records, ageMs, List.of());
        }

        @Override
        public String toString() {
            return what;
        }
    }

    private static FirstData at(long offset, long timestamp) {
        return new FirstData.Found(offset, timestamp);
    }

    static Stream<Case> cases() {
        return Stream.of(
                new Case("in the middle", 60, at(60, 4_000), 40, 1_000),
                new Case("nothing read yet", 10, at(10, 0), 90, 5_000),
                new Case("all read", 100, NONE, 0, 0),
                new Case("only markers and holes follow", 95, NONE, 0, 0),
                new Case("a hole or markers come first", 60, at(70, 4_500), 30, 500),
                new Case("a record from the future", 60, at(60, 9_000), 40, 0),
                new Case("a record without a timestamp", 60, at(60, -1), 40, UNKNOWN),
                new Case(
                        "too many markers to look behind",
                        60,
                        new FirstData.Beyond(80),
                        20,
                        UNKNOWN),
                new Case(
                        "retention has overtaken the group",
                        4,
                        at(10, 3_000),
                        90,
                        2_000,
                        List.of(Flag.RETENTION_OVERTOOK)),
                new Case(
                        "retention has left nothing",
                        4,
                        NONE,
                        0,
                        0,
                        List.of(Flag.RETENTION_OVERTOOK)),
                new Case(
                        "just overtaken it",
                        9,
                        at(10, 3_000),
                        90,
                        2_000,
                        List.of(Flag.RETENTION_OVERTOOK)),
                new Case("past the open transaction, reading uncommitted", 120, NONE, 0, 0),
                new Case("the log was cut", 121, NONE, 0, 0, List.of(Flag.BEYOND_LOG_END)));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void holds(Case c) {
        LagRule lag = LagRule.of(c.committed, BOUNDS, c.first, 5_000);
        assertEquals(c.records, lag.records());
        assertEquals(c.ageMs, lag.ageMs());
        assertEquals(c.flags, lag.flags());
    }
}
