package dev.millrace.engine.env;

/// Time as this node sees it.
public interface Clock {
    /// Milliseconds since the epoch; may step backwards when somebody sets the clock. For timestamps only.
    long wallMs();

    /// Nanoseconds since an arbitrary moment; never goes back. For time-outs and durations.
    long nanos();

    /// [#nanos()] in milliseconds.
    default long monotonicMs() {
        return nanos() / 1_000_000;
    }
}
