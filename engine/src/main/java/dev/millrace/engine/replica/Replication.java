package dev.millrace.engine.replica;

import org.apache.kafka.common.Uuid;

/// What binds this broker's partitions to the other replicas: fetching from leaders, and asking the controller who is in sync.
///
/// Called in the turn of [Replicas], [#propose] in any.
public interface Replication {
    /// Of a broker that is alone: there is nobody to fetch from, and nothing to propose.
    Replication NONE =
            new Replication() {
                @Override
                public void follow(
                        Partition partition, int leaderId, int leaderEpoch, boolean inSync) {}

                @Override
                public void forget(Partition partition) {}

                @Override
                public void propose(InSyncProposal proposal) {}

                @Override
                public void lies(Uuid topicId, int partition, Uuid directory) {}

                @Override
                public long lagMs() {
                    return Long.MAX_VALUE;
                }
            };

    /// Fetches it from that leader from now on, instead of from any other.
    ///
    /// @param inSync whether this replica is, as the controller has decided: producers wait for it then, and no throttle holds it back
    void follow(Partition partition, int leaderId, int leaderEpoch, boolean inSync);

    /// Fetches it no more.
    void forget(Partition partition);

    /// Has the controller decide.
    void propose(InSyncProposal proposal);

    /// Has the controller know that a replica lies in another log directory than it thinks.
    void lies(Uuid topicId, int partition, Uuid directory);

    /// Within which a replica has to reach the log end (`replica.lag.time.max.ms`).
    long lagMs();
}
