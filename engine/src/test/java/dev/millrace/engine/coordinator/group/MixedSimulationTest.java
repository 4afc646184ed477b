package dev.millrace.engine.coordinator.group;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Seeded lives of a group that goes from one protocol to the other and back, under faults; the invariants are checked after
/// every step. `-Dmixed.seeds=2000` for more of them.
final class MixedSimulationTest {
    private static final int SEEDS = Integer.getInteger("mixed.seeds", 200);

    static LongStream seeds() {
        return LongStream.range(0, SEEDS / 50).map(block -> block * 50);
    }

    /// Fifty seeds a test: a failure names the one.
    @ParameterizedTest
    @MethodSource("seeds")
    void invariantsHold(long firstSeed) {
        for (long seed = firstSeed; seed < firstSeed + 50; seed++) {
            try {
                new MixedSimulation(seed).runAll();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
            }
        }
    }

    @Test
    void oneSeedIsOneRun() {
        var first = new MixedSimulation(5);
        var second = new MixedSimulation(5);
        first.run(MixedSimulation.STEPS);
        second.run(MixedSimulation.STEPS);
        assertEquals(first.trace(), second.trace());
    }

    /// A run in which nothing happens proves nothing.
    @Test
    void theSeedsAreEventful() {
        int conversions = 0;
        for (long seed = 0; seed < 20; seed++) {
            var simulation = new MixedSimulation(seed);
            simulation.run(MixedSimulation.STEPS);
            conversions += simulation.conversions();
        }
        assertTrue(conversions > 40, "conversions: " + conversions);
    }
}
