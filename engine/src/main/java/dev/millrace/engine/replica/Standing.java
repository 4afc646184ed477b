package dev.millrace.engine.replica;

import static dev.millrace.engine.check.Invariant.check;

import dev.millrace.engine.log.Log;
import java.io.IOException;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What this broker is to one partition, and what each change of that tells those who wait: the roles of `docs/partition.md`.
///
/// ```
///   Follower <--image--> Leader --the disk fails, the log is damaged--> Offline      until a restart
///      `------------------`--topic deleted--> retired --> closed: serves nobody
/// ```
/// **Owner.** The partition, in its turn.
final class Standing {
    private static final Logger LOG = LoggerFactory.getLogger(Standing.class);

    private final LeaderSurroundings around;
    private final HeldLog held;
    private final HighWatermark highWatermark;
    private final CommitQueue commits;
    private final Watchers watchers;
    private final RemovalQueue removals = new RemovalQueue();
    private ReplicaRole role = new ReplicaRole.Follower(-1, -1);

    /// Of a leader; null otherwise.
    private @Nullable Followers followers;

    /// Is told once, in the turn, when the partition goes offline.
    private Runnable whenOffline = () -> {};

    private int minInSync = 1;
    private boolean closed;

    /// Its topic is deleted.
    private boolean retired;

    Standing(
            LeaderSurroundings around,
            HeldLog held,
            HighWatermark highWatermark,
            CommitQueue commits,
            Watchers watchers) {
        this.around = around;
        this.held = held;
        this.highWatermark = highWatermark;
        this.commits = commits;
        this.watchers = watchers;
    }

    ReplicaRole role() {
        return role;
    }

    void whenOffline(Runnable told) {
        whenOffline = told;
    }

    /// What the leader knows of the other replicas; null when this is not the leader.
    @Nullable Followers followers() {
        return followers;
    }

    /// Who waits for followers to remove what is below an offset.
    RemovalQueue removals() {
        return removals;
    }

    /// As the topic says, whoever leads.
    int minInSync() {
        return minInSync;
    }

    boolean isClosed() {
        return closed;
    }

    boolean isOffline() {
        return role instanceof ReplicaRole.Offline;
    }

    /// False of a partition that is offline, or of a deleted topic, or closed.
    boolean serves() {
        return !closed && !retired && !isOffline();
    }

    /// Whether it follows the leader of that epoch.
    boolean follows(int leaderEpoch) {
        return !closed
                && !retired
                && role instanceof ReplicaRole.Follower
                && role.leaderEpoch() == leaderEpoch;
    }

    /// Fencing of whoever speaks to a leader (KIP-320).
    Errors fence(int requestEpoch) {
        return role.fence(requestEpoch);
    }

    /// Fencing of a reader.
    ///
    /// @param anyReplica whether a follower serves it as well (KIP-392)
    Errors fenceReader(int requestEpoch, boolean anyReplica) {
        if (closed || retired) {
            return Errors.NOT_LEADER_OR_FOLLOWER;
        }
        return anyReplica ? role.fenceReplica(requestEpoch) : role.fence(requestEpoch);
    }

    /// A leader with fewer replicas in sync than its topic asks for promises nothing.
    boolean tooFewInSync() {
        return role instanceof ReplicaRole.Leader leader
                && leader.inSync().size() < leader.required(minInSync);
    }

    /// How far clients may see.
    Partition.Bounds bounds() {
        boolean settled = followers == null || highWatermark.value() >= followers.epochStart();
        return new Partition.Bounds(
                held.log().logStart(),
                highWatermark.lastStable(),
                highWatermark.value(),
                role.leaderEpoch(),
                settled);
    }

    /// Takes a role that the quorum decided.
    ///
    /// @return false of a partition that is offline, and stays so
    boolean assume(ReplicaRole next, int minInSyncReplicas, Woken woken) {
        minInSync = minInSyncReplicas;
        if (isOffline()) {
            return false;
        }
        if (!next.equals(role)) {
            check(
                    next.leaderEpoch() >= role.leaderEpoch(),
                    "R1 the leader epoch only rises",
                    next.leaderEpoch(),
                    role.leaderEpoch());
            become(next, woken);
        }
        return true;
    }

    private void become(ReplicaRole next, Woken woken) {
        boolean newEpoch = next.leaderEpoch() > role.leaderEpoch();
        Followers known = followers;
        role = next;
        if (!(next instanceof ReplicaRole.Leader leader)) {
            followers = null;
            failWaiting(Errors.NOT_LEADER_OR_FOLLOWER, woken);
            watchers.tellAll(woken);
        } else if (known == null || newEpoch) {
            if (known == null) {
                commits.fail(Errors.NOT_LEADER_OR_FOLLOWER, woken);
            }
            held.log().assignEpoch(leader.leaderEpoch());
            if (!held.log().settings().flushOnAck()) {
                highWatermark.relax();
            } else if (known == null) {
                highWatermark.tighten();
            }
            followers = new Followers(around, leader, held.log().logEnd());
            watchers.tellOffsets(held.log().logStart());
        } else {
            known.follow(leader);
        }
    }

    /// The log for what its bounds do not answer. One that is damaged takes the partition offline, until a restart has checked
    /// it.
    Log open() throws IOException {
        try {
            return held.log().open();
        } catch (IOException e) {
            if (held.log().isDamaged() && !isOffline()) {
                goOffline(e.toString());
                watchers.tellOffsets(held.log().logStart());
            }
            throw e;
        }
    }

    /// L5: after a failed flush nothing that was not flushed can be trusted, so the partition serves nobody until a restart
    /// has recovered its log.
    void offline(String cause, Woken woken) {
        if (!isOffline()) {
            goOffline(cause);
        }
        failWaiting(Errors.KAFKA_STORAGE_ERROR, woken);
        watchers.tellAll(woken);
    }

    private void goOffline(String cause) {
        LOG.error("{} is offline: {}", held.name(), cause);
        role = new ReplicaRole.Offline(role.leaderEpoch(), cause);
        followers = null;
        whenOffline.run();
    }

    /// Its topic is deleted.
    void retire(Woken woken) {
        retired = true;
        dismiss(woken);
    }

    void close(Woken woken) {
        closed = true;
        dismiss(woken);
    }

    private void dismiss(Woken woken) {
        role = new ReplicaRole.Follower(Math.max(role.leaderEpoch(), 0), -1);
        followers = null;
        failWaiting(Errors.NOT_LEADER_OR_FOLLOWER, woken);
        watchers.tellAll(woken);
        watchers.clear();
    }

    private void failWaiting(Errors error, Woken woken) {
        commits.fail(error, woken);
        removals.fail(error, woken);
    }
}
