package dev.millrace.engine.coordinator.group;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Seeded lives of a streams group under faults; the invariants are checked after every step. More of them with
/// `-Dtest.jvm.args=-Dmillrace.streams.seeds=2000`.
class StreamsSimulationTest {
    private static final int SEEDS = Integer.getInteger("millrace.streams.seeds", 200);

    static LongStream seeds() {
        return LongStream.range(0, SEEDS / 50).map(block -> block * 50);
    }

    /// Fifty seeds a test: a failure names the first, its message the one.
    @ParameterizedTest
    @MethodSource("seeds")
    void invariantsHold(long firstSeed) {
        for (long seed = firstSeed; seed < firstSeed + 50; seed++) {
            try {
                new StreamsSimulation(seed).runAll();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
            }
        }
    }

    @Test
    void oneSeedIsOneRun() {
        var first = new StreamsSimulation(5);
        var second = new StreamsSimulation(5);
        first.run(StreamsSimulation.STEPS);
        second.run(StreamsSimulation.STEPS);
        assertEquals(first.trace(), second.trace());
    }

    /// A run in which nothing happens proves nothing.
    @Test
    void theSeedsAreEventful() {
        int handovers = 0;
        int staleCommits = 0;
        for (long seed = 0; seed < 20; seed++) {
            var simulation = new StreamsSimulation(seed);
            simulation.run(StreamsSimulation.STEPS);
            handovers += simulation.handovers();
            staleCommits += simulation.staleCommits();
        }
        assertTrue(handovers > 200, "tasks given: " + handovers);
        assertTrue(staleCommits > 0, "commits of the past: " + staleCommits);
    }
}
