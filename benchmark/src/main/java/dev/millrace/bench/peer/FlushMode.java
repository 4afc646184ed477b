package dev.millrace.bench.peer;

import java.util.Locale;

/// When `acks=all` is answered.
public enum FlushMode {
    /// From the page cache: Kafka's habit.
    OS,
    /// After the bytes are on disk: Millrace's default. The closest that Kafka has is `flush.messages=1`, which also flushes
    /// for `acks=1`.
    ACK;

    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
