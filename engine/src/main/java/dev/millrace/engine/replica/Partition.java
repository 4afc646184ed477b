package dev.millrace.engine.replica;

import dev.millrace.engine.env.Turn;
import dev.millrace.engine.env.Workers;
import dev.millrace.engine.log.AppendResult;
import dev.millrace.engine.log.Log;
import dev.millrace.engine.log.LogSettings;
import dev.millrace.engine.log.LostRange;
import dev.millrace.engine.log.Origin;
import dev.millrace.engine.log.TransactionMarker;
import dev.millrace.engine.log.Verification;
import dev.millrace.engine.log.VerificationGuard;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.IntPredicate;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One partition on this broker: who may write, what is acknowledged, what may be read.
///
/// ```
///   Partition --> Appends ------.                                      the leader's side
///     |---------> InSyncSet ----|--> GroupCommit --> HighWatermark
///     |---------> Following ----'                                      the follower's side
///     |---------> PartitionReads, Housekeeping
///     `---------> Standing (role), HeldLog (the log now)               on which all of them rest
/// ```
///
/// **What moves the high watermark.** A batch appended with acks=all becomes visible, and is acknowledged, when it is flushed
/// (`millrace.flush=ack`), so that nobody reads a record that a power loss takes back. A batch with acks=0 or 1, or of a
/// topic with `millrace.flush=os`, becomes visible at once: its writer asked for speed. A batch that stands behind such a
/// batch in the log becomes visible with it; its acknowledgement still waits for its own flush (R8).
///
/// **Owner.** Every method takes the partition's turn itself; waiters are woken outside of it. The parts share that turn.
public final class Partition {
    private static final Logger LOG = LoggerFactory.getLogger(Partition.class);

    private final Uuid topicId;
    private final Turn turn;
    private final HeldLog held;
    private final Watchers watchers;
    private final HighWatermark highWatermark;
    private final Standing standing;
    private final GroupCommit commit;
    private final Appends appends;
    private final InSyncSet inSync;
    private final Housekeeping house;
    private final Following following;
    private final PartitionReads reads;

    /// @param highWatermark as far as the last run knew; of a lone replica, as far as its log counts
    Partition(
            TopicPartition name,
            Uuid topicId,
            Turn turn,
            Workers workers,
            LazyLog log,
            DiskReserve reserve,
            LeaderSurroundings around,
            long highWatermark) {
        this.topicId = topicId;
        this.turn = turn;
        this.held = new HeldLog(name, log, reserve);
        this.watchers = new Watchers(log.logStart());
        this.highWatermark = new HighWatermark(held, watchers, highWatermark);
        var commits = new CommitQueue();
        this.standing = new Standing(around, held, this.highWatermark, commits, watchers);
        this.commit = new GroupCommit(turn, workers, held, standing, this.highWatermark, commits);
        this.appends = new Appends(turn, held, standing, this.highWatermark, commit, watchers);
        this.inSync =
                new InSyncSet(
                        this, turn, around, held, standing, this.highWatermark, commit, watchers);
        this.house = new Housekeeping(turn, held, standing, this.highWatermark, commit, watchers);
        this.following =
                new Following(turn, held, standing, this.highWatermark, commit, watchers, house);
        this.reads = new PartitionReads(turn, held, standing, this.highWatermark, watchers);
    }

    public TopicPartition name() {
        return held.name();
    }

    public Uuid topicId() {
        return topicId;
    }

    public long logStart() {
        return turn.take(() -> held.log().logStart());
    }

    public long logEnd() {
        return turn.take(() -> held.log().logEnd());
    }

    /// What a batch may have at most.
    public int maxMessageBytes() {
        return turn.take(() -> held.log().settings().maxMessageBytes());
    }

    /// Bytes appended since the start; any thread.
    public long appendedBytes() {
        return turn.take(highWatermark::appendedBytes);
    }

    /// Bytes that consumers have read since the start; any thread.
    public long servedBytes() {
        return reads.servedBytes();
    }

    /// What is known to be lost of its records.
    public List<LostRange> lost() {
        return turn.take(() -> held.log().isOpen() ? held.log().opened().lost() : List.of());
    }

    public ReplicaRole role() {
        return turn.take(standing::role);
    }

    /// Takes a role that the quorum decided. A leader that is alone in sync holds everything that was ever committed, so its
    /// whole log is, once it is flushed where the topic wants that.
    void assume(ReplicaRole next, int minInSyncReplicas, LogSettings settings) {
        var woken = new Woken();
        turn.run(() -> {
            held.log().settings(settings);
            if (standing.assume(next, minInSyncReplicas, woken)) {
                if (next instanceof ReplicaRole.Leader && settings.flushOnAck()) {
                    commit.flushSoon();
                }
                commit.advance(woken);
                inSync.proposeGrown(woken);
            }
        });
        woken.wake();
    }

    // ---- the leader's side

    /// Appends as the leader.
    ///
    /// @param acksAll refuse when too few replicas are in sync, and flush if the topic says so
    public AppendResult append(MemoryRecords records, boolean acksAll, Origin origin) {
        return append(ReplicaRole.UNSPECIFIED_EPOCH, records, acksAll, origin);
    }

