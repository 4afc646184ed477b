package dev.millrace.broker.host;

import dev.millrace.engine.env.Timers;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// One platform thread that runs what is due. It sleeps until the earliest task, and not at all when there is none; a cancelled
/// task leaves the queue at once, so the queue holds no more than what waits.
///
/// **Bound.** The tasks that the engine has armed: each belongs to a request, a partition or a member, which are bounded.
final class TimerThread implements Timers {
    private final ScheduledThreadPoolExecutor executor;
    private final Consumer<Throwable> failures;

    /// @param failures told of what a task throws
    TimerThread(Consumer<Throwable> failures) {
        this.failures = failures;
        executor =
                new ScheduledThreadPoolExecutor(
                        1, Thread.ofPlatform().name("timers").daemon().factory());
        executor.setRemoveOnCancelPolicy(true);
        executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        // Stopped: late timers are dropped, nobody waits for them any more.
        executor.setRejectedExecutionHandler((_, _) -> {});
    }

    @Override
    public Timer schedule(long delayMs, Runnable task) {
        ScheduledFuture<?> scheduled =
                executor.schedule(() -> run(task), delayMs, TimeUnit.MILLISECONDS);
        return () -> scheduled.cancel(false);
    }

    @SuppressWarnings("CatchThrowable") // the rim: one failing task must not silence the others
    private void run(Runnable task) {
        try {
            task.run();
        } catch (Throwable e) {
            failures.accept(e);
        }
    }

    void stop() {
        executor.shutdownNow();
    }
}
