package dev.millrace.engine.replica;

import dev.millrace.engine.check.Invariant;
import dev.millrace.engine.env.Turn;
import dev.millrace.engine.env.Workers;
import dev.millrace.engine.log.FlushPlan;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// When what was appended is acknowledged: one flush at a time runs on a worker, and all who appended while it ran are served
/// together by the next.
///
/// ```
///   flushedEnd <= logEnd      everything below it survives a power loss
///
///   idle --somebody waits--> planned (in the turn) --> syncing (in nobody's turn) --> flushed (in the turn) --somebody waits--> planned
///                                                                                          `--failed (L5)--> offline
/// ```
/// **Owner.** The partition. What is not said to take the turn is called in it.
final class GroupCommit {
    private static final Logger LOG = LoggerFactory.getLogger(GroupCommit.class);

    /// Of what nobody has to wait for.
    static final CompletableFuture<Errors> COMMITTED =
            CompletableFuture.completedFuture(Errors.NONE);

    private final Turn turn;
    private final Workers workers;
    private final HeldLog held;
    private final Standing standing;
    private final HighWatermark highWatermark;
    private final CommitQueue commits;
    private boolean flushing;

    GroupCommit(
            Turn turn,
            Workers workers,
            HeldLog held,
            Standing standing,
            HighWatermark highWatermark,
            CommitQueue commits) {
        this.turn = turn;
        this.workers = workers;
        this.held = held;
        this.standing = standing;
        this.highWatermark = highWatermark;
        this.commits = commits;
    }

    /// Takes the turn; see [Partition#committed(int, long)].
    CompletableFuture<Errors> committed(int expectedEpoch, long endOffset) {
        return turn.take(() -> {
            Errors fenced = standing.fence(expectedEpoch);
            if (fenced != Errors.NONE) {
                return CompletableFuture.completedFuture(fenced);
            }
            if (endOffset <= acknowledgedEnd()) {
                return COMMITTED;
            }
            flushForCommits();
            return commits.await(endOffset);
        });
    }

    /// Of a follower.
    ///
    /// @return completes when its next fetch may report all that it has
    CompletionStage<Errors> copied() {
        LazyLog log = held.log();
        if (log.settings().flushOnAck() && log.flushedEnd() < log.logEnd()) {
            flushSoon();
            return commits.await(log.logEnd());
        }
        return COMMITTED;
    }

    /// Something has changed on which it depends how far all have what was appended.
    void advance(Woken woken) {
        Followers others = standing.followers();
        if (others != null) {
            long own = highWatermark.ownEnd();
            long reached = others.reached(own, held.log().logEnd(), standing.minInSync());
            highWatermark.raise(reached, woken);
        }
        commits.release(acknowledgedEnd(), woken);
    }

    /// Of a leader: what all have. Of a follower: what its next fetch may report.
    private long acknowledgedEnd() {
        LazyLog log = held.log();
        long all =
                standing.role() instanceof ReplicaRole.Leader
                        ? highWatermark.value()
                        : log.logEnd();
        return log.settings().flushOnAck() ? Math.min(all, log.flushedEnd()) : all;
    }

    /// An acknowledgement that waits for followers alone needs no flush.
    private void flushForCommits() {
        LazyLog log = held.log();
        boolean ownCounts = highWatermark.ownEnd() >= log.logEnd();
        if (log.settings().flushOnAck() || !ownCounts) {
            flushSoon();
        }
    }

    int waiting() {
        return commits.size();
    }

    boolean isFlushing() {
        return flushing;
    }

    void flushSoon() {
        LazyLog log = held.log();
        if (!flushing && log.flushedEnd() < log.logEnd()) {
            flushing = true;
            workers.syncOrLend("flush " + held.name(), this::sync);
        }
    }

    /// Takes the turn; see [Housekeeping#flushSealed].
    void flushSealed() {
        boolean awaited =
                turn.take(() ->
                        !standing.isClosed()
                                && held.log().isOpen()
                                && held.log().opened().sealedUnsynced());
        if (awaited) {
            flushNow();
        }
    }

    /// Flushes what is there now, on this thread; takes the turn.
    ///
    /// @return false when a flush is under way already
    boolean flushNow() {
        boolean free =
                turn.take(() -> {
                    boolean begins = !flushing && held.log().isOpen() && !standing.isOffline();
                    flushing |= begins;
                    return begins;
                });
        if (free) {
            sync().run();
        }
        return free;
    }

    /// On a worker, or on the thread of the request that waits for it: what is synced was planned in the turn, the syncing itself holds
    /// nobody up.
    ///
    /// @return takes note of it, after whatever was appended meanwhile
    private Runnable sync() {
        FlushPlan plan = null;
        IOException failure = null;
        try {
            plan = turn.take(this::plan);
            if (plan == null) {
                return () -> {};
            }
            plan.run();
        } catch (IOException e) {
            failure = e;
        } catch (RuntimeException | OutOfMemoryError e) {
            failure = unforeseen(e);
        }
        FlushPlan planned = plan;
        IOException failed = failure;
        return () -> flushed(planned, failed);
    }

    /// Nobody knows what is on the disk then: as of a sync that failed.
    private IOException unforeseen(Throwable e) {
        if (e instanceof Invariant.Broken broken) {
            throw broken;
        }
        LOG.error("{}: flush failed", held.name(), e);
        return new IOException(e.toString(), e);
    }

    private @Nullable FlushPlan plan() {
        highWatermark.flushing();
        return standing.isClosed() ? null : held.log().opened().planFlush();
    }

    /// @param plan null when there was not even one, which is a failure
    private void flushed(@Nullable FlushPlan plan, @Nullable IOException failure) {
        var woken = new Woken();
        turn.run(() -> {
            flushing = false;
            if (standing.isClosed()) {
                return;
            }
            if (plan != null) {
                held.log().opened().flushed(plan);
            }
            if (failure != null) {
                standing.offline("flush failed: " + failure.getMessage(), woken);
                held.flushFailed(failure);
                return;
            }
            highWatermark.flushed();
            advance(woken);
            if (commits.waiting()) {
                flushForCommits();
            }
        });
        woken.wake();
    }
}
