package dev.millrace.engine.replica;

import dev.millrace.engine.env.Clock;

/// So many bytes a second: what has not been spent is kept for a quarter of a second, what was spent too much is owed.
///
/// ```
///   bytes at hand:  -debt ...... 0 ...... rate / 4        rises by `rate` a second
/// ```
/// Who asks may take what is at hand, and one batch always: so over any time the bytes are at most `rate` times that, a quarter of a
/// second more, and one batch.
///
/// **Owner.** [ReplicaThrottle], in its turn.
final class Allowance {
    private static final double KEPT_SECONDS = 0.25;
    private static final double WORTH_SECONDS = 0.1;
    private static final double NANOS = 1e9;

    private final Clock clock;
    private final long rate;
    private double atHand;
    private long sinceNs;

    /// @param rate bytes a second, 1 or more
    Allowance(long rate, Clock clock) {
        this.rate = rate;
        this.clock = clock;
        this.sinceNs = clock.nanos();
    }

    long rate() {
        return rate;
    }

    /// Bytes that may be taken now; 0 while something is owed.
    long atHand() {
        grow();
        return Math.max(0, (long) atHand);
    }

    void spend(long bytes) {
        grow();
        atHand -= bytes;
    }

    /// Milliseconds until it is worth asking again, 1 or more.
    long waitMs() {
        grow();
        double missing = rate * WORTH_SECONDS - atHand;
        return Math.max(1, (long) Math.ceil(missing / rate * 1_000));
    }

    private void grow() {
        long now = clock.nanos();
        atHand =
                Math.min(atHand + (now - sinceNs) / NANOS * rate, Math.max(1, rate * KEPT_SECONDS));
        sinceNs = now;
    }
}
