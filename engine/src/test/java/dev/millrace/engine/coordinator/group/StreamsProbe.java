package dev.millrace.engine.coordinator.group;

import dev.millrace.engine.coordinator.SeedProbe;

/// [StreamsSimulation] with planted bugs.
public final class StreamsProbe extends SeedProbe {
    public StreamsProbe() {
        super(StreamsSimulation::new);
    }
}
