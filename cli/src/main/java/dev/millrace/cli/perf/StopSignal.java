package dev.millrace.cli.perf;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// Ends a test before its time: Ctrl-C, or a client that failed.
///
/// **Owner.** Any thread asks and reads; the thread that prints the summary says when it has.
public final class StopSignal {
    private static final int SUMMARY_PATIENCE_SECONDS = 10;

    private final CountDownLatch printed = new CountDownLatch(1);
    private volatile boolean requested;
    private volatile boolean byUser;

    /// A signal that Ctrl-C gives too. The process then waits for the summary before it ends.
    public static StopSignal onCtrlC() {
        var signal = new StopSignal();
        Runtime.getRuntime().addShutdownHook(new Thread(signal::stopAndWait, "stop-test"));
        return signal;
    }

    private void stopAndWait() {
        byUser = printed.getCount() > 0;
        requested = true;
        try {
            printed.await(SUMMARY_PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /// Asks for the end.
    void request() {
        requested = true;
    }

    boolean requested() {
        return requested;
    }

    /// Whether a person ended it.
    public boolean byUser() {
        return byUser;
    }

    /// The summary is printed: the process may end.
    public void printed() {
        printed.countDown();
    }
}
