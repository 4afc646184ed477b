package dev.millrace.broker.net;

import dev.millrace.broker.net.Pace.Verdict;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The kinds of thread that connections run on, and who gets which.
///
/// A platform thread is woken by the system itself when bytes arrive, and its socket may block: the least work for a request, but
/// some 50 KB each. A virtual thread costs next to nothing while it waits, but two more threads take part in waking it. So the first
/// connections get a platform thread, and when there are many, the busy ones keep theirs.
///
/// **Bound.** So many platform threads; whoever comes when they are gone gets a virtual one. The last quarter is kept for
/// connections that have shown that they are busy.
///
/// **Owner.** Any thread.
final class ConnectionThreads {
    private static final Logger LOG = LoggerFactory.getLogger(ConnectionThreads.class);
    private static final int PER_CORE = 32;

    private final int most;
    private final AtomicInteger taken = new AtomicInteger();

    enum Kind {
        PLATFORM,
        VIRTUAL
    }

    /// @param most platform threads, 0 or more
    ConnectionThreads(int most) {
        this.most = most;
    }

    static ConnectionThreads forThisMachine() {
        return new ConnectionThreads(PER_CORE * Runtime.getRuntime().availableProcessors());
    }

    /// Platform threads in use.
    int platform() {
        return taken.get();
    }

    /// For a new connection, or for a second thread of one. Whoever gets a platform thread gives it back with [#ended].
    Kind forNew() {
        return scarce() ? Kind.VIRTUAL : take();
    }

    /// The kind on which a connection should go on; a kind other than `now` has been taken, and `now` is still to be given back.
    Kind next(Kind now, Verdict pace) {
        return switch (pace) {
            case BUSY -> now == Kind.VIRTUAL ? take() : now;
            case QUIET -> scarce() ? Kind.VIRTUAL : now;
            case UNDECIDED -> now;
        };
    }

    /// Starts a thread of a kind that was taken. Where the system has no more threads, a virtual one must do.
    ///
    /// @return the thread's true kind is told by [Thread#isVirtual]
    Thread start(Kind kind, String name, Runnable work) {
        if (kind == Kind.PLATFORM) {
            try {
                Thread thread =
                        Thread.ofPlatform().daemon().name(name).unstarted(() -> onPlatform(work));
                thread.start();
                return thread;
            } catch (OutOfMemoryError e) {
                taken.decrementAndGet();
                LOG.warn(
                        "No thread of the system for {} ({}); it runs on a virtual one",
                        name,
                        e.getMessage());
            }
        }
        return Thread.ofVirtual().name(name).start(work);
    }

    private void onPlatform(Runnable work) {
        try {
            work.run();
        } finally {
            taken.decrementAndGet();
        }
    }

    private Kind take() {
        if (taken.incrementAndGet() <= most) {
            return Kind.PLATFORM;
        }
        taken.decrementAndGet();
        return Kind.VIRTUAL;
    }

    private boolean scarce() {
        return taken.get() >= most - most / 4;
    }
}
