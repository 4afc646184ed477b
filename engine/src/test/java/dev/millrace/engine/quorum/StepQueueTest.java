package dev.millrace.engine.quorum;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.apache.kafka.common.Node;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.network.ListenerName;
import org.apache.kafka.raft.RaftResponse;
import org.junit.jupiter.api.Test;

/// When the host steps the consensus client again.
class StepQueueTest {
    private static final long WANTED_MS = 2_000;

    private int wakes;
    private final StepQueue queue =
            new StepQueue(
                    new UnsoundRequests(2, ListenerName.normalised("CONTROLLER")), () -> wakes++);

    @Test
    void waitsAsLongAsTheClientWouldHave() {
        step(WANTED_MS);
        assertEquals(WANTED_MS, queue.waitMs());
    }

    /// The client sends the next fetch when it is polled after the answer to the last one.
    @Test
    void stepsOnceMoreAfterAMessage() {
        queue.add(message());
        assertEquals(1, wakes);
        step(WANTED_MS);
        assertEquals(0, queue.waitMs());
        step(WANTED_MS);
        assertEquals(WANTED_MS, queue.waitMs());
    }

    @Test
    void stepsAtOnceWhenWoken() {
        step(WANTED_MS);
        queue.wakeup();
        assertEquals(0, queue.waitMs());
        step(WANTED_MS);
        assertEquals(WANTED_MS, queue.waitMs());
    }

    @Test
    void aClientThatWantsToBePolledForEverIsMadeToWaitALittle() {
        for (int i = 0; i < 10; i++) {
            step(0);
        }
        assertTrue(queue.waitMs() > 0);
    }

    private void step(long wantedMs) {
        queue.begin();
        queue.poll(wantedMs);
    }

    private static RaftResponse.Inbound message() {
        return new RaftResponse.Inbound(1, new FetchResponseData(), new Node(1, "one", 9093));
    }
}
