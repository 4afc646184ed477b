package dev.millrace.engine.metadata;

import java.util.function.IntUnaryOperator;

/// [ElectionsSimulation] over seeds, for the tests that plant bugs into what it checks.
public final class ElectionsProbe implements IntUnaryOperator {
    /// @param seeds that may be taken
    /// @return how many it took to fail, -1 when all pass
    @Override
    public int applyAsInt(int seeds) {
        for (int seed = 1; seed <= seeds; seed++) {
            try {
                new ElectionsSimulation(seed).run();
            } catch (AssertionError | RuntimeException failure) {
                System.out.println("seed " + seed + ": " + failure);
                return seed;
            }
        }
        return -1;
    }
}
