package dev.millrace.engine.replica;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/// What the leader of one epoch knows of the other replicas: how far each has come, who is in sync, and how far all of them are.
///
/// ```
///   committed set --propose--> pending (the maximal set counts) --image--> committed set
///                                 `--refused, and surely not done--> committed set
/// ```
/// **Owner.** The partition, in its turn.
final class Followers {
    private static final long UNKNOWN = -1;

    /// One other replica.
    private static final class Follower {
        private final int id;
        private long brokerEpoch = UNKNOWN;

        /// It has everything below; -1 before its first fetch in this epoch.
        private long end = UNKNOWN;

        /// Where its log begins, as it said last.
        private long logStart = UNKNOWN;

        /// When it last had all that the leader had (monotonic ms).
        private long caughtUpMs;

        private long fetchedMs;
        private long leaderEndAtFetch = UNKNOWN;

        private Follower(int id, long caughtUpMs) {
            this.id = id;
            this.caughtUpMs = caughtUpMs;
        }
    }

    private final LeaderSurroundings around;

    /// Where the leader's epoch begins: who has not come so far may miss what it began with.
    private final long epochStart;

    private ReplicaRole.Leader role;
    private List<Follower> others = List.of();
    private @Nullable InSyncProposal pending;

    Followers(LeaderSurroundings around, ReplicaRole.Leader role, long epochStart) {
        this.around = around;
        this.epochStart = epochStart;
        this.role = role;
        follow(role);
    }

    /// Other sets in the same epoch.
    void follow(ReplicaRole.Leader next) {
        long nowMs = around.clock().monotonicMs();
        var kept = new ArrayList<Follower>(next.others().size());
        for (int id : next.others()) {
            Follower known = find(id);
            // A member counts as caught up when its leader begins; whoever is no member has to show
            // it.
            kept.add(
                    known != null
                            ? known
                            : new Follower(
                                    id,
                                    next.inSync().contains(id) ? nowMs : nowMs - around.lagMs()));
        }
        others = kept;
        role = next;
        pending = null;
    }

    private @Nullable Follower find(int id) {
        for (Follower each : others) {
            if (each.id == id) {
                return each;
            }
        }
        return null;
    }

    long epochStart() {
        return epochStart;
    }

    boolean any() {
        return !others.isEmpty();
    }

    /// Whether that process is one of the replicas, and not one that another has replaced.
    boolean knows(ReplicaReader reader) {
        Follower known = find(reader.brokerId());
        return known != null
                && (reader.brokerEpoch() < 0 || reader.brokerEpoch() >= known.brokerEpoch);
    }

    /// A follower has everything below that offset.
    ///
    /// @param logStart where its log begins; -1 when it does not say
    /// @return whether it has said more before: its log was cut, or this is a request of before that comes late
    boolean fetched(ReplicaReader reader, long offset, long logStart, long leaderEnd) {
        Follower follower = find(reader.brokerId());
        if (follower == null) {
            return false;
        }
        long nowMs = around.clock().monotonicMs();
        if (offset >= leaderEnd) {
            follower.caughtUpMs = nowMs;
        } else if (follower.leaderEndAtFetch >= 0 && offset >= follower.leaderEndAtFetch) {
            follower.caughtUpMs = Math.max(follower.caughtUpMs, follower.fetchedMs);
        }
        boolean less = offset < follower.end || logStart < follower.logStart;
        follower.brokerEpoch = Math.max(follower.brokerEpoch, reader.brokerEpoch());
        follower.end = offset;
        follower.logStart = logStart;
        follower.fetchedMs = nowMs;
        follower.leaderEndAtFetch = leaderEnd;
        return less;
    }

    /// The leader appends at that end: who had everything until now was caught up until now.
    void appending(long leaderEnd) {
        long nowMs = -1;
        for (Follower each : others) {
            if (each.end >= leaderEnd) {
                nowMs = nowMs < 0 ? around.clock().monotonicMs() : nowMs;
                each.caughtUpMs = nowMs;
            }
        }
    }

