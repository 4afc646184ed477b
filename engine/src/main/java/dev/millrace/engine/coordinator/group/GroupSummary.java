package dev.millrace.engine.coordinator.group;

import java.util.Map;

/// A group in one line.
///
/// @param type of the protocol: "classic", "consumer", "streams", as Kafka calls it
/// @param protocolType what its members call what they do; empty when nobody ever joined
/// @param state Kafka's name of it
/// @param rebalances how many there were since this broker took the group over, by their causes
public record GroupSummary(
        String id,
        String type,
        String protocolType,
        String state,
        int members,
        Map<RebalanceCause.Kind, Long> rebalances) {}
