package dev.millrace.broker.net;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// What the requests in progress may need of the heap, all together.
///
/// [FrameBuffers] bounds their bytes; this bounds what becomes of the bytes. Only the large count: who needs little never waits.
/// Who needs more than is left waits a moment for others to be answered and is then refused, and who needs more than all of it is
/// refused at once; the exception closes the connection.
///
/// **Owner.** Any thread; locks for itself.
final class HeapBudget {
    /// Bytes of heap that are not counted.
    private static final long LITTLE = 64 << 10;

    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(5);

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition returned = lock.newCondition();
    private final long budget;
    private long taken;

    HeapBudget(long budget) {
        this.budget = budget;
    }

    static final class Exceeded extends IOException {
        private static final long serialVersionUID = 1;

        Exceeded(long cost, String why) {
            super("a request that may need %d MB of memory: %s".formatted(cost >> 20, why));
        }
    }

    /// @param cost bytes that the request may need
    /// @return what to give back
    long take(long cost) throws Exceeded {
        if (cost <= LITTLE) {
            return 0;
        }
        if (cost > budget) {
            throw new Exceeded(cost, "more than the %d MB there are".formatted(budget >> 20));
        }
        lock.lock();
        try {
            long left = PATIENCE_NS;
            while (taken + cost > budget) {
                if (left <= 0) {
                    throw new Exceeded(cost, "others have it");
                }
                left = returned.awaitNanos(left);
            }
            taken += cost;
            return cost;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Exceeded(cost, "interrupted");
        } finally {
            lock.unlock();
        }
    }

    void giveBack(long cost) {
        if (cost > 0) {
            lock.lock();
            try {
                taken -= cost;
                returned.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }
}
