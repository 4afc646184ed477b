package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.SeedProbe;

/// [ConsumerSimulation] with planted bugs.
public final class ConsumerProbe extends SeedProbe {
    public ConsumerProbe() {
        super(ConsumerSimulation::new);
    }
}
