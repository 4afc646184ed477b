package dev.millrace.engine.coordinator.txn;

import dev.millrace.engine.coordinator.SeedProbe;

/// [TransactionSimulation] with planted bugs.
public final class TransactionProbe extends SeedProbe {
    public TransactionProbe() {
        super(TransactionSimulation::new);
    }
}
