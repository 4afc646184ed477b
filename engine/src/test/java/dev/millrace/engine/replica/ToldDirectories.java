package dev.millrace.engine.replica;

import java.util.List;
import org.apache.kafka.common.Uuid;

/// Keeps in which directories the controller is told that replicas lie; nobody is followed, nothing is proposed.
///
/// @param told the directories, as they come
record ToldDirectories(List<Uuid> told) implements Replication {
    @Override
    public void follow(Partition partition, int leaderId, int leaderEpoch, boolean inSync) {}

    @Override
    public void forget(Partition partition) {}

    @Override
    public void propose(InSyncProposal proposal) {}

    @Override
    public void lies(Uuid topicId, int partition, Uuid directory) {
        told.add(directory);
    }

    @Override
    public long lagMs() {
        return 10_000;
    }
}
