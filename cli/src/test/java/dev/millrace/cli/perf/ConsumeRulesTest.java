package dev.millrace.cli.perf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/// When a consume test is over, and what of its time is the group's.
class ConsumeRulesTest {
    private static final long S = 1_000_000_000;
    private static final TopicPartition P0 = new TopicPartition("t", 0);
    private static final TopicPartition P1 = new TopicPartition("t", 1);

    private final ManualStopwatch clock = new ManualStopwatch();

    @Test
    void consumersShareANumberOfRecords() {
        var goal = Goal.of(new Extent(10, Long.MAX_VALUE), 0);
        assertEquals(7, goal.claim(7));
        assertFalse(goal.reached(0));
        assertEquals(3, goal.claim(7));
        assertEquals(0, goal.claim(7));
        assertTrue(goal.reached(0));
    }

    @Test
    void theEndIsReachedWhenEveryPartitionIsReadUpToIt() {
        var goal = Goal.ends(Map.of(P0, 5L, P1, 0L));
        goal.position(P1, 0);
        goal.position(P0, 4);
        assertFalse(goal.reached(Long.MAX_VALUE - 1));
        goal.position(P0, 5);
        goal.position(P0, 2);
        assertTrue(goal.reached(0), "what is reached stays reached");
    }

    @Test
    void timeIsUpAtItsInstant() {
        var goal = Goal.of(new Extent(Long.MAX_VALUE, 3 * S), 2 * S);
        assertFalse(goal.reached(5 * S - 1));
        assertTrue(goal.reached(5 * S));
        assertEquals(5 * S, goal.endNs(9 * S));
    }

    @Test
    void timeIsTheGroupsWhileNobodyHasAPartition() {
        var rebalances = new Rebalances(clock, 0);
        var one = rebalances.member();
        var two = rebalances.member();
        clock.passMs(3_000);
        one.onPartitionsAssigned(List.of(P0));
        clock.passMs(1_000);
        two.onPartitionsAssigned(List.of());
        one.onPartitionsRevoked(List.of(P0));
        clock.passMs(500);
        two.onPartitionsAssigned(List.of(P0));
        clock.passMs(2_000);
        one.onPartitionsAssigned(List.of(P1));
        two.onPartitionsLost(List.of(P0));
        clock.passMs(4_000);
        assertEquals(3_500_000_000L, rebalances.totalNs(clock.nowNs()));
    }

    @Test
    void aGroupThatIsStillJoiningIsNotSilent() {
        var rebalances = new Rebalances(clock, 0);
        var silence = new Silence(new Arrivals(new Meter(0), 0), rebalances, 10 * S);
        assertFalse(silence.tooLong(30 * S));
        assertTrue(silence.tooLong(60 * S), "nor is it waited for without end");
        clock.passMs(20_000);
        rebalances.member().onPartitionsAssigned(List.of(P0));
        assertFalse(silence.tooLong(29 * S));
        assertTrue(silence.tooLong(30 * S));
    }

    @Test
    void recordsAreLostWhenTheyAreAcknowledgedAndDoNotArrive() {
        var deliveries = new Deliveries();
        var stamp = new Stamp(42);
        List.of(0L, 1L, 2L).forEach(deliveries::acknowledged);
        byte[] value = stamp.write(new byte[Stamp.BYTES + 5], 2);
        assertTrue(deliveries.arrived(stamp.index(value)));
        assertFalse(deliveries.arrived(stamp.index(value)), "a second time");
        assertTrue(deliveries.arrived(7), "refused, and stored all the same");
        assertEquals(2, deliveries.missing());
        assertEquals(1, deliveries.duplicated());
        assertEquals(-1, new Stamp(43).index(value), "another run's");
        assertEquals(-1, stamp.index(new byte[3]));
    }

    @Test
    void recordsAreDividedWithoutARest() {
        var extent = Extent.of(10L, null, Duration.ZERO);
        assertEquals(
                List.of(4L, 3L, 3L),
                List.of(
                        extent.share(0, 3).records(),
                        extent.share(1, 3).records(),
                        extent.share(2, 3).records()));
    }
}
