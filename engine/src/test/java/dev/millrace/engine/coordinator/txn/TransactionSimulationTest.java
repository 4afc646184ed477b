package dev.millrace.engine.coordinator.txn;

import dev.millrace.engine.coordinator.SimulationTest;

/// Seeded lives of a transaction coordinator. An event is: a transaction of which records were committed or aborted.
class TransactionSimulationTest extends SimulationTest {
    TransactionSimulationTest() {
        super(TransactionSimulation::new, 1_000, 200);
    }
}
