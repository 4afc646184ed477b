package dev.millrace.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.millrace.bench.report.Statistics.Pair;
import dev.millrace.bench.report.Statistics.Spread;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class StatisticsTest {
    @Test
    void medianOfOddEvenAndNoValues() {
        assertEquals(
                Optional.of(new Spread(2, 1, 9, 3)), Statistics.spread(List.of(9.0, 1.0, 2.0)));
        assertEquals(
                Optional.of(new Spread(2.5, 1, 9, 4)),
                Statistics.spread(List.of(9.0, 1.0, 2.0, 3.0)));
        assertEquals(Optional.empty(), Statistics.spread(List.of()));
    }

    @Test
    void ratiosAreTakenPairByPair() {
        // The machine got twice as slow for the second pair: the ratio does not notice.
        var pairs = List.of(new Pair(10, 5), new Pair(20, 10), new Pair(10, 6));
        assertEquals(Optional.of(new Spread(0.5, 0.5, 0.6, 3)), Statistics.ratio(pairs));
    }

    @Test
    void aPairWithoutABaseSaysNothing() {
        assertEquals(
                Optional.of(new Spread(2, 2, 2, 1)),
                Statistics.ratio(List.of(new Pair(0, 5), new Pair(1, 2))));
    }

    @Test
    void aSpreadOutOfOrderIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> new Spread(1, 2, 3, 1));
    }
}
