package dev.millrace.simulator.official;

import java.util.concurrent.atomic.AtomicLong;

/// What the clients of a run have got done so far; any thread looks.
public final class Tally {
    final AtomicLong acknowledged = new AtomicLong();
    final AtomicLong committed = new AtomicLong();
    final AtomicLong aborted = new AtomicLong();
    final AtomicLong copied = new AtomicLong();
    final AtomicLong read = new AtomicLong();
    final AtomicLong errors = new AtomicLong();

    /// Records outside of transactions.
    public long acknowledged() {
        return acknowledged.get();
    }

    /// Transactions of writers.
    public long committed() {
        return committed.get();
    }

    /// Transactions that their writers wanted to abort.
    public long aborted() {
        return aborted.get();
    }

    /// Transactions of copiers.
    public long copied() {
        return copied.get();
    }

    public long read() {
        return read.get();
    }

    /// What clients were told of that they could not mend by themselves.
    public long errors() {
        return errors.get();
    }
}
