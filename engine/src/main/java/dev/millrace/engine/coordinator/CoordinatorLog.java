package dev.millrace.engine.coordinator;

import dev.millrace.engine.log.TransactionMarker;
import dev.millrace.engine.log.VerificationGuard;
import java.io.IOException;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.jspecify.annotations.Nullable;

/// What a coordinator needs of the partition that it lives on, for as long as this broker leads it at one leader epoch.
///
/// Contract:
/// - an object stands for one leadership: once it ends, appends are refused with `NOT_LEADER_OR_FOLLOWER` or `FENCED_LEADER_EPOCH`, every
///   stage of `committed` that is still open or asked for completes with an error, unless what it asks for was committed by then, and
///   `read` fails with [LeadershipOver];
/// - `append`, `appendUnhurried` and `committed` are called in the shard's turn (the partition's is taken within it, never the other way
///   round); `read` on a worker, in no turn;
/// - stages complete while no partition's turn is held.
public interface CoordinatorLog {
    /// Rises with every leadership; what tells an old one from a new one.
    int leaderEpoch();

    /// The first offset that is kept.
    long start();

    /// The next offset to be written.
    long end();

    /// What a batch may have at most (`max.message.bytes`).
    int maxBatchBytes();

    /// Writes the batch whole, or nothing of it. The bytes are the caller's again when this returns.
    default Append append(MemoryRecords records) {
        return append(records, null);
    }

    /// As [#append(MemoryRecords)], of a batch that belongs to a transaction.
    ///
    /// @param verified the guard that the partition gave out before the transaction's coordinator was asked; null when it gave none
    Append append(MemoryRecords records, @Nullable VerificationGuard verified);

    /// Writes the marker that ends a producer's transaction.
    Append append(TransactionMarker marker);

    /// As [#append], for what nobody waits for: it is flushed with what comes after it, or when its commit is asked for.
    Append appendUnhurried(MemoryRecords records);

    /// Completes with `NONE` when every offset below `endOffset` is committed, with an error when that will not be known.
    CompletionStage<Errors> committed(long endOffset);

    /// Whole batches from the one that holds `offset` on, at least one; empty at the end of the log.
    ///
    /// @param maxBytes a wish: a batch larger than it comes whole
    /// @throws LeadershipOver when whoever leads next reads it
    MemoryRecords read(long offset, int maxBytes) throws IOException;

    /// This object's leadership has ended: there is nothing to read any more, now or later.
    final class LeadershipOver extends IOException {
        private static final long serialVersionUID = 1;

        public LeadershipOver(String what, Errors error) {
            super(what + " is not led here any more: " + error);
        }
    }

    /// What became of a batch.
    sealed interface Append {
        /// @param baseOffset of its first record
        record Written(long baseOffset) implements Append {}

        record Refused(Errors error) implements Append {}
    }
}
