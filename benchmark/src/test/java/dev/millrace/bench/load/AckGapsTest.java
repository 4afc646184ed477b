package dev.millrace.bench.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class AckGapsTest {
    private final AckGaps gaps = new AckGaps(2);

    @Test
    void theLongestOfAllCountsAndEachPartitionByItself() {
        gaps.begin(100);
        gaps.acknowledged(0, 150);
        gaps.acknowledged(0, 350);
        gaps.acknowledged(0, 360);
        gaps.acknowledged(1, 360);
        assertEquals(200, gaps.longestNs(0, 370));
        assertEquals(260, gaps.longestNs(1, 370));
    }

    @Test
    void aPartitionThatIsStillSilentHasAGapUntilNow() {
        gaps.begin(100);
        gaps.acknowledged(0, 150);
        assertEquals(850, gaps.longestNs(0, 1_000));
        assertEquals(900, gaps.longestNs(1, 1_000));
    }

    @Test
    void whatWasBeforeTheBeginningIsForgotten() {
        gaps.begin(0);
        gaps.acknowledged(0, 5_000);
        gaps.begin(6_000);
        assertEquals(10, gaps.longestNs(0, 6_010));
    }

    @Test
    void allAreServedWhenTheLastOfThemIs() {
        gaps.begin(0);
        gaps.acknowledged(0, 500);
        assertFalse(gaps.allWithin(100, 500));
        gaps.acknowledged(1, 550);
        assertTrue(gaps.allWithin(100, 600));
        assertFalse(gaps.allWithin(100, 601));
    }
}
