package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.SeedProbe;

/// [GroupSimulation] with planted bugs.
public final class ClassicProbe extends SeedProbe {
    public ClassicProbe() {
        super(GroupSimulation::new);
    }
}
