package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.SimulationTest;

/// Seeded lives of groups that go from one protocol to the other and back. An event is: a group that changes its kind.
class MixedSimulationTest extends SimulationTest {
    MixedSimulationTest() {
        super(MixedSimulation::new, 200, 40);
    }
}
