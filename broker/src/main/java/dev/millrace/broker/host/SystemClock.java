package dev.millrace.broker.host;

import dev.millrace.engine.env.Clock;

/// The machine's clocks.
final class SystemClock implements Clock {
    @Override
    public long wallMs() {
        return System.currentTimeMillis();
    }

    @Override
    public long nanos() {
        return System.nanoTime();
    }
}
