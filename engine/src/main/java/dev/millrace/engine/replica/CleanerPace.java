package dev.millrace.engine.replica;

/// Bytes that compaction has read and written before it was their time: `log.cleaner.io.max.bytes.per.second`.
///
/// **Owner.** The cleaner, in its turn.
final class CleanerPace {
    /// Nobody waits longer without asking again: the settings may be others then.
    private static final long LONGEST_MS = 1_000;

    private static final double NANOS = 1e9;

    private double owed;
    private long paidAtNs;

    /// They were read or written.
    void add(long bytes, long nowNs) {
        if (owed == 0) {
            paidAtNs = nowNs;
        }
        owed += bytes;
    }

    /// How long to wait before more is done; 0 for not at all.
    long waitMs(long nowNs, double bytesPerSecond) {
        owed = Math.max(0, owed - (nowNs - paidAtNs) / NANOS * bytesPerSecond);
        paidAtNs = nowNs;
        return (long) Math.min(LONGEST_MS, owed / bytesPerSecond * 1e3);
    }
}
