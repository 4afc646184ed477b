package dev.millrace.cli.perf;

import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;
import org.jspecify.annotations.Nullable;

/// A latency distribution that grows: three significant digits, from a microsecond to an hour; more counts as an hour.
///
/// **Owner.** Any thread records; one thread takes looks.
final class Latencies {
    private static final long MAX_US = 3_600_000_000L;
    private static final int DIGITS = 3;
    private static final long NS_PER_US = 1_000;

    private final Recorder recorder = new Recorder(1, MAX_US, DIGITS);
    private final Histogram all = new Histogram(1, MAX_US, DIGITS);
    private @Nullable Histogram interval;

    void record(long latencyNs) {
        recorder.recordValue(Math.clamp(latencyNs / NS_PER_US, 0, MAX_US));
    }

    /// What came since the last look.
    Percentiles sinceLastLook() {
        interval = recorder.getIntervalHistogram(interval);
        all.add(interval);
        return Percentiles.of(interval);
    }

    /// All that came; takes a look.
    Percentiles total() {
        sinceLastLook();
        return Percentiles.of(all);
    }
}
