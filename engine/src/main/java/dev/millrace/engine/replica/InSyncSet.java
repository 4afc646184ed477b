package dev.millrace.engine.replica;

import dev.millrace.engine.env.Turn;
import dev.millrace.engine.log.EpochEnd;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What the leader of one partition hears of its followers, and the in-sync sets that it proposes for that. What it knows of each is in
/// [Followers], which begin anew with each leadership.
///
/// **Owner.** The partition; what is not said to be called in its turn takes it. Proposals leave outside of it.
final class InSyncSet {
    private static final Logger LOG = LoggerFactory.getLogger(InSyncSet.class);
    private static final int NOBODY = -1;
    private static final long UNKNOWN = -1;

    private final Partition partition;
    private final Turn turn;
    private final LeaderSurroundings around;
    private final HeldLog held;
    private final Standing standing;
    private final HighWatermark highWatermark;
    private final GroupCommit commit;
    private final Watchers watchers;

    /// @param partition for which proposals are made
    InSyncSet(
            Partition partition,
            Turn turn,
            LeaderSurroundings around,
            HeldLog held,
            Standing standing,
            HighWatermark highWatermark,
            GroupCommit commit,
            Watchers watchers) {
        this.partition = partition;
        this.turn = turn;
        this.around = around;
        this.held = held;
        this.standing = standing;
        this.highWatermark = highWatermark;
        this.commit = commit;
        this.watchers = watchers;
    }

    /// A follower asks for what comes after `offset`: it has everything before (R4), unless its log departs from this one.
    ///
    /// @param logStart where its log begins; -1 when it does not say
    /// @return null when it may read; otherwise why not
    @Nullable PartitionRead heard(
            ReplicaReader follower,
            long offset,
            int currentLeaderEpoch,
            int lastFetchedEpoch,
            long logStart) {
        var woken = new Woken();
        PartitionRead refused =
                turn.take(() ->
                        heardInTurn(
                                follower,
                                offset,
                                currentLeaderEpoch,
                                lastFetchedEpoch,
                                logStart,
                                woken));
        woken.wake();
        return refused;
    }

    private @Nullable PartitionRead heardInTurn(
            ReplicaReader follower,
            long offset,
            int currentLeaderEpoch,
            int lastFetchedEpoch,
            long logStart,
            Woken woken) {
        Errors fenced = standing.fence(currentLeaderEpoch);
        Followers others = standing.followers();
        if (fenced != Errors.NONE || others == null || !others.knows(follower)) {
            return PartitionRead.failed(
                    fenced == Errors.NONE ? Errors.NOT_LEADER_OR_FOLLOWER : fenced);
        }
        LazyLog log = held.log();
        try {
            boolean within = log.logStart() <= offset && offset <= log.logEnd();
            if (within && isBeginning(lastFetchedEpoch, offset)) {
                if (others.fetched(follower, offset, logStart, log.logEnd())) {
                    // If this request came late, the follower's present session knows better.
                    watchers.tellOffsets(log.logStart());
                }
                commit.advance(woken);
                releaseRemovals(woken);
                proposeGrown(follower.brokerId(), woken);
            }
            return null;
        } catch (IOException e) {
            LOG.warn("{}: read at {} failed: {}", held.name(), offset, e.toString());
            return PartitionRead.failed(held.errorOf(e));
        }
    }

    /// Whether a log that ends there, with a record of that epoch, is a beginning of this one (KIP-101).
    private boolean isBeginning(int lastFetchedEpoch, long offset) throws IOException {
        if (lastFetchedEpoch < 0) {
            return true;
        }
        EpochEnd end = standing.open().endOffsetForEpoch(lastFetchedEpoch);
        return end.epoch() == lastFetchedEpoch && offset <= end.endOffset();
    }

    /// In the turn, when nobody has fetched.
    void proposeGrown(Woken woken) {
        proposeGrown(NOBODY, woken);
    }

    private void proposeGrown(int asking, Woken woken) {
        Followers others = standing.followers();
        InSyncProposal grown =
                others == null
                        ? null
                        : others.grown(
                                partition, highWatermark.value(), held.log().logEnd(), asking);
        if (grown != null) {
            woken.add(grown, around);
        }
    }

    /// Proposes a larger set, when something else than a fetch has made a follower fit for it.
    void admit() {
        var woken = new Woken();
        turn.run(() -> {
            // Who may not join any more holds nobody up.
            commit.advance(woken);
            releaseRemovals(woken);
            proposeGrown(woken);
        });
        woken.wake();
    }

    /// Proposes a smaller set when a member has lagged for too long.
    void dropLaggards() {
        var woken = new Woken();
        turn.run(() -> {
            commit.advance(woken);
            Followers others = standing.followers();
            InSyncProposal shrunk =
                    others == null ? null : others.shrunk(partition, held.log().logEnd());
            if (shrunk != null) {
                LOG.info("{}: proposed to be in sync: {}", held.name(), shrunk.members());
                woken.add(shrunk, around);
            }
        });
        woken.wake();
    }

    /// The controller has not done what was proposed, and will not.
    void refused(InSyncProposal proposal) {
        var woken = new Woken();
        turn.run(() -> {
            Followers others = standing.followers();
            if (others != null) {
                others.refused(proposal);
                commit.advance(woken);
            }
        });
        woken.wake();
    }

    /// Whether the leader still waits for that.
    boolean wants(InSyncProposal proposal) {
        return turn.take(() -> {
            Followers others = standing.followers();
            return others != null && others.wants(proposal);
        });
    }

    /// What is below is gone from all live replicas, as far as this leader has heard; -1 when it has not, or does not lead.
    long lowWatermark() {
        return turn.take(() -> lowWatermark(standing.followers()));
    }

    private long lowWatermark(@Nullable Followers others) {
        return others == null ? UNKNOWN : others.lowWatermark(held.log().logStart());
    }

    /// Completes with NONE when no live replica holds a record below that offset any more, or with the error that says why it is not
    /// heard here.
    CompletionStage<Errors> removed(long offset) {
        return turn.take(() -> {
            Errors fenced = standing.fence(ReplicaRole.UNSPECIFIED_EPOCH);
            if (fenced != Errors.NONE) {
                return CompletableFuture.completedFuture(fenced);
            }
            return offset <= lowWatermark(standing.followers())
                    ? GroupCommit.COMMITTED
                    : standing.removals().await(offset);
        });
    }

    private void releaseRemovals(Woken woken) {
        if (standing.removals().waiting()) {
            standing.removals().release(lowWatermark(standing.followers()), woken);
        }
    }

    /// Whether that broker is a member, and this one the leader.
    boolean has(int brokerId) {
        return turn.take(() ->
                standing.role() instanceof ReplicaRole.Leader leader
                        && leader.inSync().contains(brokerId));
    }
}
