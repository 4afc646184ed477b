package dev.millrace.engine.coordinator.group;

import java.util.function.IntUnaryOperator;

/// Runs a simulation seed by seed until something is wrong, and prints what. Loaded anew for each planted bug, hence the JDK's own
/// interface.
abstract class SeedProbe implements IntUnaryOperator {
    /// @throws AssertionError when a seed breaks what must hold
    abstract void run(long seed);

    /// @return the seeds it took, or -1 when all passed
    @Override
    public final int applyAsInt(int maxSeeds) {
        for (int seed = 0; seed < maxSeeds; seed++) {
            if (fails(seed)) {
                return seed + 1;
            }
        }
        return -1;
    }

    private boolean fails(long seed) {
        try {
            run(seed);
            return false;
        } catch (AssertionError | RuntimeException found) {
            System.out.println(
                    "seed " + seed + ": " + found.toString().lines().findFirst().orElse(""));
            return true;
        }
    }
}
