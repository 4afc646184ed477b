package dev.millrace.engine.quorum;

import java.util.List;
import org.apache.kafka.server.common.ApiMessageAndVersion;

/// A replicated log of metadata records with one leader per epoch.
///
/// Contract:
/// - a batch is committed whole or not at all (M6), on every node at the same offset (M3);
/// - listeners hear every committed batch once per start of the process, in order of offset, within [#step()];
/// - a node hears that it leads only after it has heard every record of earlier epochs (M5);
/// - the high watermark never goes back within one start of the process (M2).
public interface QuorumEngine {
    int nodeId();

    /// As this node knows it. Any thread.
    QuorumLeader leader();

    /// Appends an atomic batch to the log of the leader; it is not committed yet, and stays in this node's memory until
    /// [#schedule()]. Any thread; does not block and does not call listeners.
    ///
    /// @param expectedEpoch the epoch in which the proposer decided; another one now refuses the batch
    /// @param records at least one
    Proposal propose(int expectedEpoch, List<ApiMessageAndVersion> records);

    /// Lets what was proposed go on its way; nothing when this node does not lead. Called after [#propose], holding no turn.
    void schedule();

    /// What became of a proposal.
    sealed interface Proposal {
        /// @param lastOffset of the batch in the log, if it is committed
        record Accepted(long lastOffset) implements Proposal {}

        /// This node does not lead at the expected epoch.
        record NotLeader() implements Proposal {}

        /// The engine's memory for batches that wait is full; nothing was appended.
        record Overloaded() implements Proposal {}

        /// The records do not fit into one batch; nothing was appended.
        record TooLarge() implements Proposal {}
    }

    /// The committed records end before this offset; -1 while it is not known. Any thread.
    long highWatermark();

    /// The level of `kraft.version`: 1 and more when voters are in the log (KIP-853); 0 before the first step. Any thread.
    short kraftVersion();

    /// Before the first step.
    void listen(QuorumListener listener);

    /// Gives up leadership of this epoch, so that another voter can be elected; nothing when it is not the leader.
    void resign(int epoch);

    /// Writes a snapshot and lets the log before it go; nothing when there is one at that offset already. Within a step, or
    /// from the thread that steps.
    ///
    /// @param lastOffset of the last record that the snapshot covers, which is committed
    /// @param epoch of that record
    /// @param appendedAtMs when that record was appended, by the leader's clock
    void writeSnapshot(
            long lastOffset, int epoch, long appendedAtMs, List<ApiMessageAndVersion> records);

    /// Does what there is to do and returns, never waiting: reads messages, appends, flushes, tells the listeners.
    ///
    /// @return milliseconds until the engine wants to be stepped again when nothing wakes it before; 0 for at once
    long step();
}
