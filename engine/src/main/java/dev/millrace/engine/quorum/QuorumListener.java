package dev.millrace.engine.quorum;

import java.util.List;
import org.apache.kafka.server.common.ApiMessageAndVersion;

/// Hears what the quorum has agreed on. Called within a step of the engine, one call at a time.
public interface QuorumListener {
    /// Batches that are committed, in order, each after the one before.
    void onCommit(List<CommittedBatch> batches);

    /// Everything up to the snapshot, in place of what was heard before.
    void onSnapshot(LoadedSnapshot snapshot);

    /// There is another leader, or another epoch. When this node is the leader, it has heard every record of earlier epochs.
    void onLeader(QuorumLeader leader);

    /// @param baseOffset of the first record
    /// @param lastOffset of the last one; control records of the quorum itself leave gaps between batches
    /// @param appendedAtMs by the clock of the leader that appended it
    /// @param sizeBytes in the log
    record CommittedBatch(
            long baseOffset,
            long lastOffset,
            int epoch,
            long appendedAtMs,
            int sizeBytes,
            List<ApiMessageAndVersion> records) {}

    /// @param lastOffset of the last record that it covers; -1 for the one that formatting wrote
    record LoadedSnapshot(
            long lastOffset, int epoch, long appendedAtMs, List<ApiMessageAndVersion> records) {}
}
