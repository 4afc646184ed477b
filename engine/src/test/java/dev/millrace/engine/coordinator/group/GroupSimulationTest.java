package dev.millrace.engine.coordinator.group;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Seeded lives of a group under faults; the invariants are checked after every step.
class GroupSimulationTest {
    private static final int SEEDS = 1_000;

    static LongStream seeds() {
        return LongStream.range(0, SEEDS / 50).map(block -> block * 50);
    }

    /// Fifty seeds a test: a failure names the first, its message the one.
    @ParameterizedTest
    @MethodSource("seeds")
    void invariantsHold(long firstSeed) {
        for (long seed = firstSeed; seed < firstSeed + 50; seed++) {
            try {
                new GroupSimulation(seed).runAll();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
            }
        }
    }

    @Test
    void oneSeedIsOneRun() {
        var first = new GroupSimulation(5);
        var second = new GroupSimulation(5);
        first.run(GroupSimulation.STEPS);
        second.run(GroupSimulation.STEPS);
        assertEquals(first.trace(), second.trace());
    }

    /// A run in which nothing happens proves nothing.
    @Test
    void theSeedsAreEventful() {
        int generations = 0;
        for (long seed = 0; seed < 20; seed++) {
            var simulation = new GroupSimulation(seed);
            simulation.run(GroupSimulation.STEPS);
            generations += simulation.stableGenerations();
        }
        assertTrue(generations > 60, "generations: " + generations);
    }
}
