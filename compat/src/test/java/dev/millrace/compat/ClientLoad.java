package dev.millrace.compat;

import java.util.List;

/// A client that writes 0, 1, 2, ... to every partition of a topic, and reads them back in a group, while things happen to the brokers.
interface ClientLoad {
    /// The key of its records.
    String name();

    /// Records that are acknowledged and read by now, whichever is less.
    long through();

    /// Stops sending, and returns when all is acknowledged and read, or its patience is over.
    Outcome finish();

    /// What the application saw.
    ///
    /// @param acknowledged by partition
    /// @param read by partition: how many numbers came in their order
    /// @param errors that the client gave to the application; none is right
    /// @param again records that were read once more, after a rebalance
    /// @param gapMs the longest time between two acknowledgements
    record Outcome(
            List<Long> acknowledged,
            List<Long> read,
            List<String> errors,
            long again,
            long gapMs) {}
}
