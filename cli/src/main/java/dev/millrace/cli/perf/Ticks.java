package dev.millrace.cli.perf;

import java.util.function.Consumer;

/// What happens every second while a test runs: a look at the meter, and an end to patience after a request to stop.
final class Ticks implements Runnable {
    static final long EVERY_MS = 1_000;

    private static final int GRACE_TICKS = 2;

    private final Meter meter;
    private final long measureFromNs;
    private final Stopwatch clock;
    private final Consumer<Meter.Look> progress;
    private final StopSignal stop;
    private final Runnable abort;
    private int ticksSinceStop;

    /// @param abort ends what does not end by itself, once, two seconds after the request to stop
    Ticks(
            Meter meter,
            long measureFromNs,
            Stopwatch clock,
            Consumer<Meter.Look> progress,
            StopSignal stop,
            Runnable abort) {
        this.meter = meter;
        this.measureFromNs = measureFromNs;
        this.clock = clock;
        this.progress = progress;
        this.stop = stop;
        this.abort = abort;
    }

    @Override
    public void run() {
        long nowNs = clock.nowNs();
        if (nowNs > measureFromNs) {
            progress.accept(meter.look(nowNs));
        }
        if (stop.requested() && ++ticksSinceStop == GRACE_TICKS) {
            abort.run();
        }
    }
}
