package dev.millrace.broker.host;

import dev.millrace.engine.env.Turn;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/// A turn as a lock, taken on the caller's own thread.
final class LockTurn implements Turn {
    private final ReentrantLock lock = new ReentrantLock();
    private final String owner;

    LockTurn(String owner) {
        this.owner = owner;
    }

    @Override
    public <T> T take(Supplier<T> action) {
        lock.lock();
        try {
            return action.get();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void run(Runnable action) {
        lock.lock();
        try {
            action.run();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean held() {
        return lock.isHeldByCurrentThread();
    }

    @Override
    public String toString() {
        return "the turn of " + owner;
    }
}
