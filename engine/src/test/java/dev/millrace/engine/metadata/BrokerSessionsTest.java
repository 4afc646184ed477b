package dev.millrace.engine.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Objects;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

/// Who waits for whom when broker 2 stops; the active controller is node 1, or a node without a broker.
final class BrokerSessionsTest {
    private final TestMetadata test = TestMetadata.withBrokers(1, 2, 3);
    private final BrokerSessions sessions =
            new BrokerSessions(test.metadata, test.time, ManualTime.turn(), 9_000);

    private long epoch(int id) {
        return Objects.requireNonNull(test.image().cluster().broker(id)).epoch();
    }

    private long stops(int id) {
        long now = test.image().offset();
        sessions.heard(id, now, true);
        return now;
    }

    @Test
    void aBrokerThatStopsWaitsUntilAllOthersHaveFollowedPastThat() {
        sessions.heard(1, 1, false);
        sessions.heard(3, 1, false);
        long since = stops(2);
        assertFalse(sessions.othersKnow(2));
        sessions.heard(1, since, false);
        assertFalse(sessions.othersKnow(2));
        sessions.heard(3, since, false);
        assertTrue(sessions.othersKnow(2));
    }

    /// Its heartbeats end once it stands well: the last one is old news.
    @Test
    void theBrokerOfThisVeryProcessIsNotWaitedFor() {
        sessions.own(1, new Uuid(7, 1));
        sessions.heard(1, 1, false);
        long since = stops(2);
        assertTrue(sessions.othersKnow(2), "3 was not heard of by this controller");
        sessions.heard(3, 1, false);
        assertFalse(sessions.othersKnow(2));
        sessions.heard(3, since, false);
        assertTrue(sessions.othersKnow(2));
    }

    @Test
    void whoHasNotBegunToStopMayNotGo() {
        sessions.heard(2, test.image().offset(), false);
        assertFalse(sessions.othersKnow(2));
    }

    private List<Integer> expired() {
        return sessions.expired().stream().map(BrokerImage::id).toList();
    }

    /// In steps of the controller's watch.
    private void pass(long ms) {
        for (long rest = ms; rest > 0; rest -= 1_000) {
            test.time.advance(Math.min(1_000, rest));
            sessions.expired();
        }
    }

    @Test
    void whoIsNotHeardOfWithinTheSessionIsSaidToBeGone() {
        sessions.heard(1);
        pass(8_999);
        sessions.heard(3);
        assertEquals(List.of(), expired());
        test.time.advance(1);
        assertEquals(List.of(1, 2), expired());
    }

    /// Its decision may wait for the metadata log.
    @Test
    void aHeartbeatCountsWhenItArrives() {
        sessions.heard(1);
        pass(8_000);
        sessions.arrived(1, epoch(1));
        sessions.arrived(2, epoch(2) - 1);
        pass(1_000);
        assertEquals(List.of(2, 3), expired(), "2 was said to live by a process before it");
    }

    /// What was sent meanwhile waits in the sockets.
    @Test
    void timeInWhichTheControllerDidNotRunCountsForNobody() {
        sessions.heard(1);
        pass(2_000);
        test.time.advance(60_000);
        assertEquals(List.of(), expired());
        pass(6_999);
        assertEquals(List.of(), expired());
        test.time.advance(1);
        assertEquals(List.of(1, 2, 3), expired());
    }
}
