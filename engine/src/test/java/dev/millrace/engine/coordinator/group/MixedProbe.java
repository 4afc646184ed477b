package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.SeedProbe;

/// [MixedSimulation] with planted bugs.
public final class MixedProbe extends SeedProbe {
    public MixedProbe() {
        super(MixedSimulation::new);
    }
}
