package dev.millrace.engine.replica;

import org.apache.kafka.common.Uuid;

/// Replication in a cluster.
public record ClusterReplication(
        ReplicaFetchers fetchers,
        InSyncProposals proposals,
        DirectoryReports directories,
        long lagMs)
        implements Replication {
    @Override
    public void follow(Partition partition, int leaderId, int leaderEpoch, boolean inSync) {
        fetchers.follow(partition, leaderId, leaderEpoch, inSync);
    }

    @Override
    public void forget(Partition partition) {
        fetchers.forget(partition);
    }

    @Override
    public void propose(InSyncProposal proposal) {
        proposals.propose(proposal);
    }

    @Override
    public void lies(Uuid topicId, int partition, Uuid directory) {
        directories.lies(topicId, partition, directory);
    }

    /// Before the logs are closed: nothing is appended, and nothing asked, any more.
    public void close() {
        fetchers.close();
        proposals.close();
        directories.close();
    }
}
