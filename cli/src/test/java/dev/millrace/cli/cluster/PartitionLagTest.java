package dev.millrace.cli.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.cli.cluster.OldestRecords.Found;
import dev.millrace.cli.cluster.OldestRecords.NotRead;
import dev.millrace.cli.cluster.OldestRecords.NothingLeft;
import dev.millrace.cli.cluster.PartitionLag.Flag;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// How far behind, from what the cluster answers.
class PartitionLagTest {
    private static final TopicPartition PARTITION = new TopicPartition("t", 0);
    private static final long NOW_MS = 100_000;
    private static final @Nullable Long UNKNOWN = null;

    record Case(
            String name,
            @Nullable Long committed,
            long start,
            long end,
            OldestRecords.@Nullable Oldest oldest,
            @Nullable Long records,
            @Nullable Long ageMs,
            Set<Flag> flags) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Case> cases() {
        return Stream.of(
                new Case("behind", 5L, 0, 8, new Found(5, 40_000), 3L, 60_000L, Set.of()),
                new Case("everything read", 8L, 0, 8, null, 0L, 0L, Set.of()),
                new Case("empty log", 0L, 0, 0, null, 0L, 0L, Set.of()),
                new Case(
                        "nothing committed",
                        UNKNOWN,
                        0,
                        8,
                        null,
                        UNKNOWN,
                        UNKNOWN,
                        Set.of(Flag.NO_COMMIT)),
                new Case(
                        "retention took records",
                        2L,
                        5,
                        8,
                        new Found(5, 99_000),
                        3L,
                        1_000L,
                        Set.of(Flag.RETENTION_OVERTOOK)),
                new Case(
                        "retention took all",
                        2L,
                        8,
                        8,
                        null,
                        0L,
                        0L,
                        Set.of(Flag.RETENTION_OVERTOOK)),
                new Case("log was cut", 9L, 0, 8, null, 0L, 0L, Set.of(Flag.BEYOND_LOG_END)),
                new Case(
                        "hole at the offset",
                        5L,
                        0,
                        8,
                        new Found(7, 40_000),
                        1L,
                        60_000L,
                        Set.of()),
                new Case("only holes", 5L, 0, 8, new NothingLeft(), 0L, 0L, Set.of()),
                new Case(
                        "not read in time",
                        5L,
                        0,
                        8,
                        new NotRead(),
                        3L,
                        UNKNOWN,
                        Set.of(Flag.AGE_UNKNOWN)),
                new Case(
                        "no timestamp",
                        5L,
                        0,
                        8,
                        new Found(5, -1),
                        3L,
                        UNKNOWN,
                        Set.of(Flag.AGE_UNKNOWN)),
                new Case("clock ahead of ours", 5L, 0, 8, new Found(5, 100_500), 3L, 0L, Set.of()));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void lag(Case c) {
        var lag =
                PartitionLag.of(
                        PARTITION,
                        optional(c.committed),
                        c.start,
                        c.end,
                        c.end,
                        Optional.ofNullable(c.oldest));
        assertEquals(optional(c.records), lag.records());
        assertEquals(Optional.ofNullable(c.ageMs).map(Duration::ofMillis), lag.age(NOW_MS));
        assertEquals(c.flags, lag.flags());
    }

    @Test
    void whoReadsUncommittedMayBePastAnOpenTransaction() {
        for (long committed = 9; committed <= 12; committed++) {
            var lag =
                    PartitionLag.of(
                            PARTITION, OptionalLong.of(committed), 0, 8, 11, Optional.empty());
            assertEquals(OptionalLong.of(0), lag.records());
            assertEquals(committed > 11 ? Set.of(Flag.BEYOND_LOG_END) : Set.of(), lag.flags());
        }
    }

    private static OptionalLong optional(@Nullable Long value) {
        return value == null ? OptionalLong.empty() : OptionalLong.of(value);
    }

    @ParameterizedTest
    @CsvSource({
        "draining,       0, 100,  40, 100, 2000, 60,  3000",
        "standing still, 0, 100,   0, 100, 2000, 100,   -1",
        "losing ground,  0, 100,  10, 120, 2000, 110,   -1",
        "keeping up,     0, 100,  50, 150, 2000, 100,   -1",
        "drained,        0, 100, 100, 100, 2000, 0,      0"
    })
    void timeToDrain(
            String name,
            long from,
            long end,
            long to,
            long newEnd,
            long ms,
            long left,
            long drainMs) {
        var pace =
                LagPace.between(at(from, end), at(to, newEnd), Duration.ofMillis(ms)).orElseThrow();
        assertEquals((to - from) * 1e3 / ms, pace.consumedPerSecond(), name);
        assertEquals((newEnd - end) * 1e3 / ms, pace.producedPerSecond(), name);
        var drain =
                drainMs < 0 ? Optional.<Duration>empty() : Optional.of(Duration.ofMillis(drainMs));
        assertEquals(drain, pace.drain(left), name);
    }

    @ParameterizedTest
    @CsvSource({"50, 40, 100, 100, 2000", "40, 50, 100, 90, 2000", "40, 50, 100, 100, 0"})
    void noPaceWhereTheGroupWentBackOrTheLogOrNoTimePassed(
            long from, long to, long end, long newEnd, long ms) {
        assertEquals(
                Optional.empty(),
                LagPace.between(at(from, end), at(to, newEnd), Duration.ofMillis(ms)));
    }

    private static PartitionLag at(long committed, long end) {
        return PartitionLag.of(
                PARTITION, OptionalLong.of(committed), 0, end, end, Optional.of(new NotRead()));
    }
}
