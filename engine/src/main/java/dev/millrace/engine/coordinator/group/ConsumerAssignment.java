package dev.millrace.engine.coordinator.group;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/// What a member of the consumer protocol has.
///
/// @param epoch the member epoch: that of the target which it has, or is on its way to; [#LEFT_FOR_A_WHILE] for a static
///     member that will come back
/// @param previousEpoch the one before: its answer may have been lost
/// @param assigned partitions that it may read, each with the epoch at which it got it (KIP-1251), in order
/// @param revoking partitions that it must give up and has not yet, likewise
record ConsumerAssignment(
        int epoch,
        int previousEpoch,
        ConsumerMemberState state,
        Map<Uuid, Map<Integer, Integer>> assigned,
        Map<Uuid, Map<Integer, Integer>> revoking) {
    static final int LEFT_FOR_A_WHILE = -2;

    /// Of a member that is joining.
    static final ConsumerAssignment JOINING =
            new ConsumerAssignment(0, -1, ConsumerMemberState.STABLE, Map.of(), Map.of());

    /// Has it all that this target gives it?
    boolean isReconciledTo(int targetEpoch) {
        return state == ConsumerMemberState.STABLE && epoch == targetEpoch;
    }

    /// Its static member is away, and keeps what it has for when it comes back. What it was to give up is given up.
    ConsumerAssignment leftForAWhile() {
        var kept = new TreeMap<Uuid, Map<Integer, Integer>>();
        assigned.forEach((topic, partitions) -> {
            var epochs = new TreeMap<Integer, Integer>();
            partitions.keySet().forEach(partition -> epochs.put(partition, 0));
            kept.put(topic, Collections.unmodifiableMap(epochs));
        });
        return new ConsumerAssignment(
                LEFT_FOR_A_WHILE,
                previousEpoch,
                state,
                Collections.unmodifiableMap(kept),
                Map.of());
    }

    /// The static member is back, under another member id.
    ConsumerAssignment cameBack() {
        return new ConsumerAssignment(0, 0, state, assigned, revoking);
    }

    /// The epoch at which it got the partition; null when it has it no longer, or never had.
    @Nullable Integer heldSince(Uuid topic, int partition) {
        Integer since = assigned.getOrDefault(topic, Map.of()).get(partition);
        return since != null ? since : revoking.getOrDefault(topic, Map.of()).get(partition);
    }
}
