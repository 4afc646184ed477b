package dev.millrace.engine.balance;

import java.util.List;

/// What balancing does, for a person.
///
/// @param enabled its switch
/// @param active whether this node is the one that decides
/// @param now one sentence
/// @param done the newest last
public record BalanceReport(boolean enabled, boolean active, String now, List<Done> done) {
    public BalanceReport {
        done = List.copyOf(done);
    }

    /// One thing that was done.
    public record Done(long atWallMs, String what) {}
}
