package dev.millrace.broker.net;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.millrace.engine.check.Invariant;
import java.lang.foreign.Arena;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
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

    private static FrameBuffers impatient(BooleanSupplier relief) {
        return new FrameBuffers(1 << 20, 0, relief, Arena::ofShared);
    }

    @Test
    void refusesWhatIsBeyondTheBudget() throws Exception {
        FrameBuffers impatient = impatient(() -> false);
        var all = impatient.take(1 << 20);
        assertThrows(FrameBuffers.Exhausted.class, () -> impatient.take(1 << 19));
        impatient.giveBack(all);
        impatient.giveBack(impatient.take(1 << 19)); // the larger one is freed to make room
        assertEquals(1 << 19, impatient.allocatedBytes());
    }

    @Test
    void whatIsLargeLeavesRoomForWhatIsSmall() throws Exception {
        FrameBuffers impatient = impatient(() -> false);
        impatient.take(1 << 20);
        var most = impatient.take(64 << 10);
        impatient.take(64 << 10);
        assertThrows(FrameBuffers.Exhausted.class, () -> impatient.take(1));
        impatient.giveBack(most);
        impatient.takeAtOnce(1);
    }

    @Test
    void whoIsSlowMakesRoomForWhoAsks() throws Exception {
        var held = new ArrayDeque<FrameBuffers.Lent>();
        var made = new AtomicReference<FrameBuffers>();
        FrameBuffers impatient =
                impatient(() -> {
                    var slow = held.poll();
                    if (slow != null) {
                        requireNonNull(made.get()).giveBack(slow);
                    }
                    return slow != null;
                });
        made.set(impatient);
        held.add(impatient.take(1 << 20));
        assertEquals(1 << 20, impatient.take(1 << 20).size());
        assertThrows(FrameBuffers.Exhausted.class, () -> impatient.take(1 << 20));
    }

    @Test
    void aWaiterThatWantsMoreThanCameBackDoesNotHoldUpTheNext() throws Exception {
        var patient =
                new FrameBuffers(
                        4 << 20, TimeUnit.MINUTES.toNanos(10), () -> false, Arena::ofShared);
        var one = patient.take(1 << 20);
        patient.take(1 << 20);
        var two = patient.take(2 << 20);
        var first = taking(patient, 2 << 20);
        awaitWaiting(patient, 1);
        var second = taking(patient, 1 << 19);
        awaitWaiting(patient, 2);
        patient.giveBack(one);
        assertEquals(1 << 19, second.get(30, TimeUnit.SECONDS).size());
        patient.giveBack(two);
        assertEquals(2 << 20, first.get(30, TimeUnit.SECONDS).size());
    }

    private static void awaitWaiting(FrameBuffers buffers, int threads) {
        while (buffers.waiting() < threads) {
            assertFalse(Thread.interrupted(), "they should wait by now");
        }
    }

    private static CompletableFuture<FrameBuffers.Lent> taking(FrameBuffers buffers, int size) {
        var taken = new CompletableFuture<FrameBuffers.Lent>();
        Thread.ofVirtual()
                .start(() -> {
                    try {
                        taken.complete(buffers.take(size));
                    } catch (FrameBuffers.Exhausted e) {
                        taken.completeExceptionally(e);
                    }
                });
        return taken;
    }

    @Test
    void whatTheSystemDidNotGiveIsNotCounted() {
        var without =
                new FrameBuffers(
                        1 << 20,
                        0,
                        () -> false,
                        () -> {
                            throw new OutOfMemoryError("on purpose");
                        });
        assertThrows(OutOfMemoryError.class, () -> without.take(1 << 20));
        assertEquals(0, without.allocatedBytes());
    }

    @Test
    void whoeverAsksForTooMuchWaitsForOthers() throws Exception {
        var all = buffers.take(1 << 20);
        var waiting = taking(buffers, 1 << 19);
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
