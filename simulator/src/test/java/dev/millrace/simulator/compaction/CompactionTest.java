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

    /// A truncation takes all that was clean, and the power goes before anything else is there: what comes then is not clean because the
    /// checkpoint says so of those offsets.
    @Test
    void whatTakesThePlaceOfACleanLogIsNotClean() throws IOException {
        crashEverywhere(
                List.of(
                        new Step("idempotent", 43, 4290),
                        new Step("idempotent", 581, 3595),
                        new Step("put", 3687, 9689),
                        new Step("put", 9381, 5886),
                        new Step("put", 5412, 3297),
                        new Step("put", 8025, 7664),
                        new Step("put", 1739, 3832),
                        new Step("pass", 3319, 2744),
                        new Step("idempotent", 5716, 3158),
                        new Step("pass", 6618, 7418),
                        new Step("put", 8756, 7584),
                        new Step("raise", 4616, 8381),
                        new Step("idempotent", 4481, 9165),
                        new Step("put", 8167, 9737),
                        new Step("time", 7165, 170),
                        new Step("pass", 6727, 3811),
                        new Step("put", 8273, 4861),
                        new Step("put", 6945, 6996),
                        new Step("compact", 5867, 4338),
                        new Step("truncate", 4746, 5992),
                        new Step("put", 2741, 382),
                        new Step("put", 2473, 5605)));
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
