package dev.millrace.simulator.compaction;

import java.io.IOException;
import java.util.ArrayList;
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

    /// Where files change their names: a bug there needs a crash at the right moment.
    private static List<Integer> delicate(List<String> operations) {
        List<Integer> found = new ArrayList<>();
        for (int i = 1; i < operations.size(); i++) {
            String before = operations.get(i - 1);
            if (before.contains(".swap")
                    || before.contains(".deleted")
                    || before.contains("truncation-point")) {
                found.add(i);
            }
        }
        return found;
    }

    private static boolean fails(long seed) {
        try {
            var random = new Random(seed);
            List<Step> steps = Step.history(random, 60, 100);
            List<String> operations = CompactionRun.operations(steps);
            List<Integer> delicate = delicate(operations);
            for (int i = 0; i < POINTS; i++) {
                int at =
                        delicate.isEmpty() || i % 2 == 0
                                ? random.nextInt(operations.size() + 1)
                                : delicate.get(random.nextInt(delicate.size()));
                CompactionRun.crash(steps, at, random.nextLong());
            }
            return false;
        } catch (IOException | RuntimeException | StackOverflowError found) {
            return true;
        }
    }
}
