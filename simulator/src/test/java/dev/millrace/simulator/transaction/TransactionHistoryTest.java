package dev.millrace.simulator.transaction;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/// `-Dmillrace.transaction.seeds=N` runs more seeds, `-Dmillrace.transaction.first=N` begins elsewhere.
class TransactionHistoryTest {
    private static final int SEEDS = Integer.getInteger("millrace.transaction.seeds", 50);
    private static final int FIRST = Integer.getInteger("millrace.transaction.first", 1);
    private static final int SECONDS = 20;

    @Test
    void nothingIsLostTornOrSeenTooEarlyWheneverThePowerGoes() {
        long committed = 0;
        long losses = 0;
        long operations = 0;
        long events = 0;
        for (long seed = FIRST; seed < FIRST + SEEDS; seed++) {
            TransactionRun.Result result;
            try {
                result = TransactionRun.of(seed, SECONDS);
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("seed " + seed, e);
            }
            assertEquals(List.of(), result.anomalies(), "seed " + seed);
            committed += result.committed();
            losses += result.powerLosses();
            operations += result.operations();
            events += result.events();
        }
        System.out.printf(
                "%d seeds: %d transactions committed, %d power losses, %d operations checked, %d events%n",
                SEEDS, committed, losses, operations, events);
        assertTrue(committed > 10L * SEEDS, committed + " transactions");
        assertTrue(losses > 2L * SEEDS, losses + " power losses");
    }

    @Test
    void theSameSeedIsTheSameRun() {
        assertEquals(TransactionRun.of(7, SECONDS), TransactionRun.of(7, SECONDS));
    }
}
