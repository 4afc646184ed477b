package dev.millrace.engine.coordinator.group;

/// [GroupSimulation] with planted bugs.
public final class ClassicProbe extends SeedProbe {
    public ClassicProbe() {
        super(GroupSimulation::new);
    }
}
