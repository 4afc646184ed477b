package dev.millrace.simulator.force;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/// One direction between two machines. What is sent on it arrives late, slowly, or not before it is open again: as with TCP, nothing
/// is lost on the way, and nothing overtakes.
final class Road {
    private static final int LOOK_AGAIN_MS = 100;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private boolean closed;

    private volatile int delayMs;

    /// No limit: 0.
    private volatile int bytesPerSecond;

    void close() {
        set(true);
    }

    /// As it was at first.
    void heal() {
        delayMs = 0;
        bytesPerSecond = 0;
        set(false);
    }

    private void set(boolean value) {
        lock.lock();
        try {
            closed = value;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    void delay(int ms) {
        delayMs = ms;
    }

    void narrow(int toBytesPerSecond) {
        bytesPerSecond = toBytesPerSecond;
    }

    /// When something that is sent now arrives at the earliest.
    long arrivalNs() {
        return System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(delayMs);
    }

    /// @return false when nobody wants to travel any more
    boolean awaitOpen(BooleanSupplier givenUp) throws InterruptedException {
        lock.lock();
        try {
            while (closed && !givenUp.getAsBoolean()) {
                var _ = changed.await(LOOK_AGAIN_MS, TimeUnit.MILLISECONDS);
            }
            return !givenUp.getAsBoolean();
        } finally {
            lock.unlock();
        }
    }

    /// Takes as long as so many bytes take on a road of this width.
    void pace(int bytes) throws InterruptedException {
        int width = bytesPerSecond;
        if (width > 0) {
            TimeUnit.NANOSECONDS.sleep(bytes * 1_000_000_000L / width);
        }
    }
}
