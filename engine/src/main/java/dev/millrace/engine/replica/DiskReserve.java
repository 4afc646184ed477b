package dev.millrace.engine.replica;

import dev.millrace.engine.env.Clock;
import dev.millrace.engine.env.Env;
import dev.millrace.engine.env.Workers;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps the last part of one disk for what must go on when it is full: metadata, groups and transactions, and the logs' own indexes,
/// snapshots and checkpoints. Producers are refused before they touch it; readers are not, and neither is deletion.
///
/// ```
///   admits --an append would leave less than the reserve--> refuses --a quarter more than the reserve is free--> admits
/// ```
/// What is free is asked at most once a second, by those who append, and counted down in between: a burst within a second does not
/// get into the reserve. An idle broker asks nothing.
///
/// **Owner.** None: any thread. Two appends at the same moment may both be admitted where there is room for one.
final class DiskReserve {
    private static final long LOOK_MS = 1_000;
    private static final int MB = 1 << 20;
    private static final Logger LOG = LoggerFactory.getLogger(DiskReserve.class);

    private final LogDirectory directory;
    private final long bytes;
    private final Clock clock;
    private final Workers workers;
    private final AtomicLong room = new AtomicLong();
    private final AtomicLong lookAtMs = new AtomicLong();
    private volatile boolean refusing;
    private volatile Consumer<String> whenFailed = _ -> {};

    /// @param bytes that are kept; 0 keeps nothing
    DiskReserve(LogDirectory directory, long bytes, Env env) {
        this.directory = directory;
        this.bytes = bytes;
        this.clock = env.clock();
        this.workers = env.workers();
        look();
    }

    /// Who decides what a failure of this disk means.
    void whenFailed(Consumer<String> told) {
        whenFailed = told;
    }

    /// What was written cannot be made durable. May be called in a turn: it is told on a worker.
    void failed(String cause) {
        workers.execute("failure of " + directory.path(), () -> whenFailed.accept(cause));
    }

    /// Whether a producer's append may be made.
    boolean admits(int size) {
        if (bytes == 0) {
            return true;
        }
        lookNowAndThen();
        if (refusing) {
            return false;
        }
        if (room.addAndGet(-size) >= bytes) {
            return true;
        }
        room.addAndGet(size);
        refuse();
        return false;
    }

    /// Whether something may be appended for which the reserve is kept: the last quarter of it is for metadata alone, without which
    /// the node could not go on.
    boolean admitsLast(int size) {
        if (bytes == 0) {
            return true;
        }
        lookNowAndThen();
        if (room.addAndGet(-size) >= bytes / 4) {
            return true;
        }
        room.addAndGet(size);
        return false;
    }

    private void lookNowAndThen() {
        long nowMs = clock.monotonicMs();
        long due = lookAtMs.get();
        if (nowMs >= due && lookAtMs.compareAndSet(due, nowMs + LOOK_MS)) {
            workers.execute("space of " + directory.path(), this::look);
        }
    }

    /// Asks the disk. One that does not tell is taken for what it was.
    private void look() {
        long usable;
        try {
            usable = directory.storage().usableBytes();
        } catch (IOException e) {
            LOG.warn("{}: cannot tell how much is free: {}", directory.path(), e.toString());
            return;
        }
        room.set(usable);
        if (refusing && usable - bytes >= bytes / 4) {
            refusing = false;
            LOG.warn(
                    "{}: {} MB are free, producers are served again",
                    directory.path(),
                    usable / MB);
        }
    }

    private void refuse() {
        if (!refusing) {
            refusing = true;
            LOG.error(
                    "{} is full: {} MB are free, which are kept for the broker itself (millrace.disk.reserve.bytes); producers"
                            + " are refused until {} MB are. Delete topics or records, shorten retention, or make the disk larger.",
                    directory.path(),
                    Math.max(0, room.get()) / MB,
                    (bytes + bytes / 4) / MB);
        }
    }
}
