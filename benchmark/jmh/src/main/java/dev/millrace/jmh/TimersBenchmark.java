package dev.millrace.jmh;

import dev.millrace.broker.host.Host;
import dev.millrace.engine.env.Timers;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// What every request that waits does: arm a timer and disarm it.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@SuppressWarnings("NullAway.Init") // set up by JMH
public class TimersBenchmark {
    private static final long DELAY_MS = 30_000;
    private static final long FAR_MS = 3_600_000;

    /// How many others are armed meanwhile.
    @Param({"0", "10000"})
    private int others;

    private Host host;
    private Timers timers;

    @Setup
    public void start() {
        host =
                new Host(broken -> {
                    throw broken;
                });
        timers = host.timers();
        for (int i = 0; i < others; i++) {
            timers.schedule(FAR_MS + i, TimersBenchmark::nothing);
        }
    }

    private static void nothing() {}

    @TearDown
    public void stop() throws InterruptedException {
        host.stop(1_000);
    }

    @Benchmark
    public Timers.Timer scheduleAndCancel() {
        Timers.Timer timer = timers.schedule(DELAY_MS, TimersBenchmark::nothing);
        timer.cancel();
        return timer;
    }
}
