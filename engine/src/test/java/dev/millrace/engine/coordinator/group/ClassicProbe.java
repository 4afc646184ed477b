package dev.millrace.engine.coordinator.group;

/// The simulation of groups of the classic protocol.
public final class ClassicProbe extends SeedProbe {
    @Override
    void run(long seed) {
        new GroupSimulation(seed).runAll();
    }
}
