package dev.millrace.engine.replica;

/// Replication in a cluster.
public record ClusterReplication(ReplicaFetchers fetchers, InSyncProposals proposals, long lagMs)
        implements Replication {
    @Override
    public void follow(Partition partition, int leaderId, int leaderEpoch) {
        fetchers.follow(partition, leaderId, leaderEpoch);
    }

    @Override
    public void forget(Partition partition) {
        fetchers.forget(partition);
    }

    @Override
    public void propose(InSyncProposal proposal) {
        proposals.propose(proposal);
    }

    /// Before the logs are closed: nothing is appended, and nothing asked, any more.
    public void close() {
        fetchers.close();
        proposals.close();
    }
}
