package dev.millrace.engine.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.LongFunction;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Many seeds of one [Simulation]; `-Dmillrace.coordinator.seeds=N` says how many instead.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class SimulationTest {
    private static final int SEEDS_A_TEST = 50;
    private static final int EVENTFUL_SEEDS = 20;

    private final LongFunction<? extends Simulation> begin;
    private final int seeds;
    private final int leastEvents;

    /// @param leastEvents that the first twenty seeds have between them: a run in which nothing happens proves nothing
    protected SimulationTest(LongFunction<? extends Simulation> begin, int seeds, int leastEvents) {
        this.begin = begin;
        this.seeds = Integer.getInteger("millrace.coordinator.seeds", seeds);
        this.leastEvents = leastEvents;
    }

    LongStream seeds() {
        return LongStream.iterate(0, first -> first < seeds, first -> first + SEEDS_A_TEST);
    }

    /// A failure names the first seed of the test's, its message the one.
    @ParameterizedTest
    @MethodSource("seeds")
    void invariantsHold(long firstSeed) {
        for (long seed = firstSeed; seed < firstSeed + SEEDS_A_TEST; seed++) {
            try {
                begin.apply(seed).runAll();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
            }
        }
    }

    @Test
    void oneSeedIsOneRun() {
        assertEquals(traceOf(5), traceOf(5));
    }

    private String traceOf(long seed) {
        Simulation simulation = begin.apply(seed);
        simulation.run();
        return simulation.trace();
    }

    @Test
    void theSeedsAreEventful() {
        int events = 0;
        for (long seed = 0; seed < EVENTFUL_SEEDS; seed++) {
            Simulation simulation = begin.apply(seed);
            simulation.run();
            events += simulation.events();
        }
        assertTrue(events >= leastEvents, "only " + events + " events");
    }
}
