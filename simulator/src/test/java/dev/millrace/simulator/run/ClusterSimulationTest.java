package dev.millrace.simulator.run;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.simulator.world.ClusterOptions.Limits;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// `-Dmillrace.cluster.seeds=N` runs more seeds, `-Dmillrace.cluster.first=N` begins elsewhere; `./simulate --seed N` tells the story
/// of one that fails.
class ClusterSimulationTest {
    private static final int SEEDS = Integer.getInteger("millrace.cluster.seeds", 4);
    private static final long FIRST = Long.getLong("millrace.cluster.first", 1);

    @Test
    void nothingThatWasPromisedIsLostAndTheClusterComesBack() {
        long virtualMs = 0;
        long events = 0;
        long operations = 0;
        long acknowledged = 0;
        long faults = 0;
        long began = System.nanoTime();
        for (long seed = FIRST; seed < FIRST + SEEDS; seed++) {
            RunResult result = ClusterRun.of(seed);
            if (result.violation() != null) {
                throw new AssertionError(
                        "./simulate --seed %d: %s%nwith %s"
                                .formatted(seed, result.violation(), result.options()));
            }
            virtualMs += result.virtualMs();
            events += result.events();
            operations += result.operations();
            acknowledged += result.acknowledged();
            faults += result.counts().values().stream().mapToLong(each -> each).sum();
        }
        double seconds = (System.nanoTime() - began) / 1e9;
        System.out.printf(
                "%d seeds, %.1f virtual hours, %d events (%.0f/s), %d faults, %d operations checked, %d acknowledged%n",
                SEEDS,
                virtualMs / 3_600_000.0,
                events,
                events / seconds,
                faults,
                operations,
                acknowledged);
        assertTrue(acknowledged > 20L * SEEDS, acknowledged + " acknowledged");
        assertTrue(faults > SEEDS, faults + " faults");
    }

    /// What is done every five minutes, every hour, after a time-out of minutes, beside faults.
    @ParameterizedTest
    @ValueSource(longs = {2, 3})
    void hoursInWhichLittleHappensAtATime(long seed) {
        RunResult result =
                ClusterRun.of(seed, ClusterRun.options(seed, Limits.NONE).over(1), false);
        assertNull(result.violation(), () -> String.valueOf(result.options()));
        assertTrue(result.virtualMs() >= 3_600_000, result.virtualMs() + " ms");
        assertTrue(result.acknowledged() > 200, result.acknowledged() + " acknowledged");
    }

    /// Each found a fault: a lost metadata log whose leader's address nobody told; a replaced disk that the controller never heard of;
    /// torn logs after a stop that counted as clean; what was told as committed before its flush; a follower that filled its disk to the last byte;
    /// a torn batch that was taken for damage, for one bit of its length would have mended it; a
    /// leader that showed, after a kill, what it had not flushed; a transaction that had begun by a clock minutes ahead, and was to time out
    /// as much later; and nine of the simulation's own: a crash that a
    /// registration had told of was held against the process after a clean stop, and so was one amid the stop, when all logs were closed, or none
    /// had been opened; a marker of version 1 of transactions that was late ended the next transaction, which is Kafka's own hole (KIP-890); a
    /// broker that had stood still while another was elected, and acknowledged, called the next batch out of order, by its own log; a
    /// partition that was given to a broker whose disk was gone already; and one that had been moved away from a broker, which was killed as it
    /// heard of it, and was held to have it; a stop of the only other broker that had what was on a lost disk; and a leader that was held to
    /// have what was committed when another had been named already, and its own log was gone.
    @ParameterizedTest
    @ValueSource(
            longs = {
                449,
                301,
                12,
                373,
                765,
                990000023,
                1400001371,
                1600003625,
                1700003799,
                2100004867,
                2100006532,
                2200005173L,
                2400004956L,
                2800000856L,
                2900000710L,
                2900000851L,
                2900004110L
            })
    void whatSeedsHaveFoundStaysMended(long seed) {
        RunResult result = ClusterRun.of(seed);
        assertNull(result.violation(), () -> String.valueOf(result.options()));
    }
}
