package dev.millrace.engine.coordinator.group;

/// [MixedSimulation] with planted bugs.
public final class MixedProbe extends SeedProbe {
    public MixedProbe() {
        super(MixedSimulation::new);
    }
}
