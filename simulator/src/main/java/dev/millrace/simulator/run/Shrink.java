package dev.millrace.simulator.run;

import dev.millrace.simulator.world.ClusterOptions;
import dev.millrace.simulator.world.Fault;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/// Looks for less that still fails: fewer kinds of faults, a shorter run.
public final class Shrink {
    private static final int MOST_RUNS = 60;

    private final long seed;
    private final Consumer<String> says;
    private int runs;

    private Shrink(long seed, Consumer<String> says) {
        this.seed = seed;
        this.says = says;
    }

    /// @param says told of every step
    /// @return options with which the seed fails, not larger than those given
    public static ClusterOptions of(long seed, ClusterOptions failing, Consumer<String> says) {
        var shrink = new Shrink(seed, says);
        return shrink.faults(shrink.seconds(failing));
    }

    private boolean fails(ClusterOptions options) {
        runs++;
        return ClusterRun.of(seed, options, false).violation() != null;
    }

    private ClusterOptions seconds(ClusterOptions failing) {
        ClusterOptions least = failing;
        while (least.seconds() > 1 && runs < MOST_RUNS) {
            ClusterOptions shorter = least.within(least.seconds() / 2);
            if (!fails(shorter)) {
                return least;
            }
            least = shorter;
            says.accept("fails within %d s".formatted(least.seconds()));
        }
        return least;
    }

    private ClusterOptions faults(ClusterOptions failing) {
        ClusterOptions least = failing;
        for (Fault fault : List.copyOf(failing.faults())) {
            Set<Fault> fewer = EnumSet.copyOf(least.faults());
            fewer.remove(fault);
            ClusterOptions without = least.with(fewer);
            if (runs < MOST_RUNS && fails(without)) {
                least = without;
                says.accept("fails without " + fault);
            }
        }
        return least;
    }
}
