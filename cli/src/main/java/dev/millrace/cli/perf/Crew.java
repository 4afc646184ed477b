package dev.millrace.cli.perf;

import dev.millrace.cli.cluster.CommandFailed;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;

/// The threads of a test, one a client. One that fails ends the test for all.
final class Crew {
    private final StopSignal stop;
    private final Map<String, Runnable> work = new LinkedHashMap<>();
    private final AtomicReference<@Nullable RuntimeException> failure = new AtomicReference<>();

    Crew(StopSignal stop) {
        this.stop = stop;
    }

    /// Adds a thread by its name, not started yet.
    void add(String name, Runnable task) {
        work.put(name, task);
    }

    /// Starts all, and waits until the last has ended.
    ///
    /// @param tick runs on the caller's thread, again and again
    /// @throws RuntimeException what ended one of them
    void run(long everyMs, Runnable tick) {
        var ended = new CountDownLatch(work.size());
        work.forEach((name, task) ->
                Thread.ofPlatform().name(name).daemon().start(() -> run(task, ended)));
        try {
            while (!ended.await(everyMs, TimeUnit.MILLISECONDS)) {
                tick.run();
            }
        } catch (InterruptedException interrupted) {
            throw new InterruptException(interrupted);
        }
        var failed = failure.get();
        if (failed != null) {
            throw failed;
        }
    }

    private void run(Runnable task, CountDownLatch ended) {
        try {
            task.run();
        } catch (RuntimeException failed) {
            end(failed);
        } catch (OutOfMemoryError tooMuch) {
            end(
                    CommandFailed.because(
                            "out of memory: use fewer clients, or give them more with MILLRACE_HEAP=2g"));
        } finally {
            ended.countDown();
        }
    }

    private void end(RuntimeException failed) {
        failure.compareAndSet(null, failed);
        stop.request();
    }
}
