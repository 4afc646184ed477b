package dev.millrace.engine.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.message.FetchRequestData;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// In which session a follower asks.
final class FetcherRequestsTest {
    private final AtomicLong brokerEpoch = new AtomicLong(7);
    private final FetcherRequests requests =
            new FetcherRequests(
                    2,
                    brokerEpoch::get,
                    new FetcherSettings(500, 1, 1 << 20, 10 << 20, 1_000, 30_000));

    private record Asked(int session, int epoch) {}

    private Asked next() {
        assertTrue(requests.register());
        FetchRequestData request = requests.next(List.of(), List.of(), 500);
        return new Asked(request.sessionId(), request.sessionEpoch());
    }

    @BeforeEach
    void goesOnInASession() {
        assertEquals(new Asked(0, 0), next());
        requests.answered(11);
        assertEquals(new Asked(11, 1), next());
        requests.answered(11);
        assertEquals(new Asked(11, 2), next());
        assertFalse(requests.namesAll());
    }

    @Test
    void theFirstRequestAfterALostOneEndsItsSession() {
        requests.reset();
        assertTrue(requests.namesAll());
        assertEquals(new Asked(11, 0), next());
        requests.reset();
        assertEquals(new Asked(11, 0), next(), "nor was that one answered");
        requests.answered(12);
        assertEquals(new Asked(12, 1), next());
    }

    @Test
    void soDoesTheFirstOneOfAnotherRegistration() {
        brokerEpoch.set(8);
        assertEquals(new Asked(11, 0), next());
        assertTrue(requests.namesAll());
    }

    @Test
    void aLeaderWithoutSessionsIsAskedForEverythingEachTime() {
        requests.answered(0);
        assertTrue(requests.namesAll());
        assertEquals(new Asked(0, 0), next());
    }
}
