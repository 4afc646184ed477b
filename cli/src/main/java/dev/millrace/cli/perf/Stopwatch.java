package dev.millrace.cli.perf;

import java.util.concurrent.locks.LockSupport;

/// The time that a test measures by, in nanoseconds from nowhere in particular. Tests pass one that they move themselves.
public interface Stopwatch {
    /// The machine's own.
    Stopwatch SYSTEM =
            new Stopwatch() {
                @Override
                public long nowNs() {
                    return System.nanoTime();
                }

                @Override
                public void pauseNs(long ns) {
                    LockSupport.parkNanos(ns);
                }
            };

    /// Now.
    long nowNs();

    /// Waits about so long; may return early, and late by as much as the system's timers are.
    void pauseNs(long ns);
}