    /// Appends as the leader of that epoch: a coordinator's leadership ends with it.
    public AppendResult append(
            int expectedEpoch, MemoryRecords records, boolean acksAll, Origin origin) {
        return append(expectedEpoch, records, acksAll, origin, null);
    }

    /// As [#append(int, MemoryRecords, boolean, Origin)], of a batch that its producer's coordinator was asked about.
    ///
    /// @param verified from [#verification], before the coordinator was asked; null when nothing had to be asked
    public AppendResult append(
            int expectedEpoch,
            MemoryRecords records,
            boolean acksAll,
            Origin origin,
            @Nullable VerificationGuard verified) {
        return appends.append(expectedEpoch, records, acksAll, origin, verified);
    }

    /// Appends the marker that ends a producer's transaction, as with acks=all.
    ///
    /// @param expectedEpoch as with [#append(int, MemoryRecords, boolean, Origin)]; -1 for whichever
    public AppendResult append(int expectedEpoch, TransactionMarker marker) {
        return appends.append(expectedEpoch, marker);
    }

    /// As [#append(int, MemoryRecords, boolean, Origin, VerificationGuard)], whichever the epoch, for whoever answers when it is acknowledged.
    ///
    /// @param acksAll as there; otherwise what is appended is acknowledged
    public AwaitedAppend appendAwaited(
            MemoryRecords records,
            boolean acksAll,
            Origin origin,
            @Nullable VerificationGuard verified) {
        return appends.appendAwaited(records, acksAll, origin, verified);
    }

    /// As [#append(int, TransactionMarker)], whichever the epoch, for whoever answers when it is acknowledged.
    public AwaitedAppend appendAwaited(TransactionMarker marker) {
        return appends.appendAwaited(marker);
    }

    /// What has to happen before a batch of a transaction is appended; parameters as of [Log#verification].
    public Verification verification(long producerId, short epoch, int sequence, boolean adds) {
        return appends.verification(producerId, epoch, sequence, adds);
    }

    /// Completes with NONE when every record below `endOffset` is acknowledged as acks=all promises, or with the error that
    /// says why it never will be. Whoever has appended them in another turn names its epoch, or has used [#appendAwaited].
    public CompletionStage<Errors> committed(long endOffset) {
        return committed(ReplicaRole.UNSPECIFIED_EPOCH, endOffset);
    }

    /// As [#committed(long)], of what the leader of that epoch has appended.
    public CompletionStage<Errors> committed(int expectedEpoch, long endOffset) {
        return commit.committed(expectedEpoch, endOffset);
    }

    /// Whether that broker is in the in-sync set of which this one is the leader.
    public boolean inSync(int brokerId) {
        return inSync.has(brokerId);
    }

    /// What is below is gone from all live replicas, as far as this leader has heard (Kafka's low watermark); -1 when it has not.
    public long lowWatermark() {
        return inSync.lowWatermark();
    }

    /// Completes with NONE when no live replica holds a record below that offset any more, or with the error that says why it will not be
    /// heard here. Whoever gives up completes it, and is forgotten.
    public CompletionStage<Errors> removed(long offset) {
        return inSync.removed(offset);
    }

    /// For tests: how many wait for an acknowledgement or a removal, or have given up and are not forgotten yet.
    int waiting() {
        return turn.take(() -> commit.waiting() + standing.removals().size());
    }

    InSyncSet inSyncSet() {
        return inSync;
    }

    // ---- the follower's side

    Following following() {
        return following;
    }

    // ---- reads

    /// Reads whole batches from `offset`, as far as the isolation level may see.
    ///
    /// @param currentLeaderEpoch what the client believes, or -1
    /// @param lastFetchedEpoch the epoch of the record before `offset` in the reader's log, or -1 (KIP-595)
    /// @param maxBytes 0 or more
    /// @param atLeastOneBatch return the first batch whole even when it is larger
    public PartitionRead read(
            long offset,
            int currentLeaderEpoch,
            int lastFetchedEpoch,
            int maxBytes,
            boolean atLeastOneBatch,
            Isolation isolation) {
        return read(
                offset,
                currentLeaderEpoch,
                lastFetchedEpoch,
                maxBytes,
                atLeastOneBatch,
                FetchReader.ofLeader(isolation));
    }

    /// As above; a follower serves it, too, where the reader knows of that.
    PartitionRead read(
            long offset,
            int currentLeaderEpoch,
            int lastFetchedEpoch,
            int maxBytes,
            boolean atLeastOneBatch,
            FetchReader reader) {
        return reads.read(
                offset, currentLeaderEpoch, lastFetchedEpoch, maxBytes, atLeastOneBatch, reader);
    }

