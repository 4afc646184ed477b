package dev.millrace.engine.coordinator.group;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.Uuid;

/// A member as an assignor sees it.
///
/// @param rack where it runs (`client.rack`)
/// @param instanceId of a static member (KIP-345)
/// @param topics that it wants to read, named and matched
/// @param owned what the last assignment was to give it: what an assignor leaves where it is, when it can
record Subscriber(
        Optional<String> rack,
        Optional<String> instanceId,
        Set<Uuid> topics,
        Map<Uuid, Set<Integer>> owned) {
    boolean owns(Uuid topic, int partition) {
        return owned.getOrDefault(topic, Set.of()).contains(partition);
    }
}
