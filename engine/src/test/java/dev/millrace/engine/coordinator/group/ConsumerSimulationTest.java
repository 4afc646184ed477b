package dev.millrace.engine.coordinator.group;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Seeded lives of a group of the consumer protocol under faults; the invariants are checked after every step.
class ConsumerSimulationTest {
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
                new ConsumerSimulation(seed).runAll();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
            }
        }
    }

    @Test
    void oneSeedIsOneRun() {
        var first = new ConsumerSimulation(5);
        var second = new ConsumerSimulation(5);
        first.run(ConsumerSimulation.STEPS);
        second.run(ConsumerSimulation.STEPS);
        assertEquals(first.trace(), second.trace());
    }

    /// A run in which nothing happens proves nothing.
    @Test
    void theSeedsAreEventful() {
        int handovers = 0;
        for (long seed = 0; seed < 20; seed++) {
            var simulation = new ConsumerSimulation(seed);
            simulation.run(ConsumerSimulation.STEPS);
            handovers += simulation.handovers();
        }
        assertTrue(handovers > 200, "partitions given: " + handovers);
    }
}
