package dev.millrace.engine.replica;

import org.jspecify.annotations.Nullable;

/// Who reads in a fetch.
///
/// @param isolation how far it may see
/// @param anyReplica whether a follower serves it, too (KIP-392): a client that knows of that, from Fetch version 11 on
/// @param follower who reads to the end of the log, and tells how far it is; null for a client
public record FetchReader(
        Isolation isolation, boolean anyReplica, @Nullable ReplicaReader follower) {
    /// Of a client whom only leaders serve.
    public static FetchReader ofLeader(Isolation isolation) {
        return new FetchReader(isolation, false, null);
    }
}
