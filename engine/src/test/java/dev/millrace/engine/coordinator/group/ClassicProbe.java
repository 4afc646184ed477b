package dev.millrace.engine.coordinator.group;

import java.util.function.IntUnaryOperator;

/// Runs the simulation of classic groups seed by seed until something is wrong. Loaded anew for each planted bug, hence the
/// JDK's own interface.
public final class ClassicProbe implements IntUnaryOperator {
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
            new GroupSimulation(seed).runAll();
            return false;
        } catch (AssertionError | RuntimeException found) {
            return true;
        }
    }
}
