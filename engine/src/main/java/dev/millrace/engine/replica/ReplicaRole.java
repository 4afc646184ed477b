package dev.millrace.engine.replica;

import org.apache.kafka.common.protocol.Errors;

/// What this broker is to a partition. A role carries only what is true in it.
public sealed interface ReplicaRole {
    /// The epoch in requests of clients that do not know one.
    int UNSPECIFIED_EPOCH = -1;

    int leaderEpoch();

    /// Serves clients.
    ///
    /// @param inSync how many replicas are in sync, this one included
    record Leader(int leaderEpoch, int inSync) implements ReplicaRole {}

    /// Not the leader; `leaderId` is -1 while there is none.
    record Follower(int leaderEpoch, int leaderId) implements ReplicaRole {}

    /// Its log cannot be used until the broker restarts.
    record Offline(int leaderEpoch, String cause) implements ReplicaRole {}

    /// Fencing by leader epoch (KIP-320): what a request that names this epoch gets.
    static Errors fence(ReplicaRole role, int requestEpoch) {
        return switch (role) {
            case Offline _ -> Errors.KAFKA_STORAGE_ERROR;
            case Follower _ -> Errors.NOT_LEADER_OR_FOLLOWER;
            case Leader _ when requestEpoch == UNSPECIFIED_EPOCH -> Errors.NONE;
            case Leader(int epoch, _) when requestEpoch < epoch -> Errors.FENCED_LEADER_EPOCH;
            case Leader(int epoch, _) when requestEpoch > epoch -> Errors.UNKNOWN_LEADER_EPOCH;
            case Leader _ -> Errors.NONE;
        };
    }
}
