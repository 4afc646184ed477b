package dev.millrace.broker.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ErrandTest {
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final WorkerThreads workers = new WorkerThreads(1, failure::set);
    private final Thread here = Thread.currentThread();

    @AfterEach
    void stop() throws InterruptedException {
        workers.stop(10_000);
    }

    /// Who does it.
    private CompletableFuture<Thread> asked() {
        var by = new CompletableFuture<Thread>();
        workers.executeOrLend("work", () -> by.complete(Thread.currentThread()));
        return by;
    }

    @Test
    void whoWaitsDoesItHimself() {
        Errand errand = Errand.begin();
        var by = asked();
        assertFalse(by.isDone(), "not before the handler has returned");
        errand.end(true);
        assertEquals(here, by.join());
    }

    @Test
    void whoDoesNotWaitLeavesItToAWorker() {
        Errand errand = Errand.begin();
        var by = asked();
        errand.end(false);
        assertNotEquals(here, by.join());
    }

    @Test
    void aSecondPieceIsForAWorkerAtOnce() {
        Errand errand = Errand.begin();
        var first = asked();
        assertNotEquals(here, asked().join());
        errand.end(true);
        assertEquals(here, first.join());
    }

    @Test
    void withoutAnErrandItIsForAWorker() {
        assertNotEquals(here, asked().join());
        Errand.begin().end(true);
        assertNotEquals(here, asked().join());
    }

    @Test
    void whatTheWorkAsksForIsForAWorker() {
        Errand errand = Errand.begin();
        var next = new CompletableFuture<Thread>();
        workers.executeOrLend("work", () -> next.complete(asked().join()));
        errand.end(true);
        assertNotEquals(here, next.join());
    }

    @Test
    void aFailureIsToldAndEndsNobody() {
        Errand errand = Errand.begin();
        var bug = new IllegalStateException("planted");
        workers.executeOrLend(
                "work",
                () -> {
                    throw bug;
                });
        errand.end(true);
        assertEquals(bug, failure.get());
    }
}
