package dev.millrace.broker.net;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Writes warnings that strangers can cause, at most [#BURST] a minute: a port scan does not fill the disk. What was left out is
/// counted and said with the next one.
///
/// **Owner.** Any thread.
final class WarningLimit {
    static final int BURST = 20;
    private static final Logger LOG = LoggerFactory.getLogger(WarningLimit.class);
    private static final long PERIOD_NS = TimeUnit.MINUTES.toNanos(1);

    private long periodStartNs = System.nanoTime() - PERIOD_NS;
    private int written;
    private int leftOut;
    private final int burst;

    WarningLimit() {
        this(BURST);
    }

    /// @param burst so many a minute are written; 0 for none
    WarningLimit(int burst) {
        this.burst = burst;
    }

    void warn(String message) {
        warn(message, null);
    }

    /// @param failure to be written with its stack trace; null for none
    void warn(String message, @Nullable Throwable failure) {
        int missing;
        synchronized (this) {
            long now = System.nanoTime();
            if (now - periodStartNs >= PERIOD_NS) {
                periodStartNs = now;
                written = 0;
            }
            if (written == burst) {
                leftOut++;
                return;
            }
            written++;
            missing = leftOut;
            leftOut = 0;
        }
        if (missing > 0) {
            LOG.warn("{} ({} such warnings before it were left out)", message, missing, failure);
        } else {
            LOG.warn("{}", message, failure);
        }
    }
}
