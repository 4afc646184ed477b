package dev.millrace.cli.perf;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/// Counts what arrived: records and bytes of a test, and when the last of them came.
///
/// **Owner.** Any thread adds; the thread that shows progress takes looks. Warm-up never comes here.
public final class Meter {
    private final LongAdder records = new LongAdder();
    private final LongAdder bytes = new LongAdder();
    private final AtomicLong lastNs = new AtomicLong(Long.MIN_VALUE);
    private final Latencies latencies = new Latencies();
    private long lookedAtNs;
    private long recordsSeen;
    private long bytesSeen;

    /// What came since the look before.
    ///
    /// @param latency zeros where the test measures none
    public record Look(double seconds, long records, long bytes, Percentiles latency) {
        /// Records in a second.
        public double recordsPerSecond() {
            return rate(records, seconds);
        }

        /// Bytes in a second.
        public double bytesPerSecond() {
            return rate(bytes, seconds);
        }
    }

    /// @param startNs when measuring begins
    Meter(long startNs) {
        lookedAtNs = startNs;
    }

    /// One record arrived, so long after it was due or sent.
    void arrived(long size, long latencyNs, long nowNs) {
        latencies.record(latencyNs);
        together(1, size, nowNs);
    }

    /// Some records arrived together, and nobody asks how long they took.
    void together(long count, long size, long nowNs) {
        records.add(count);
        bytes.add(size);
        lastNs.accumulateAndGet(nowNs, Math::max);
    }

    /// What came since the last look.
    Look look(long nowNs) {
        long newRecords = records.sum() - recordsSeen;
        long newBytes = bytes.sum() - bytesSeen;
        double seconds = (nowNs - lookedAtNs) / 1e9;
        lookedAtNs = nowNs;
        recordsSeen += newRecords;
        bytesSeen += newBytes;
        return new Look(seconds, newRecords, newBytes, latencies.sinceLastLook());
    }

    long records() {
        return records.sum();
    }

    long bytes() {
        return bytes.sum();
    }

    /// When the last record came, or the start when none did.
    long lastNs(long startNs) {
        return Math.max(startNs, lastNs.get());
    }

    /// The latencies of everything; takes a look.
    Percentiles latency() {
        return latencies.total();
    }

    /// An amount per second; 0 for no time at all.
    static double rate(long amount, double seconds) {
        return seconds <= 0 ? 0 : amount / seconds;
    }
}
