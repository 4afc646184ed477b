package dev.millrace.bench.load;

import java.util.concurrent.locks.LockSupport;

/// Waits in an open loop: until an instant, and not at all when it has passed.
final class Due {
    private Due() {}

    /// Returns early when the thread is interrupted, which stays so.
    static void await(long dueNs) {
        for (long left = dueNs - System.nanoTime();
                left > 0 && !Thread.currentThread().isInterrupted();
                left = dueNs - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }
}
