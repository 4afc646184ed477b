package dev.millrace.broker.host;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/// Pieces of work that several threads take from, one after the other, until none is left. Who asked takes from it as well, and so
/// waits only for pieces that were begun: a helper that comes late, or never, finds nothing to do and is not missed.
final class Together implements Runnable {
    private final List<Runnable> pieces;
    private final AtomicInteger next = new AtomicInteger();
    private final CountDownLatch undone;
    private final AtomicReferenceArray<@Nullable Throwable> thrown;

    Together(List<Runnable> pieces) {
        this.pieces = List.copyOf(pieces);
        this.undone = new CountDownLatch(pieces.size());
        this.thrown = new AtomicReferenceArray<>(pieces.size());
    }

    @Override
    @SuppressWarnings("CatchThrowable") // it is thrown to whoever asked
    public void run() {
        for (int i = next.getAndIncrement(); i < pieces.size(); i = next.getAndIncrement()) {
            try {
                pieces.get(i).run();
            } catch (Throwable e) {
                thrown.set(i, e);
            } finally {
                undone.countDown();
            }
        }
    }

    /// Returns when every piece has ended, whatever interrupts: the pieces go on, and what they change is the caller's.
    void await() {
        boolean interrupted = false;
        while (true) {
            try {
                undone.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        for (int i = 0; i < thrown.length(); i++) {
            switch (thrown.get(i)) {
                case RuntimeException e -> throw e;
                case Error e -> throw e;
                case null, default -> {}
            }
        }
    }
}
