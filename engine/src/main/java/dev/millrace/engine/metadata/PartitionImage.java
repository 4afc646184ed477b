package dev.millrace.engine.metadata;

import java.util.List;
import org.apache.kafka.common.Uuid;

/// One partition as the quorum knows it. Lists are unmodifiable, in Kafka's order (the first replica is the preferred leader).
///
/// @param leader broker id, or -1 when there is none
/// @param leaderEpoch rises with every change of leader (R1)
/// @param partitionEpoch rises with every change of this record (R1)
/// @param directories the log directory of each replica, in the order of `replicas` (KIP-858)
/// @param recovering true after an unclean election until the leader says that it has recovered (KIP-704)
public record PartitionImage(
        List<Integer> replicas,
        List<Uuid> directories,
        List<Integer> isr,
        List<Integer> eligibleLeaders,
        List<Integer> lastKnownEligibleLeaders,
        List<Integer> removing,
        List<Integer> adding,
        int leader,
        int leaderEpoch,
        int partitionEpoch,
        boolean recovering) {
    public static final int NO_LEADER = -1;

    public boolean hasLeader() {
        return leader != NO_LEADER;
    }
}
