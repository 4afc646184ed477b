package dev.millrace.simulator.run;

import dev.millrace.simulator.world.ClusterOptions.Limits;
import java.util.function.IntUnaryOperator;
import java.util.function.LongFunction;

/// [ClusterRun] with planted bugs. Loaded anew for each, hence the JDK's own interface.
public final class ClusterProbe implements IntUnaryOperator {
    private final LongFunction<RunResult> run;

    /// With whole runs.
    public ClusterProbe() {
        this(ClusterRun::of);
    }

    private ClusterProbe(LongFunction<RunResult> run) {
        this.run = run;
    }

    /// With the short runs of the gate.
    public static final class Gate implements IntUnaryOperator {
        @Override
        public int applyAsInt(int seeds) {
            return new ClusterProbe(
                            seed -> ClusterRun.of(seed, ClusterRun.gate(seed, Limits.NONE), false))
                    .applyAsInt(seeds);
        }
    }

    /// @param seeds how many to try, from the first on; of a negative number the seed of that name alone
    /// @return the seed that met the bug, or -1 when all passed
    @Override
    public int applyAsInt(int seeds) {
        for (int seed = seeds < 0 ? -seeds : 1; seed <= Math.abs(seeds); seed++) {
            String violation = run.apply(seed).violation();
            if (violation != null) {
                System.out.println(
                        "seed " + seed + ": " + violation.lines().findFirst().orElse(""));
                return seed;
            }
        }
        return -1;
    }
}