    /// How far everybody is who counts (R4).
    ///
    /// @param own how far the leader's own log counts
    /// @return -1 while too few are in sync
    long reached(long own, long leaderEnd, int minInSync) {
        if (role.inSync().size() < role.required(minInSync)) {
            return UNKNOWN;
        }
        long reached = own;
        for (Follower each : others) {
            if (each.end < reached && (counts(each.id) || isJoining(each, leaderEnd))) {
                reached = each.end;
            }
        }
        return reached;
    }

    /// What is below is gone from every live replica; -1 when one of them has not said where its log begins.
    ///
    /// @param own where the leader's log begins
    long lowWatermark(long own) {
        long low = own;
        for (Follower each : others) {
            if (each.logStart < low && around.eligible().is(each.id, UNKNOWN)) {
                low = each.logStart;
            }
        }
        return low;
    }

    /// In the maximal set: the committed one, and who was proposed.
    private boolean counts(int id) {
        return role.inSync().contains(id)
                || (pending != null
                        && pending.members().stream().anyMatch(each -> each.brokerId() == id));
    }

    /// Is caught up and may join: the high watermark does not run away from it.
    private boolean isJoining(Follower each, long leaderEnd) {
        return each.end >= 0
                && !lags(each, leaderEnd, around.clock().monotonicMs())
                && around.eligible().is(each.id, each.brokerEpoch);
    }

    private boolean lags(Follower each, long leaderEnd, long nowMs) {
        return each.end < leaderEnd && nowMs - each.caughtUpMs >= around.lagMs();
    }

    /// Those of the in-sync set that hold that offset, of those brokers.
    List<ReplicaSelector.View> holding(long offset, IntPredicate which) {
        long nowMs = around.clock().monotonicMs();
        var views = new ArrayList<ReplicaSelector.View>();
        for (Follower each : others) {
            if (each.end >= offset
                    && each.logStart <= offset
                    && role.inSync().contains(each.id)
                    && which.test(each.id)) {
                views.add(new ReplicaSelector.View(each.id, each.end, nowMs - each.caughtUpMs));
            }
        }
        return views;
    }

    /// Proposes a set with those that have come up with it. Who lags is proposed only when it asks: while too few are in sync the high
    /// watermark stands still, and a follower that is gone would come back the moment after it was dropped.
    ///
    /// @param asking the follower that has just fetched; -1 for nobody
    @Nullable InSyncProposal grown(
            Partition partition, long highWatermark, long leaderEnd, int asking) {
        if (pending != null || role.inSync().size() > others.size()) {
            return null;
        }
        long nowMs = around.clock().monotonicMs();
        var members = new ArrayList<>(role.inSync());
        for (Follower each : others) {
            if (!counts(each.id)
                    && (each.id == asking || !lags(each, leaderEnd, nowMs))
                    && each.end >= Math.max(highWatermark, epochStart)
                    && around.eligible().is(each.id, each.brokerEpoch)) {
                members.add(each.id);
            }
        }
        return members.size() == role.inSync().size() ? null : propose(partition, members);
    }

    /// Proposes a set without those that lag.
    @Nullable InSyncProposal shrunk(Partition partition, long leaderEnd) {
        if (pending != null) {
            return null;
        }
        long nowMs = around.clock().monotonicMs();
        var members = new ArrayList<>(role.inSync());
        for (Follower each : others) {
            if (lags(each, leaderEnd, nowMs)) {
                members.removeIf(id -> id == each.id);
            }
        }
        return members.size() == role.inSync().size() ? null : propose(partition, members);
    }

    private InSyncProposal propose(Partition partition, List<Integer> ids) {
        var members = new ArrayList<InSyncProposal.Member>(ids.size());
        for (int id : ids) {
            Follower known = find(id);
            members.add(new InSyncProposal.Member(id, known == null ? UNKNOWN : known.brokerEpoch));
        }
        var proposal =
                new InSyncProposal(
                        partition,
                        partition.name(),
                        partition.topicId(),
                        role.leaderEpoch(),
                        role.partitionEpoch(),
                        members);
        pending = proposal;
        return proposal;
    }

    /// That proposal was surely not done, and will not be: the committed set counts again.
    void refused(InSyncProposal proposal) {
        if (proposal.equals(pending)) {
            pending = null;
        }
    }

    /// Whether that proposal is still what this leader wants.
    boolean wants(InSyncProposal proposal) {
        return proposal.equals(pending);
    }
}