    /// As [#read], for a follower: to the end of the log. What it asks for tells what it has (R4), unless its log departs from this one.
    ///
    /// @param logStart where its log begins; -1 when it does not say
    PartitionRead readAsFollower(
            ReplicaReader follower,
            long offset,
            int currentLeaderEpoch,
            int lastFetchedEpoch,
            long logStart,
            int maxBytes,
            boolean atLeastOneBatch) {
        PartitionRead refused =
                inSync.heard(follower, offset, currentLeaderEpoch, lastFetchedEpoch, logStart);
        return refused != null
                ? refused
                : read(
                        offset,
                        currentLeaderEpoch,
                        lastFetchedEpoch,
                        maxBytes,
                        atLeastOneBatch,
                        Isolation.LOG_END);
    }

    /// Where a client had better read that offset from: a follower in sync that has it, of those that are near to the client (KIP-392).
    ///
    /// @return null when it is to be read here
    @Nullable PartitionRead preferred(long offset, int currentLeaderEpoch, IntPredicate near) {
        return reads.preferred(offset, currentLeaderEpoch, near);
    }

    /// Whole batches into memory, up to the end of the log: what a coordinator reads back that it wrote.
    ///
    /// @param maxBytes a wish: a batch larger than it comes whole
    /// @throws IOException when the log cannot be read; nothing was found to be wrong when the offset is its end
    public MemoryRecords load(long offset, int maxBytes) throws IOException {
        return reads.load(offset, maxBytes);
    }

    /// Registers a fetch that found nothing beyond `seen`.
    ///
    /// @param seen what the fetch's own read reported
    /// @return false when there is more to see already, or another leads: read again now
    public boolean await(FetchWait fetch, PartitionRead seen) {
        return turn.take(() -> {
            boolean moved =
                    standing.role().leaderEpoch() != seen.leaderEpoch()
                            || highWatermark.value() != seen.highWatermark()
                            || highWatermark.lastStable() != seen.lastStable()
                            || (fetch.ofFollower() && held.log().logEnd() != seen.logEnd());
            if (moved || !standing.serves()) {
                return false;
            }
            watchers.add(fetch);
            return true;
        });
    }

    /// Tells from now on of every change; whoever reads after that misses none (V2).
    void watch(FetchWatcher watcher) {
        turn.run(() -> watchers.add(watcher));
    }

    /// Takes somebody off the list; after that the partition does not know it.
    public void forget(FetchWatcher watcher) {
        turn.run(() -> watchers.remove(watcher));
    }

    /// Answers with something of the log if this broker leads at an epoch that the request may name.
    ///
    /// @return the error, or what `question` answered in the partition's turn
    public <T> Answer<T> ask(int currentLeaderEpoch, Question<T> question) {
        return reads.ask(currentLeaderEpoch, question);
    }

    /// As [#ask], whether this broker leads or follows.
    public <T> Answer<T> askReplica(Question<T> question) {
        return reads.askReplica(question);
    }

    /// As [#ask], for what its bounds tell: the log is not opened for it.
    public <T> Answer<T> askBounds(int currentLeaderEpoch, Function<Bounds, T> question) {
        return reads.askBounds(currentLeaderEpoch, question);
    }

    /// Something to find out about a log, or to do to it, in the partition's turn.
    public interface Question<T> {
        T of(Log log, Bounds bounds) throws IOException;
    }

    /// @param value null exactly when there is an error
    public record Answer<T>(Errors error, @Nullable T value) {}

    /// How far clients may see (R9, R10).
    ///
    /// @param settled false of a new leader that has not yet heard how far all have what it began with: what was acknowledged may lie
    ///     above its high watermark (KIP-207)
    public record Bounds(
            long logStart, long lastStable, long highWatermark, int leaderEpoch, boolean settled) {
        /// One past the last offset that a read at this isolation level may return.
        public long end(Isolation isolation) {
            return isolation == Isolation.READ_COMMITTED ? lastStable : highWatermark;
        }
    }

    // ---- the broker around it

    /// What nobody waits for.
    Housekeeping house() {
        return house;
    }

    /// Has somebody told, in the partition's turn, when it goes offline.
    void whenOffline(Runnable told) {
        turn.run(() -> standing.whenOffline(told));
    }

    boolean isOffline() {
        return turn.take(standing::isOffline);
    }

    /// Its log cannot be used, or the disk under it has failed.
    void fail(String cause) {
        var woken = new Woken();
        turn.run(() -> {
            if (standing.serves()) {
                standing.offline(cause, woken);
            }
        });
        woken.wake();
    }

    /// Its topic is deleted: serves nobody from now on; the log stays open for reads that have begun.
    void retire() {
        var woken = new Woken();
        turn.run(() -> standing.retire(woken));
        woken.wake();
    }

    /// Closes the log, cleanly if it can; afterwards the partition serves nobody.
    ///
    /// @return whether the next start may trust what is on disk without reading it
    boolean close(boolean clean) {
        var woken = new Woken();
        boolean closedClean =
                turn.take(() -> {
                    boolean usable = !standing.isOffline();
                    standing.close(woken);
                    try {
                        if (clean && usable) {
                            held.log().close();
                            return true;
                        }
                        held.log().closeDirty();
                    } catch (IOException e) {
                        LOG.warn("{}: closing failed: {}", name(), e.toString());
                    }
                    return false;
                });
        woken.wake();
        return closedClean;
    }
}
