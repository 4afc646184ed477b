package dev.millrace.engine.coordinator.group;

import java.util.function.IntUnaryOperator;

/// Runs the simulation of streams groups seed by seed until something is wrong, as [ClassicProbe] does for classic groups.
public final class StreamsProbe implements IntUnaryOperator {
    /// @return the seeds it took, or -1 when all passed
    @Override
    public int applyAsInt(int maxSeeds) {
        for (int seed = 0; seed < maxSeeds; seed++) {
            if (fails(seed)) {
                return seed + 1;
            }
        }
        return -1;
    }

    private static boolean fails(long seed) {
        try {
            new StreamsSimulation(seed).runAll();
            return false;
        } catch (AssertionError | RuntimeException found) {
            return true;
        }
    }
}
