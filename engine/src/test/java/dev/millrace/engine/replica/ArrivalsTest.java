package dev.millrace.engine.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

final class ArrivalsTest {
    @Test
    void bytesCountOnceTheHighWatermarkHasPassedThem() {
        var arrivals = new Arrivals();

        arrivals.appending(0, 0);
        assertEquals(0, arrivals.visible(0, 5, 100), "the leader does not know of ours yet");
        arrivals.appending(5, 100);
        assertEquals(100, arrivals.visible(5, 8, 160), "the first batch, with the second");
        assertEquals(100, arrivals.visible(6, 8, 160), "a part of the second");
        assertEquals(160, arrivals.visible(8, 8, 160), "all");
    }

    @Test
    void neverLessThanBefore() {
        var arrivals = new Arrivals();

        arrivals.appending(5, 100);
        assertEquals(160, arrivals.visible(8, 8, 160));
        arrivals.appending(3, 50);
        assertEquals(160, arrivals.visible(3, 9, 200), "after the log was cut");
    }
}
