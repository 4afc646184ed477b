package dev.millrace.engine.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

final class CommitQueueTest {
    private final CommitQueue queue = new CommitQueue();

    private static void givesUp(CompletableFuture<Errors> request) {
        request.complete(Errors.REQUEST_TIMED_OUT);
    }

    /// The first has all the time in the world, and holds up nobody who has not.
    @Test
    void whoHasGivenUpIsForgottenWhileOthersWait() {
        var patient = queue.await(1);
        for (int end = 2; end < 10_000; end++) {
            givesUp(queue.await(end));
            assertTrue(queue.size() <= 17, "it holds " + queue.size());
        }
        assertFalse(patient.isDone());
    }

    @Test
    void whoWaitsIsKeptInItsPlace() {
        List<CompletableFuture<Errors>> waiting = new ArrayList<>();
        for (int end = 1; end <= 1_000; end++) {
            waiting.add(queue.await(end));
            if (end % 3 != 0) {
                givesUp(waiting.getLast());
            }
        }
        var woken = new Woken();
        queue.release(500, woken);
        woken.wake();
        for (int end = 3; end <= 1_000; end += 3) {
            assertEquals(end <= 500, waiting.get(end - 1).isDone(), "up to " + end);
        }
        assertEquals(Errors.REQUEST_TIMED_OUT, waiting.getFirst().join());
        assertEquals(Errors.NONE, waiting.get(2).join());
    }
}
