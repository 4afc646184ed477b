package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.SimulationTest;

/// Seeded lives of groups of the consumer protocol. An event is: a partition that is given.
class ConsumerSimulationTest extends SimulationTest {
    ConsumerSimulationTest() {
        super(ConsumerSimulation::new, 1_000, 200);
    }
}
