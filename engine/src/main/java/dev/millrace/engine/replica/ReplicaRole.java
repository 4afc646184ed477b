package dev.millrace.engine.replica;

import java.util.List;
import org.apache.kafka.common.protocol.Errors;

/// What this broker is to a partition. A role carries only what is true in it.
public sealed interface ReplicaRole {
    /// The epoch in requests of clients that do not know one.
    int UNSPECIFIED_EPOCH = -1;

    int leaderEpoch();

    /// Fencing by leader epoch (KIP-320): what a request that names this epoch gets. A method of each role rather than a switch over
    /// them, whose first use costs milliseconds that the first record of a start would wait for.
    Errors fence(int requestEpoch);

    /// As [#fence], of a reader whom a follower may serve as well as the leader (KIP-392).
    default Errors fenceReplica(int requestEpoch) {
        return fence(requestEpoch);
    }

    /// Whether other replicas have to ask this broker for a partition for which they did not ask it while it had that role, or not in this epoch.
    default boolean isNewToFollowers(ReplicaRole before) {
        return false;
    }

    private static Errors compare(int requestEpoch, int leaderEpoch) {
        if (requestEpoch == UNSPECIFIED_EPOCH || requestEpoch == leaderEpoch) {
            return Errors.NONE;
        }
        return requestEpoch < leaderEpoch
                ? Errors.FENCED_LEADER_EPOCH
                : Errors.UNKNOWN_LEADER_EPOCH;
    }

    /// Serves clients.
    ///
    /// @param partitionEpoch rises with every change of the sets (R1)
    /// @param inSync ids of the replicas that are in sync as the controller has decided, this one included
    /// @param others ids of the other replicas
    record Leader(int leaderEpoch, int partitionEpoch, List<Integer> inSync, List<Integer> others)
            implements ReplicaRole {
        /// Of a partition with one replica.
        public static Leader alone(int leaderEpoch, int brokerId) {
            return new Leader(leaderEpoch, 0, List.of(brokerId), List.of());
        }

        /// How many replicas have to be in sync before anything is acknowledged to all: more than there are cannot be asked for
        /// (KIP-966).
        int required(int minInSyncReplicas) {
            return Math.min(minInSyncReplicas, others.size() + 1);
        }

        /// The in-sync set is nothing to them.
        @Override
        public boolean isNewToFollowers(ReplicaRole before) {
            return !others.isEmpty()
                    && !(before instanceof Leader was
                            && was.leaderEpoch == leaderEpoch
                            && was.others.equals(others));
        }

        @Override
        public Errors fence(int requestEpoch) {
            return compare(requestEpoch, leaderEpoch);
        }
    }

    /// Not the leader; `leaderId` is -1 while there is none. Serves readers that know of followers, up to the high watermark of which it has heard.
    record Follower(int leaderEpoch, int leaderId) implements ReplicaRole {
        @Override
        public Errors fence(int requestEpoch) {
            return Errors.NOT_LEADER_OR_FOLLOWER;
        }

        @Override
        public Errors fenceReplica(int requestEpoch) {
            return compare(requestEpoch, leaderEpoch);
        }
    }

    /// Its log cannot be used until the broker restarts.
    record Offline(int leaderEpoch, String cause) implements ReplicaRole {
        @Override
        public Errors fence(int requestEpoch) {
            return Errors.KAFKA_STORAGE_ERROR;
        }
    }
}
