package dev.millrace.engine.telemetry;

import org.apache.kafka.common.protocol.Errors;

/// One client that has asked for its subscription, and when it last did what.
///
/// A client keeps to the interval; it may push at once after it has asked, because it spreads its first push at random, and it
/// may ask at once after it was told that its subscription has changed. When that has changed, it begins anew.
final class TelemetryInstance {
    private static final long NEVER = Long.MIN_VALUE / 2;

    private final TelemetryDemand demand;
    private long askedMs = NEVER;
    private long pushedMs = NEVER;
    private boolean terminating;
    private Errors lastError = Errors.NONE;

    TelemetryInstance(TelemetryDemand demand) {
        this.demand = demand;
    }

    TelemetryDemand demand() {
        return demand;
    }

    boolean terminating() {
        return terminating;
    }

    void terminate() {
        terminating = true;
    }

    boolean mayAsk(long nowMs) {
        boolean may =
                lastError == Errors.UNKNOWN_SUBSCRIPTION_ID
                        || nowMs - Math.max(askedMs, pushedMs) >= demand.intervalMs();
        if (may) {
            askedMs = nowMs;
            lastError = Errors.NONE;
        }
        return may;
    }

    boolean mayPush(long nowMs) {
        boolean may = askedMs > pushedMs || nowMs - pushedMs >= demand.intervalMs();
        if (may) {
            // A push in the same millisecond as the question counts as after it.
            pushedMs = Math.max(nowMs, askedMs);
        }
        return may;
    }

    void answered(Errors error) {
        lastError = error;
    }

    /// Forgotten once it has been silent for three intervals, at least a minute.
    boolean expired(long nowMs) {
        long patienceMs = Math.max(60_000L, 3L * demand.intervalMs());
        return nowMs - Math.max(askedMs, pushedMs) > patienceMs;
    }
}
