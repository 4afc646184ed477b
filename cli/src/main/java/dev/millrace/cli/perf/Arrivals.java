package dev.millrace.cli.perf;

import java.util.concurrent.atomic.AtomicLong;

/// What the consumers of a test have received, and when the first of it came.
///
/// **Owner.** Any consumer's thread.
final class Arrivals {
    private final Meter meter;
    private final long startNs;
    private final AtomicLong firstNs = new AtomicLong(Long.MAX_VALUE);

    Arrivals(Meter meter, long startNs) {
        this.meter = meter;
        this.startNs = startNs;
    }

    void arrived(long records, long bytes, long nowNs) {
        firstNs.accumulateAndGet(nowNs, Math::min);
        meter.together(records, bytes, nowNs);
    }

    /// When the last came; the start, when none has.
    long lastNs() {
        return meter.lastNs(startNs);
    }

    /// When the first came; `Long.MAX_VALUE` when none has.
    long firstNs() {
        return firstNs.get();
    }
}
