package dev.millrace.engine.coordinator.group;

/// [ConsumerSimulation] with planted bugs.
public final class ConsumerProbe extends SeedProbe {
    public ConsumerProbe() {
        super(ConsumerSimulation::new);
    }
}
