package dev.millrace.engine.replica;

import java.util.HashSet;
import java.util.Set;

/// The partitions of one topic whose replicas here are throttled: of `leader.replication.throttled.replicas` or its follower's counterpart.
///
/// @param all whether it is every partition
record ThrottledReplicas(boolean all, Set<Integer> partitions) {
    static final ThrottledReplicas NONE = new ThrottledReplicas(false, Set.of());

    /// @param value `*`, or `PARTITION:BROKER,PARTITION:BROKER`; what is neither is passed over, for it was refused when it was set
    /// @param self the broker whose replicas count
    static ThrottledReplicas of(String value, int self) {
        String stripped = value.strip();
        if (stripped.equals("*")) {
            return new ThrottledReplicas(true, Set.of());
        }
        var partitions = new HashSet<Integer>();
        for (String replica : stripped.split(",", -1)) {
            int colon = replica.indexOf(':');
            try {
                if (colon > 0 && Integer.parseInt(replica.substring(colon + 1).strip()) == self) {
                    partitions.add(Integer.parseInt(replica.substring(0, colon).strip()));
                }
            } catch (NumberFormatException _) {
                // passed over
            }
        }
        return partitions.isEmpty() ? NONE : new ThrottledReplicas(false, partitions);
    }

    boolean has(int partition) {
        return all || partitions.contains(partition);
    }
}
