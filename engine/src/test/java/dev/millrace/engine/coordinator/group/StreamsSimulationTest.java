package dev.millrace.engine.coordinator.group;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.coordinator.SimulationTest;
import org.junit.jupiter.api.Test;

/// Seeded lives of streams groups. An event is: a task that is given.
class StreamsSimulationTest extends SimulationTest {
    StreamsSimulationTest() {
        super(StreamsSimulation::new, 200, 200);
    }

    /// Commits are sent that must be refused, or are of the past and must not be.
    @Test
    void commitsOfThePastAreTried() {
        int staleCommits = 0;
        for (long seed = 0; seed < 20; seed++) {
            var simulation = new StreamsSimulation(seed);
            simulation.run();
            staleCommits += simulation.staleCommits();
        }
        assertTrue(staleCommits > 0, "commits of the past: " + staleCommits);
    }
}
