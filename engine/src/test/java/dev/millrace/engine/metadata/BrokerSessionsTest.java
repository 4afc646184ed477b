package dev.millrace.engine.metadata;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

/// Who waits for whom when broker 2 stops; the active controller is node 1, or a node without a broker.
final class BrokerSessionsTest {
    private final TestMetadata test = TestMetadata.withBrokers(1, 2, 3);
    private final BrokerSessions sessions =
            new BrokerSessions(test.metadata, test.time, ManualTime.turn(), 9_000);

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
}
