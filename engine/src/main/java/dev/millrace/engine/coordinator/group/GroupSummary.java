package dev.millrace.engine.coordinator.group;

/// A group in one line.
///
/// @param type of the protocol: "classic", "consumer", "streams", as Kafka calls it
/// @param protocolType what its members call what they do; empty when nobody ever joined
/// @param state Kafka's name of it
public record GroupSummary(
        String id, String type, String protocolType, String state, int members) {}
