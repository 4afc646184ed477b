package dev.millrace.simulator.run;

import java.util.function.IntUnaryOperator;

/// [ClusterRun] with planted bugs. Loaded anew for each, hence the JDK's own interface.
public final class ClusterProbe implements IntUnaryOperator {
    /// @param seeds how many to try, from the first on; of a negative number the seed of that name alone
    /// @return the seed that met the bug, or -1 when all passed
    @Override
    public int applyAsInt(int seeds) {
        for (int seed = seeds < 0 ? -seeds : 1; seed <= Math.abs(seeds); seed++) {
            String violation = ClusterRun.of(seed).violation();
            if (violation != null) {
                System.out.println(
                        "seed " + seed + ": " + violation.lines().findFirst().orElse(""));
                return seed;
            }
        }
        return -1;
    }
}
