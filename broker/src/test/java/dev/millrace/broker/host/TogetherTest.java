package dev.millrace.broker.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class TogetherTest {
    private final List<Throwable> reported = new ArrayList<>();
    private final WorkerThreads workers = new WorkerThreads(2, reported::add);

    @AfterEach
    void stop() throws InterruptedException {
        workers.stop(10_000);
        assertEquals(List.of(), reported);
    }

    @Test
    void everyPieceHasRunOnceWhenItReturns() {
        var runs = IntStream.range(0, 1_000).mapToObj(_ -> new AtomicInteger()).toList();
        List<Runnable> pieces = new ArrayList<>();
        runs.forEach(each -> pieces.add(each::incrementAndGet));
        workers.together("count", pieces);
        runs.forEach(each -> assertEquals(1, each.get()));
    }

    @Test
    void piecesRunAtTheSameTime() {
        var met = new CountDownLatch(2);
        Runnable meets =
                () -> {
                    met.countDown();
                    awaitOrFail(met);
                };
        workers.together("meet", List.of(meets, meets));
        assertEquals(0, met.getCount());
    }

    @Test
    void theCallerDoesAllOfItWhenEveryWorkerIsBusy() {
        var release = new CountDownLatch(1);
        workers.execute("busy", () -> awaitOrFail(release));
        workers.execute("busy", () -> awaitOrFail(release));
        var threads = new ArrayList<Thread>();
        Runnable piece = () -> threads.add(Thread.currentThread());
        workers.together("alone", List.of(piece, piece, piece));
        release.countDown();
        assertEquals(3, threads.size());
        threads.forEach(each -> assertSame(Thread.currentThread(), each));
    }

    @Test
    void theFirstThatThrewIsToldWhenAllHaveEnded() {
        var ended = new AtomicInteger();
        var first = new IllegalStateException("first");
        List<Runnable> pieces =
                List.of(
                        ended::incrementAndGet,
                        () -> {
                            throw first;
                        },
                        () -> {
                            throw new IllegalStateException("second");
                        },
                        ended::incrementAndGet);
        assertSame(
                first,
                assertThrows(IllegalStateException.class, () -> workers.together("throw", pieces)));
        assertEquals(2, ended.get());
    }

    @Test
    void nothingIsNothing() {
        workers.together("nothing", List.of());
        assertTrue(reported.isEmpty());
    }

    private static void awaitOrFail(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
