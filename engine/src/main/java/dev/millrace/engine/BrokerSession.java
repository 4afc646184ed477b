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

    /// The controller has answered, and counts on this broker.
    ///
    /// @param sinceMs by the session's clock, when the broker had asked; not when the answer came, for the controller's count began before
    void heard(long sinceMs) {
        endMs = sinceMs + lengthMs;
    }

    boolean isOver() {
        return clock.monotonicMs() >= endMs;
    }
}
