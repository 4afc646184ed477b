package dev.millrace.engine.replica;

/// A follower that fetches: its offset says that it has everything below, flushed as the topic says.
///
/// @param brokerEpoch of its process, -1 when it does not say (KIP-903)
public record ReplicaReader(int brokerId, long brokerEpoch) {}
