package dev.millrace.engine.coordinator;

import java.util.function.IntUnaryOperator;
import java.util.function.LongFunction;

/// Runs a simulation seed by seed until something is wrong, and prints what. Loaded anew for each planted bug, hence the JDK's own
/// interface.
public abstract class SeedProbe implements IntUnaryOperator {
    private final LongFunction<? extends Simulation> begin;

    protected SeedProbe(LongFunction<? extends Simulation> begin) {
        this.begin = begin;
    }

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
            begin.apply(seed).runAll();
            return false;
        } catch (AssertionError | RuntimeException found) {
            System.out.println(
                    "seed " + seed + ": " + found.toString().lines().findFirst().orElse(""));
            return true;
        }
    }
}
