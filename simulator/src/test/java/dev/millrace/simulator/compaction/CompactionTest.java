package dev.millrace.simulator.compaction;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.testing.Gen;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Compaction against its model. A failure names the seed and the shortest history that still fails.
/// `-Dmillrace.crash.seeds=N` runs more of them.
class CompactionTest {
    private static final int SEEDS = Integer.getInteger("millrace.crash.seeds", 15);

    @Test
    void keepsWhatTheModelKeeps() {
        Gen.forSeeds(1, 400, random -> Step.history(random, 40, 160), CompactionRun::undisturbed);
    }

    @Test
    void survivesAPowerLossBeforeAnyOperation() {
        int[] points = {0};
        Gen.forSeeds(
                1_000,
                SEEDS,
                random -> Step.history(random, 40, 60),
                steps -> points[0] += crashEverywhere(steps));
        System.out.println(points[0] + " crash points over " + SEEDS + " seeds survived");
        assertTrue(points[0] >= 1000, "only " + points[0] + " crash points");
    }

    private static int crashEverywhere(List<Step> steps) throws IOException {
        int operations = CompactionRun.undisturbed(steps);
        for (int at = 0; at <= operations; at++) {
            for (long image = 1; image <= 2; image++) {
                try {
                    CompactionRun.crash(steps, at, at * 1_000_003L + image);
                } catch (RuntimeException e) {
                    throw new AssertionError(
                            "crash before operation " + at + ", image " + image, e);
                }
            }
        }
        return operations;
    }
}
