package dev.millrace.engine;

import dev.millrace.engine.env.Clock;

/// How long the active controller goes on counting on this broker after it last heard it (`broker.session.timeout.ms`, KIP-631).
///
/// Within the session nobody has taken leaderships away for this broker's silence. After it somebody may have, and this broker would not
/// know.
///
/// **Owner.** None: any thread.
final class BrokerSession {
    private final Clock clock;
    private final long lengthMs;
    private volatile long endMs;

    /// A session that is over until the controller has heard this broker.
    BrokerSession(Clock clock, long lengthMs) {
        this.clock = clock;
        this.lengthMs = lengthMs;
        this.endMs = clock.monotonicMs();
    }

    /// @param sinceMs by the clock of this session: when the broker sent what the controller has answered. Never when the answer came:
    /// the controller's own count began before
    void heard(long sinceMs) {
        endMs = sinceMs + lengthMs;
    }

    boolean isOver() {
        return clock.monotonicMs() >= endMs;
    }
}
