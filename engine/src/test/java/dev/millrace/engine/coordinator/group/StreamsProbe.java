package dev.millrace.engine.coordinator.group;

/// [StreamsSimulation] with planted bugs.
public final class StreamsProbe extends SeedProbe {
    public StreamsProbe() {
        super(StreamsSimulation::new);
    }
}
