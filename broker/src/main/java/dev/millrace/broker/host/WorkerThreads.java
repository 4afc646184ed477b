package dev.millrace.broker.host;

import dev.millrace.engine.env.Workers;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A few platform threads for work that blocks on the disk: a virtual thread would hold its carrier while it does. They end
/// when there has been nothing to do for a while.
///
/// **Bound.** So many threads; the queue is bounded by what asks (see [Workers]).
final class WorkerThreads implements Workers {
    private static final Logger LOG = LoggerFactory.getLogger(WorkerThreads.class);

    private final ThreadPoolExecutor executor;
    private final Consumer<Throwable> failures;

    /// @param failures told of what a piece of work throws
    WorkerThreads(int threads, Consumer<Throwable> failures) {
        this(threads, failures, Thread.ofPlatform().name("worker-", 1).daemon().factory());
    }

    WorkerThreads(int threads, Consumer<Throwable> failures, ThreadFactory factory) {
        this.failures = failures;
        executor =
                new ThreadPoolExecutor(
                        threads,
                        threads,
                        10,
                        TimeUnit.SECONDS,
                        new LinkedBlockingQueue<>(),
                        factory);
        executor.allowCoreThreadTimeOut(true);
        executor.setRejectedExecutionHandler(
                (_, _) -> LOG.debug("Work that came after the stop was dropped"));
    }

    @Override
    public void execute(String what, Runnable work) {
        hand(() -> run(work));
    }

    /// Where there is no memory for one more thread, the others do it, or the next one that can be started: whoever asked waits for it.
    private void hand(Runnable work) {
        try {
            executor.execute(work);
        } catch (OutOfMemoryError noThread) {
            LOG.error("A thread for work on the disk could not be started", noThread);
            executor.getQueue().add(work);
        }
    }

    @Override
    public void executeOrLend(String what, Runnable work) {
        if (!Errand.keep(() -> run(work), this::hand)) {
            execute(what, work);
        }
    }

    @Override
    public void together(String what, List<Runnable> pieces) {
        var shared = new Together(pieces);
        int helpers = Math.min(executor.getMaximumPoolSize(), pieces.size()) - 1;
        for (int i = 0; i < helpers; i++) {
            hand(shared);
        }
        shared.run();
        shared.await();
    }

    @SuppressWarnings("CatchThrowable") // the rim: a failing piece of work must not end the thread
    private void run(Runnable work) {
        try {
            work.run();
        } catch (Throwable e) {
            failures.accept(e);
        }
    }

    /// Finishes what was asked for, within a bound.
    void stop(long timeoutMs) throws InterruptedException {
        executor.shutdown();
        if (!executor.awaitTermination(timeoutMs, TimeUnit.MILLISECONDS)) {
            LOG.warn("Work on the disk has not ended within {} ms", timeoutMs);
        }
    }
}
