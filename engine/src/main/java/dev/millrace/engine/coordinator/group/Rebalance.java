package dev.millrace.engine.coordinator.group;

/// A rebalance as the history remembers it.
///
/// @param atMs wall clock
/// @param epoch the generation, or group epoch, that it led to
/// @param protocol of the group, under Kafka's name: "classic", "consumer", "streams"
public record Rebalance(long atMs, int epoch, String protocol, RebalanceCause cause) {}
