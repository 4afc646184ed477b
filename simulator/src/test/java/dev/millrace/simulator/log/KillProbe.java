package dev.millrace.simulator.log;

import java.io.IOException;
import java.util.Random;
import java.util.function.IntUnaryOperator;

/// Runs the simulation seed by seed until something is wrong. Loaded anew for each mutant, hence the JDK's own interface.
public final class KillProbe implements IntUnaryOperator {
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
            int operations = CrashRun.operations(seed);
            for (int i = 0; i < POINTS; i++) {
                CrashRun.crash(seed, random.nextInt(operations + 1), random.nextLong());
            }
            CrashRun.failedSync(seed, random.nextInt(6));
            CrashRun.bitFlip(seed);
            CrashRun.flipAfterCleanStop(seed);
            return false;
        } catch (IOException | RuntimeException | StackOverflowError found) {
            return true;
        }
    }
}
