package dev.millrace.broker.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.millrace.engine.check.Invariant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class FrameBuffersTest {
    private final FrameBuffers buffers = new FrameBuffers(1 << 20);

    @Test
    void lendsTheLastOneReturnedFirst() throws Exception {
        var a = buffers.take(3_000);
        assertEquals(4_096, a.size());
        var b = buffers.take(4_096);
        assertNotSame(a, b);
        buffers.giveBack(b);
        buffers.giveBack(a);
        assertSame(a, buffers.take(2_049));
        assertSame(b, buffers.take(2_049));
    }

    @Test
    void refusesWhatIsBeyondTheBudget() throws Exception {
        var all = buffers.take(1 << 20);
        assertThrows(FrameBuffers.Exhausted.class, () -> buffers.take(1));
        buffers.giveBack(all);
        buffers.giveBack(buffers.take(1)); // the large one is freed to make room
        assertEquals(FrameBuffers.SMALLEST, buffers.allocatedBytes());
    }

    @Test
    void whoeverAsksForTooMuchWaitsForOthers() throws Exception {
        var all = buffers.take(1 << 20);
        var waiting = new CompletableFuture<FrameBuffers.Lent>();
        Thread.ofVirtual()
                .start(() -> {
                    try {
                        waiting.complete(buffers.take(1 << 19));
                    } catch (FrameBuffers.Exhausted e) {
                        waiting.completeExceptionally(e);
                    }
                });
        buffers.giveBack(all);
        assertEquals(1 << 19, waiting.get(30, TimeUnit.SECONDS).size());
    }

    @Test
    void trimsWhatNobodyNeeded() throws Exception {
        var a = buffers.take(1_000);
        var b = buffers.take(1_000);
        buffers.giveBack(a);
        buffers.giveBack(b);
        buffers.trim(); // both were in use since the last time
        buffers.giveBack(buffers.take(1_000));
        assertEquals(2 * FrameBuffers.SMALLEST, buffers.allocatedBytes());
        buffers.trim(); // one lay unused
        assertEquals(FrameBuffers.SMALLEST, buffers.allocatedBytes());
    }

    @Test
    void noticesABufferThatIsGivenBackTwice() throws Exception {
        var lent = buffers.take(1);
        buffers.giveBack(lent);
        assertThrows(Invariant.Broken.class, () -> buffers.giveBack(lent));
    }
}
