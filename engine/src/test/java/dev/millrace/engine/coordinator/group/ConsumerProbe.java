package dev.millrace.engine.coordinator.group;

/// The simulation of groups of the consumer protocol.
public final class ConsumerProbe extends SeedProbe {
    @Override
    void run(long seed) {
        new ConsumerSimulation(seed).runAll();
    }
}
