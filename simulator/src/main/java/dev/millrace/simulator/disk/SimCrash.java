package dev.millrace.simulator.disk;

/// The power is gone: thrown by every operation from the crash point on, through all layers, to whoever runs the simulation.
public final class SimCrash extends RuntimeException {
    private static final long serialVersionUID = 1L;

    SimCrash(String operation) {
        super("crash before: " + operation, null, false, false);
    }
}
