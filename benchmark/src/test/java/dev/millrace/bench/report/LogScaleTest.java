package dev.millrace.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class LogScaleTest {
    @Test
    void aQuarterIsAsFarFromOneAsFour() {
        LogScale scale = LogScale.around(List.of(0.25, 4.0), 100, 200);
        assertEquals(List.of(0.25, 0.5, 1.0, 2.0, 4.0), scale.ticks());
        assertEquals(200, scale.place(1));
        assertEquals(100, scale.place(0.25));
        assertEquals(300, scale.place(4));
    }

    @Test
    void oneIsAlwaysInsideWithAStepOnEitherSide() {
        assertEquals(new LogScale(-1, 1, 0, 10), LogScale.around(List.of(), 0, 10));
        assertEquals(new LogScale(-1, 3, 0, 10), LogScale.around(List.of(5.0), 0, 10));
    }

    @Test
    void whatIsTooFarAwayStandsAtTheEdge() {
        LogScale scale = LogScale.around(List.of(0.0, 1e9), 0, 120);
        assertEquals(new LogScale(-6, 6, 0, 120), scale);
        assertEquals(0, scale.place(0));
        assertEquals(120, scale.place(1e9));
    }

    @Test
    void ticksBelowOneAreFractions() {
        assertEquals("1/8", LogScale.label(0.125));
        assertEquals("1", LogScale.label(1));
        assertEquals("16", LogScale.label(16));
    }
}
