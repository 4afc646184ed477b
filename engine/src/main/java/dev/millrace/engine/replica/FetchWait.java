package dev.millrace.engine.replica;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// One fetch that waits for bytes in any of its partitions. Partitions report what became visible; the waiting side is woken
/// once it is enough, and reads on its own thread.
///
/// Called from many partitions' turns at once, so its one counter is atomic.
public final class FetchWait implements FetchWatcher {
    private final AtomicLong missing;
    private final Isolation isolation;
    private volatile boolean untouched = true;
    private final CompletableFuture<Void> signal = new CompletableFuture<>();

    /// @param missingBytes how many bytes more than were found make the fetch worth answering, 1 or more
    /// @param isolation what becomes visible to whom counts
    public FetchWait(long missingBytes, Isolation isolation) {
        this.missing = new AtomicLong(missingBytes);
        this.isolation = isolation;
    }

    /// Completes when enough has become visible, when a partition changed its role, or on [#wake].
    public CompletionStage<Void> signal() {
        return signal;
    }

    /// Whether it waits for what followers may read.
    boolean ofFollower() {
        return isolation == Isolation.LOG_END;
    }

    /// True while no partition has changed: reading again would find the same.
    public boolean untouched() {
        return untouched;
    }

    /// A partition had changed before it could be watched.
    public void tooLate() {
        untouched = false;
        wake();
    }

    public boolean done() {
        return signal.isDone();
    }

    /// Ends the wait: time is up, or something changed that the client must learn of.
    public void wake() {
        signal.complete(null);
    }

    /// Counts the bytes; the caller wakes it outside of its turn when they make it enough.
    @Override
    public @Nullable FetchWait changed(long bytes, long stableBytes, long appendedBytes) {
        return changed(isolation.of(bytes, stableBytes, appendedBytes));
    }

    /// So many bytes have become visible to this reader.
    @Nullable FetchWait changed(long bytes) {
        untouched = false;
        return missing.addAndGet(-bytes) <= 0 ? this : null;
    }

    @Override
    public boolean over() {
        return done();
    }
}
