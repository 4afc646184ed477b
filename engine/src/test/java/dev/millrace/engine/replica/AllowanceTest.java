package dev.millrace.engine.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.testing.ManualEnv;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class AllowanceTest {
    private final ManualEnv env = new ManualEnv(1_000, 1);

    /// Somebody who always wants more asks again when it is worth it, and takes what is at hand, in batches.
    @ParameterizedTest
    @CsvSource({
        "1000000, 16384, 1000000",
        "50000000, 1000000, 10000000",
        "100000, 1000, 1000000",
        "1000000, 900000, 1000000"
    })
    void whatIsTakenInTwentySecondsIsTheRateWithinATenth(long rate, int batch, long most) {
        var allowance = new Allowance(rate, env.clock());
        long startMs = env.clock().monotonicMs();
        long taken = 0;
        while (env.clock().monotonicMs() - startMs < 20_000) {
            long atHand = allowance.atHand();
            if (atHand > 0) {
                long wanted = Math.max(batch, Math.min(atHand, most) / batch * batch);
                allowance.spend(wanted);
                taken += wanted;
            }
            env.advance(allowance.waitMs());
        }
        long seconds = 20;
        assertTrue(
                Math.abs(taken - rate * seconds) <= rate * seconds / 10,
                taken + " of " + rate * seconds);
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "100, 100", "250, 250", "10000, 250"})
    void onlyAQuarterOfASecondIsKept(long pauseMs, long want) {
        var allowance = new Allowance(1_000, env.clock());
        env.advance(pauseMs);

        assertEquals(want, allowance.atHand());
    }

    @ParameterizedTest
    @CsvSource({"0, 100", "50, 150", "900, 1000"})
    void whatIsOwedIsWaitedFor(long spent, long waitMs) {
        var allowance = new Allowance(1_000, env.clock());
        allowance.spend(spent);

        assertEquals(waitMs, allowance.waitMs());
        assertEquals(0, allowance.atHand());
    }

    @ParameterizedTest
    @CsvSource({"1", "9223372036854775806", "9223372036854775807"})
    void theSmallestAndTheLargestRateWork(long rate) {
        var allowance = new Allowance(rate, env.clock());
        env.advance(2_000);

        assertTrue(allowance.atHand() >= 1);
        assertTrue(allowance.waitMs() >= 1);
    }
}
