package dev.millrace.engine.metadata;

import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.metadata.PartitionChangeRecord;

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
    private static final int NO_LEADER_CHANGE = -2;

    public boolean hasLeader() {
        return leader != NO_LEADER;
    }

    /// This partition after a change record: what the record does not name stays, the partition epoch rises, and the leader
    /// epoch rises with every leader named, even the same one (R1).
    PartitionImage merge(PartitionChangeRecord change) {
        boolean led = change.leader() != NO_LEADER_CHANGE;
        return new PartitionImage(
                Replay.changed(change.replicas(), replicas),
                directoriesAfter(change),
                Replay.changed(change.isr(), isr),
                Replay.changed(change.eligibleLeaderReplicas(), eligibleLeaders),
                Replay.changed(change.lastKnownElr(), lastKnownEligibleLeaders),
                Replay.changed(change.removingReplicas(), removing),
                Replay.changed(change.addingReplicas(), adding),
                led ? change.leader() : leader,
                led ? leaderEpoch + 1 : leaderEpoch,
                partitionEpoch + 1,
                change.leaderRecoveryState() == -1
                        ? recovering
                        : change.leaderRecoveryState() == 1);
    }

    /// A cluster below metadata version 3.7 does not write down where replicas come to lie.
    private List<Uuid> directoriesAfter(PartitionChangeRecord change) {
        if (change.directories() != null) {
            return List.copyOf(change.directories());
        }
        if (change.replicas() == null) {
            return directories;
        }
        return change.replicas().stream()
                .map(replicas::indexOf)
                .map(index -> index < 0 ? Directories.MIGRATING : directories.get(index))
                .toList();
    }

    PartitionImage withoutElr() {
        return new PartitionImage(
                replicas,
                directories,
                isr,
                List.of(),
                List.of(),
                removing,
                adding,
                leader,
                leaderEpoch,
                partitionEpoch,
                recovering);
    }
}
