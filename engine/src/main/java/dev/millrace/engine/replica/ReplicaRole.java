package dev.millrace.engine.replica;

import org.apache.kafka.common.protocol.Errors;

/// What this broker is to a partition. A role carries only what is true in it.
public sealed interface ReplicaRole {
    /// The epoch in requests of clients that do not know one.
    int UNSPECIFIED_EPOCH = -1;

    int leaderEpoch();

    /// Fencing by leader epoch (KIP-320): what a request that names this epoch gets. A method of each role rather than a switch over
    /// them, whose first use costs milliseconds that the first record of a start would wait for.
    Errors fence(int requestEpoch);

    /// Serves clients.
    ///
    /// @param inSync how many replicas are in sync, this one included
    record Leader(int leaderEpoch, int inSync) implements ReplicaRole {
        @Override
        public Errors fence(int requestEpoch) {
            if (requestEpoch == UNSPECIFIED_EPOCH || requestEpoch == leaderEpoch) {
                return Errors.NONE;
            }
            return requestEpoch < leaderEpoch
                    ? Errors.FENCED_LEADER_EPOCH
                    : Errors.UNKNOWN_LEADER_EPOCH;
        }
    }

    /// Not the leader; `leaderId` is -1 while there is none.
    record Follower(int leaderEpoch, int leaderId) implements ReplicaRole {
        @Override
        public Errors fence(int requestEpoch) {
            return Errors.NOT_LEADER_OR_FOLLOWER;
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
