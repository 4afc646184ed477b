package dev.millrace.engine.log;

/// Stands for the time between asking a coordinator whether a transaction is open and appending to it (KIP-890). A marker that
/// arrives in between takes it away, so that what was verified for one transaction cannot be appended to the next.
///
/// Only its identity is known outside of the log. **Owner.** The partition.
public final class VerificationGuard {
    final long createdMs;

    /// The coordinator is asked to add the partition, not only whether it is there.
    final boolean adds;

    private short epoch;

    /// Of the batches that wait for verification at that epoch: what comes before it must be appended first.
    private int lowestSequence;

    VerificationGuard(long createdMs, boolean adds, short epoch, int sequence) {
        this.createdMs = createdMs;
        this.adds = adds;
        this.epoch = epoch;
        this.lowestSequence = sequence;
    }

    void alsoFor(short otherEpoch, int sequence) {
        if (otherEpoch > epoch) {
            epoch = otherEpoch;
            lowestSequence = sequence;
        } else if (otherEpoch == epoch) {
            lowestSequence = Math.min(lowestSequence, sequence);
        }
    }

    short epoch() {
        return epoch;
    }

    int lowestSequence() {
        return lowestSequence;
    }
}
