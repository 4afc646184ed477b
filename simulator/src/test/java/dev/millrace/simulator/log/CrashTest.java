package dev.millrace.simulator.log;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Power loss before disk operations of many workloads. `-Dmillrace.crash.seeds=N` runs more of them.
class CrashTest {
    private static final int SEEDS = Integer.getInteger("millrace.crash.seeds", 25);

    @Test
    void survivesAPowerLossBeforeAnyOperation() throws IOException {
        int points = 0;
        for (long seed = 1; seed <= SEEDS; seed++) {
            int operations = CrashRun.operations(seed);
            for (int at = 0; at <= operations; at++) {
                try {
                    CrashRun.crash(seed, at, seed * 1_000_003 + at);
                } catch (RuntimeException e) {
                    throw new AssertionError("seed " + seed + ", crash before operation " + at, e);
                }
                points++;
            }
        }
        System.out.println(points + " crash points over " + SEEDS + " seeds survived");
        assertTrue(points >= 1000, "only " + points + " crash points");
    }

    /// What a killed process has not synced, the next one must, before it acknowledges what stands behind it.
    @Test
    void survivesAPowerLossAfterAKill() throws IOException {
        for (long seed = 1; seed <= 8L * SEEDS; seed++) {
            var random = new Random(seed);
            int operations = CrashRun.operations(seed);
            for (int i = 0; i < 12; i++) {
                int killAt = random.nextInt(operations + 1);
                int crashAt = random.nextInt(40);
                try {
                    CrashRun.killThenCrash(seed, killAt, crashAt, random.nextLong());
                } catch (RuntimeException e) {
                    throw new AssertionError(
                            "seed %d, killed at %d, crash at %d".formatted(seed, killAt, crashAt),
                            e);
                }
            }
        }
    }

    @Test
    void aFailedSyncIsNeverForgotten() {
        for (long seed = 1; seed <= 60; seed++) {
            for (int sync = 0; sync < 6; sync++) {
                try {
                    CrashRun.failedSync(seed, sync);
                } catch (RuntimeException e) {
                    throw new AssertionError("seed " + seed + ", sync " + sync + " fails", e);
                }
            }
        }
    }

    @Test
    void aFlippedBitIsNeverServedAfterACleanStop() throws IOException {
        for (long seed = 1; seed <= 300; seed++) {
            try {
                CrashRun.flipAfterCleanStop(seed);
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
    }

    @Test
    void aFlippedBitIsReportedAndNeverCutAway() throws IOException {
        for (long seed = 1; seed <= 300; seed++) {
            try {
                CrashRun.bitFlip(seed);
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
    }
}
