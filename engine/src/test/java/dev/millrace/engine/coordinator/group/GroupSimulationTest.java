package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.SimulationTest;

/// Seeded lives of groups of the classic protocol. An event is: a generation that becomes stable.
class GroupSimulationTest extends SimulationTest {
    GroupSimulationTest() {
        super(GroupSimulation::new, 1_000, 60);
    }
}
