package dev.millrace.engine.quorum;

import dev.millrace.engine.check.Invariant;
import dev.millrace.engine.env.Clock;
import org.apache.kafka.common.utils.Time;

/// The engine's clock as Kafka's code reads it. Its milliseconds begin at the wall clock's and never go back: election
/// time-outs must not depend on somebody setting the clock.
final class QuorumTime implements Time {
    private final Clock clock;
    private final long wallMinusMonotonicMs;

    QuorumTime(Clock clock) {
        this.clock = clock;
        this.wallMinusMonotonicMs = clock.wallMs() - clock.monotonicMs();
    }

    @Override
    public long milliseconds() {
        return clock.monotonicMs() + wallMinusMonotonicMs;
    }

    @Override
    public long nanoseconds() {
        return clock.nanos();
    }

    @Override
    public void sleep(long ms) {
        throw Invariant.unreachable("a stepped quorum never sleeps");
    }
}
