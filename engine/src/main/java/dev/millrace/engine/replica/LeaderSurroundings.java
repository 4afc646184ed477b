package dev.millrace.engine.replica;

import dev.millrace.engine.env.Clock;
import java.util.function.Consumer;

/// What a leader needs of the node around it.
///
/// @param lagMs within which a replica has to reach the log end (`replica.lag.time.max.ms`)
/// @param eligible whether a broker may be in an in-sync set at all (KIP-841, KIP-903)
/// @param proposals takes what the controller has to decide
record LeaderSurroundings(
        Clock clock, long lagMs, Eligible eligible, Consumer<InSyncProposal> proposals) {
    /// Of a partition with one replica.
    static LeaderSurroundings alone(Clock clock) {
        return new LeaderSurroundings(clock, Long.MAX_VALUE, (_, _) -> false, _ -> {});
    }

    /// By the newest image.
    @FunctionalInterface
    interface Eligible {
        /// @param brokerEpoch -1 when it is not known
        boolean is(int brokerId, long brokerEpoch);
    }
}
