package dev.millrace.engine.replica;

import dev.millrace.engine.env.Turn;
import dev.millrace.engine.log.AppendResult;
import dev.millrace.engine.log.Origin;
import dev.millrace.engine.log.TransactionMarker;
import dev.millrace.engine.log.Verification;
import dev.millrace.engine.log.VerificationGuard;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What the leader of one partition appends: refused, or written and on its way to be acknowledged.
///
/// ```
///   fence, in-sync rule, room on the disk --> Log.append --acks=all---> flushed soon, visible then
///                 `--Refused                        `-----acks 0, 1---> visible at once
///                                                   `-----of a coordinator that does not wait--> with whatever is flushed next
/// ```
/// **Owner.** The partition; methods that are not private take its turn.
final class Appends {
    private static final Logger LOG = LoggerFactory.getLogger(Appends.class);

    private final Turn turn;
    private final HeldLog held;
    private final Standing standing;
    private final HighWatermark highWatermark;
    private final GroupCommit commit;
    private final Watchers watchers;

    Appends(
            Turn turn,
            HeldLog held,
            Standing standing,
            HighWatermark highWatermark,
            GroupCommit commit,
            Watchers watchers) {
        this.turn = turn;
        this.held = held;
        this.standing = standing;
        this.highWatermark = highWatermark;
        this.commit = commit;
        this.watchers = watchers;
    }

    /// See [Partition#append(int, MemoryRecords, boolean, Origin, VerificationGuard)].
    AppendResult append(
            int expectedEpoch,
            MemoryRecords records,
            boolean acksAll,
            Origin origin,
            @Nullable VerificationGuard verified) {
        var woken = new Woken();
        AppendResult result =
                turn.take(() ->
                        appendInTurn(expectedEpoch, records, acksAll, origin, verified, woken));
        woken.wake();
        return result;
    }

    /// See [Partition#appendAwaited(MemoryRecords, boolean, Origin, VerificationGuard)].
    AwaitedAppend appendAwaited(
            MemoryRecords records,
            boolean acksAll,
            Origin origin,
            @Nullable VerificationGuard verified) {
        var woken = new Woken();
        AwaitedAppend append =
                turn.take(() ->
                        awaited(
                                appendInTurn(
                                        ReplicaRole.UNSPECIFIED_EPOCH,
                                        records,
                                        acksAll,
                                        origin,
                                        verified,
                                        woken),
                                acksAll));
        woken.wake();
        return append;
    }

    /// In the turn of the append: in a later one the batch may have been cut off, and its offsets be another's.
    private AwaitedAppend awaited(AppendResult result, boolean acksAll) {
        if (result instanceof AppendResult.Refused refused) {
            return new AwaitedAppend(result, CompletableFuture.completedFuture(refused.error()));
        }
        if (!acksAll) {
            return new AwaitedAppend(result, GroupCommit.COMMITTED);
        }
        long last =
                result instanceof AppendResult.Appended appended
                        ? appended.lastOffset()
                        : ((AppendResult.Duplicate) result).lastOffset();
        return new AwaitedAppend(result, commit.committed(ReplicaRole.UNSPECIFIED_EPOCH, last + 1));
    }

    private AppendResult appendInTurn(
            int expectedEpoch,
            MemoryRecords records,
            boolean acksAll,
            Origin origin,
            @Nullable VerificationGuard verified,
            Woken woken) {
        AppendResult refused = refusal(expectedEpoch, acksAll);
        if (refused != null) {
            return refused;
        }
        if (!held.admits(records.sizeInBytes(), !origin.isClient())) {
            return new AppendResult.Refused(Errors.KAFKA_STORAGE_ERROR, held.fullDisk());
        }
        try {
            long end = held.log().logEnd();
            AppendResult result =
                    standing.open()
                            .append(records, standing.role().leaderEpoch(), origin, verified);
            // What a coordinator does not wait for is no less a promise: it counts when it is
            // flushed, with whatever comes next.
            boolean relaxed = !acksAll && origin != Origin.COORDINATOR;
            appended(result, end, records.sizeInBytes(), acksAll, relaxed, woken);
            return result;
        } catch (IOException e) {
            return failed(e, woken);
        }
    }

    /// Appends the marker that ends a producer's transaction, as with acks=all.
    ///
    /// @param expectedEpoch as with [Partition#append(int, MemoryRecords, boolean, Origin)]; -1 for whichever
    AppendResult append(int expectedEpoch, TransactionMarker marker) {
        var woken = new Woken();
        AppendResult result =
                turn.take(() -> {
                    AppendResult refused = refusal(expectedEpoch, true);
                    return refused != null ? refused : appendInTurn(marker, woken);
                });
        woken.wake();
        return result;
    }

    /// As [#append(int, TransactionMarker)], whichever the epoch; see [AwaitedAppend].
    AwaitedAppend appendAwaited(TransactionMarker marker) {
        var woken = new Woken();
        AwaitedAppend append =
                turn.take(() -> {
                    AppendResult refused = refusal(ReplicaRole.UNSPECIFIED_EPOCH, true);
                    return awaited(refused != null ? refused : appendInTurn(marker, woken), true);
                });
        woken.wake();
        return append;
    }

    private AppendResult appendInTurn(TransactionMarker marker, Woken woken) {
        try {
            long end = held.log().logEnd();
            AppendResult result = standing.open().append(marker, standing.role().leaderEpoch());
            appended(result, end, 1, true, false, woken);
            return result;
        } catch (IOException e) {
            return failed(e, woken);
        }
    }

    private @Nullable AppendResult refusal(int expectedEpoch, boolean acksAll) {
        Errors fenced = standing.fence(expectedEpoch);
        if (fenced != Errors.NONE) {
            return refused(fenced);
        }
        return acksAll && standing.tooFewInSync() ? refused(Errors.NOT_ENOUGH_REPLICAS) : null;
    }

    private void appended(
            AppendResult result,
            long endBefore,
            int bytes,
            boolean acksAll,
            boolean relaxed,
            Woken woken) {
        if (result instanceof AppendResult.Appended) {
            highWatermark.appended(bytes);
            Followers others = standing.followers();
            if (others != null && others.any()) {
                others.appending(endBefore);
                watchers.tellAppended(bytes, woken);
            }
            boolean flushOnAck = held.log().settings().flushOnAck();
            if (acksAll && flushOnAck) {
                commit.flushSoon();
            } else if (relaxed || !flushOnAck) {
                highWatermark.relax();
                commit.advance(woken);
            }
        }
    }

    private AppendResult failed(IOException e, Woken woken) {
        LOG.warn("{}: append failed: {}", held.name(), e.toString());
        if (held.log().hasFailed()) {
            standing.offline(e.toString(), woken); // or it would lead on, and take nothing any more
        }
        held.appendFailed(e);
        return refused(Errors.KAFKA_STORAGE_ERROR);
    }

    private static AppendResult refused(Errors error) {
        return new AppendResult.Refused(error, error.message());
    }

    /// See [Partition#verification].
    Verification verification(long producerId, short epoch, int sequence, boolean adds) {
        return turn.take(() -> {
            Errors fenced = standing.fence(ReplicaRole.UNSPECIFIED_EPOCH);
            if (fenced != Errors.NONE) {
                return new Verification.Refused(fenced);
            }
            try {
                return standing.open().verification(producerId, epoch, sequence, adds);
            } catch (IOException e) {
                LOG.warn("{}: {}", held.name(), e.toString());
                return new Verification.Refused(Errors.KAFKA_STORAGE_ERROR);
            }
        });
    }
}
