package dev.millrace.broker;

import dev.millrace.engine.Node;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/// The one thread that steps a node's quorum: parked until the quorum wants a step, or somebody proposes something.
final class QuorumThread {
    private final Consumer<Throwable> failed;
    private final Thread thread = new Thread(this::run, "quorum");
    private volatile boolean stopped;
    private volatile @org.jspecify.annotations.Nullable Node node;

    /// @param failed told of what ended the thread: the metadata log cannot be trusted any more
    QuorumThread(Consumer<Throwable> failed) {
        this.failed = failed;
        thread.setDaemon(true);
    }

    void start(Node stepped) {
        node = stepped;
        thread.start();
    }

    /// There is something to do. Any thread.
    void wake() {
        LockSupport.unpark(thread);
    }

    private void run() {
        Node stepped = node;
        try {
            while (!stopped && stepped != null) {
                long waitMs = stepped.step();
                if (waitMs > 0 && !stopped) {
                    LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(waitMs));
                }
            }
        } catch (Throwable cause) {
            if (!stopped) {
                failed.accept(cause);
            }
        }
    }

    /// Returns when no step is under way and none will follow.
    void stop() throws InterruptedException {
        stopped = true;
        wake();
        thread.join();
    }
}
