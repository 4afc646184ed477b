package dev.millrace.simulator.compaction;

import java.io.IOException;
import java.util.List;
import java.util.Random;
import java.util.function.IntUnaryOperator;

/// Runs histories seed by seed until something is wrong. Loaded anew for each mutant, hence the JDK's own interface.
public final class CompactionProbe implements IntUnaryOperator {
    /// Crash points of one seed.
    private static final int POINTS = 12;

    /// @return the seeds it took, or -1 when all passed
    @Override
    public int applyAsInt(int maxSeeds) {
        for (int seed = 1; seed <= maxSeeds; seed++) {
            if (fails(seed)) {
                return seed;
            }
        }
        return -1;
    }

    private static boolean fails(long seed) {
        try {
            var random = new Random(seed);
            List<Step> steps = Step.history(random, 60, 100);
            int operations = CompactionRun.undisturbed(steps);
            for (int i = 0; i < POINTS; i++) {
                CompactionRun.crash(steps, random.nextInt(operations + 1), random.nextLong());
            }
            return false;
        } catch (IOException | RuntimeException | StackOverflowError found) {
            return true;
        }
    }
}
