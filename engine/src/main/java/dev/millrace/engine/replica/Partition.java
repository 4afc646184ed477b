package dev.millrace.engine.replica;

import static dev.millrace.engine.check.Invariant.check;
import static dev.millrace.engine.check.Invariant.unreachable;

import dev.millrace.engine.env.Turn;
import dev.millrace.engine.env.Workers;
import dev.millrace.engine.log.AbortedTransaction;
import dev.millrace.engine.log.AppendResult;
import dev.millrace.engine.log.CorruptLogException;
import dev.millrace.engine.log.EpochEnd;
import dev.millrace.engine.log.FlushPlan;
import dev.millrace.engine.log.Log;
import dev.millrace.engine.log.LogRest;
import dev.millrace.engine.log.LogSettings;
import dev.millrace.engine.log.LostRange;
import dev.millrace.engine.log.Origin;
import dev.millrace.engine.log.RangeCheck;
import dev.millrace.engine.log.ReadResult;
import dev.millrace.engine.log.StoredRecords;
import dev.millrace.engine.log.TransactionMarker;
import dev.millrace.engine.log.Verification;
import dev.millrace.engine.log.VerificationGuard;
import dev.millrace.engine.replica.ReplicaSelector.View;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.IntPredicate;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One partition on this broker: who may write, what is acknowledged, what may be read.
///
/// ```
///   logStart <= lastStable <= highWatermark <= logEnd          (R10)
///   flushedEnd <= logEnd      everything below it survives a power loss
/// ```
///
/// **What moves the high watermark.** A batch appended with acks=all becomes visible, and is acknowledged, when it is flushed
/// (`millrace.flush=ack`), so that nobody reads a record that a power loss takes back. A batch with acks=0 or 1, or of a
/// topic with `millrace.flush=os`, becomes visible at once: its writer asked for speed. A batch that stands behind such a
/// batch in the log becomes visible with it; its acknowledgement still waits for its own flush (R8).
///
/// **Group commit.** One flush at a time runs on a worker; all who appended while it ran are served together by the next.
///
/// **Owner.** Every method takes the partition's turn itself; waiters are woken outside of it.
public final class Partition {
    private static final Logger LOG = LoggerFactory.getLogger(Partition.class);
    private static final CompletableFuture<Errors> COMMITTED =
            CompletableFuture.completedFuture(Errors.NONE);

    private final TopicPartition name;
    private final Uuid topicId;
    private final Turn turn;
    private final Workers workers;
    private LazyLog log;
    private DiskReserve reserve;

    /// How often the log was cut: what was read before may not be in it any more.
    private int cuts;

    private final CommitQueue commits = new CommitQueue();
    private final Watchers watchers;
    private final LeaderSurroundings around;
    private ReplicaRole role;

    /// Of a leader; null otherwise.
    private @Nullable Followers followers;

    private int minInSync;
    private long highWatermark;

    /// The end of what was appended without a promise to flush: visible at once.
    private long relaxedEnd;

    private boolean flushing;
    private boolean closed;

    /// Its topic is deleted.
    private boolean retired;

    /// Bytes ever appended: in all, up to `relaxedEnd`, when the present flush began, and up to the end of the last one.
    private long appendedBytes;

    private long relaxedBytes;
    private long flushingBytes;
    private final Arrivals arrivals = new Arrivals();
    private long flushedBytes;

    /// Bytes that consumers have read.
    private long servedBytes;

    /// @param highWatermark as far as the last run knew; a lone replica does not need it
    Partition(
            TopicPartition name,
            Uuid topicId,
            Turn turn,
            Workers workers,
            LazyLog log,
            DiskReserve reserve,
            LeaderSurroundings around,
            long highWatermark) {
        this.name = name;
        this.topicId = topicId;
        this.turn = turn;
        this.workers = workers;
        this.log = log;
        this.reserve = reserve;
        this.role = new ReplicaRole.Follower(-1, -1);
        this.minInSync = 1;
        this.around = around;
        this.highWatermark = Math.clamp(highWatermark, log.logStart(), log.logEnd());
        this.watchers = new Watchers(log.logStart());
    }

    public TopicPartition name() {
        return name;
    }

    public Uuid topicId() {
        return topicId;
    }

    public long logStart() {
        return turn.take(log::logStart);
    }

    public long logEnd() {
        return turn.take(log::logEnd);
    }

    /// What a batch may have at most.
    public int maxMessageBytes() {
        return turn.take(() -> log.settings().maxMessageBytes());
    }

    /// Bytes appended since the start; any thread.
    public long appendedBytes() {
        return turn.take(() -> appendedBytes);
    }

    /// Bytes that consumers have read since the start; any thread.
    public long servedBytes() {
        return turn.take(() -> servedBytes);
    }

    /// Bytes of the log.
    long sizeInBytes() {
        return turn.take(log::size);
    }

    /// Whole batches into memory, up to the end of the log: what a coordinator reads back that it wrote.
    ///
    /// @param maxBytes a wish: a batch larger than it comes whole
    /// @throws IOException when the log cannot be read; nothing was found to be wrong when the offset is its end
    public MemoryRecords load(long offset, int maxBytes) throws IOException {
        if (turn.take(() -> !log.isOpen() && offset == log.logEnd())) {
            return MemoryRecords.EMPTY;
        }
        Answer<ReadResult> plan =
                CheckedRead.read(
                        () ->
                                look(
                                        ask(
                                                ReplicaRole.UNSPECIFIED_EPOCH,
                                                (log, _) ->
                                                        log.plan(
                                                                offset,
                                                                log.logEnd(),
                                                                maxBytes,
                                                                true))),
                        this::noteChecked);
        return switch (plan.value()) {
            case ReadResult.Found(StoredRecords records, _) -> records.load();
            case ReadResult.Empty() -> MemoryRecords.EMPTY;
            case ReadResult.OutOfRange() ->
                    throw new IOException(name + " holds no offset " + offset);
            case ReadResult.Damaged(LostRange range) -> throw new IOException(name + ": " + range);
            case ReadResult.Unchecked(_) -> throw unreachable("it was checked");
            case null -> throw new IOException(name + " cannot be read: " + plan.error());
        };
    }

    private static CheckedRead<Answer<ReadResult>> look(Answer<ReadResult> plan) {
        return plan.value() instanceof ReadResult.Unchecked(RangeCheck check)
                ? CheckedRead.first(check)
                : CheckedRead.answer(plan);
    }

    private void noteChecked(RangeCheck check) throws IOException {
        IOException failed =
                turn.take(() -> {
                    try {
                        if (!closed && log.isOpen()) {
                            log.opened().checked(check);
                        }
                        return null;
                    } catch (IOException e) {
                        return e;
                    }
                });
        if (failed != null) {
            throw failed;
        }
    }

    /// What is known to be lost of its records.
    public List<LostRange> lost() {
        return turn.take(() -> log.isOpen() ? log.opened().lost() : List.of());
    }

    public ReplicaRole role() {
        return turn.take(() -> role);
    }

    /// Takes a role that the quorum decided. A leader that is alone in sync holds everything that was ever committed, so its
    /// whole log is.
    void assume(ReplicaRole next, int minInSyncReplicas, LogSettings settings) {
        var woken = new Woken();
        turn.run(() -> {
            minInSync = minInSyncReplicas;
            log.settings(settings);
            if (role instanceof ReplicaRole.Offline) {
                return;
            }
            if (!next.equals(role)) {
                check(
                        next.leaderEpoch() >= role.leaderEpoch(),
                        "R1 the leader epoch only rises",
                        next.leaderEpoch(),
                        role.leaderEpoch());
                become(next, woken);
            }
            advance(woken);
            proposeGrown(woken);
        });
        woken.wake();
    }

    private void become(ReplicaRole next, Woken woken) {
        boolean newEpoch = next.leaderEpoch() > role.leaderEpoch();
        Followers known = followers;
        role = next;
        if (!(next instanceof ReplicaRole.Leader leader)) {
            followers = null;
            commits.fail(Errors.NOT_LEADER_OR_FOLLOWER, woken);
            watchers.tellAll(woken);
        } else if (known == null || newEpoch) {
            if (known == null) {
                commits.fail(Errors.NOT_LEADER_OR_FOLLOWER, woken);
            }
            log.assignEpoch(leader.leaderEpoch());
            relaxedEnd = log.logEnd();
            relaxedBytes = appendedBytes;
            followers = new Followers(around, leader, log.logEnd());
            watchers.tellOffsets(log.logStart());
        } else {
            known.follow(leader);
        }
    }

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
        var woken = new Woken();
        AppendResult result =
                turn.take(() ->
                        appendInTurn(expectedEpoch, records, acksAll, origin, verified, woken));
        woken.wake();
        return result;
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
        int size = records.sizeInBytes();
        if (!(origin == Origin.CLIENT ? reserve.admits(size) : reserve.admitsLast(size))) {
            return new AppendResult.Refused(
                    Errors.KAFKA_STORAGE_ERROR, "The disk of " + name + " is full.");
        }
        try {
            long end = log.logEnd();
            AppendResult result = open().append(records, role.leaderEpoch(), origin, verified);
            // What a coordinator does not wait for is no less a promise: it counts when it is
            // flushed, with whatever comes next.
            boolean relaxed = !acksAll && origin != Origin.COORDINATOR;
            appended(result, end, records.sizeInBytes(), acksAll, relaxed, woken);
            return result;
        } catch (IOException e) {
            return failed(e);
        }
    }

    /// Appends the marker that ends a producer's transaction, as with acks=all.
    ///
    /// @param expectedEpoch as with [#append(int, MemoryRecords, boolean, Origin)]; -1 for whichever
    public AppendResult append(int expectedEpoch, TransactionMarker marker) {
        var woken = new Woken();
        AppendResult result =
                turn.take(() -> {
                    AppendResult refused = refusal(expectedEpoch, true);
                    return refused != null ? refused : appendInTurn(marker, woken);
                });
        woken.wake();
        return result;
    }

    private AppendResult appendInTurn(TransactionMarker marker, Woken woken) {
        try {
            long end = log.logEnd();
            AppendResult result = open().append(marker, role.leaderEpoch());
            appended(result, end, 1, true, false, woken);
            return result;
        } catch (IOException e) {
            return failed(e);
        }
    }

    private @Nullable AppendResult refusal(int expectedEpoch, boolean acksAll) {
        Errors fenced = role.fence(expectedEpoch);
        if (fenced != Errors.NONE) {
            return refused(fenced);
        }
        boolean tooFew =
                acksAll
                        && role instanceof ReplicaRole.Leader leader
                        && leader.inSync().size() < leader.required(minInSync);
        return tooFew ? refused(Errors.NOT_ENOUGH_REPLICAS) : null;
    }

    private void appended(
            AppendResult result,
            long endBefore,
            int bytes,
            boolean acksAll,
            boolean relaxed,
            Woken woken) {
        if (result instanceof AppendResult.Appended) {
            appendedBytes += bytes;
            Followers others = followers;
            if (others != null && others.any()) {
                others.appending(endBefore);
                watchers.tellAppended(bytes, woken);
            }
            if (acksAll && log.settings().flushOnAck()) {
                flushSoon();
            } else if (relaxed || !log.settings().flushOnAck()) {
                relaxedEnd = log.logEnd();
                relaxedBytes = appendedBytes;
                advance(woken);
            }
        }
    }

    private AppendResult failed(IOException e) {
        LOG.warn("{}: append failed: {}", name, e.toString());
        suspectDisk(e);
        return refused(Errors.KAFKA_STORAGE_ERROR);
    }

    /// What has to happen before a batch of a transaction is appended; parameters as of [Log#verification].
    public Verification verification(long producerId, short epoch, int sequence, boolean adds) {
        return turn.take(() -> {
            Errors fenced = role.fence(ReplicaRole.UNSPECIFIED_EPOCH);
            if (fenced != Errors.NONE) {
                return new Verification.Refused(fenced);
            }
            try {
                return open().verification(producerId, epoch, sequence, adds);
            } catch (IOException e) {
                LOG.warn("{}: {}", name, e.toString());
                return new Verification.Refused(Errors.KAFKA_STORAGE_ERROR);
            }
        });
    }

    /// The log for what its bounds do not answer. One that is damaged takes the partition offline, until a restart has checked
    /// it.
    private Log open() throws IOException {
        try {
            return log.open();
        } catch (IOException e) {
            if (log.isDamaged() && !(role instanceof ReplicaRole.Offline)) {
                LOG.error("{} is offline: {}", name, e.toString());
                role = new ReplicaRole.Offline(role.leaderEpoch(), e.toString());
                followers = null;
                watchers.tellOffsets(log.logStart());
            }
            throw e;
        }
    }

    private static AppendResult refused(Errors error) {
        return new AppendResult.Refused(error, error.message());
    }

    /// Completes with NONE when every record below `endOffset` is acknowledged as acks=all promises, or with the error that
    /// says why it never will be.
    public CompletionStage<Errors> committed(long endOffset) {
        return committed(ReplicaRole.UNSPECIFIED_EPOCH, endOffset);
    }

    /// As [#committed(long)], of what the leader of that epoch has appended.
    public CompletionStage<Errors> committed(int expectedEpoch, long endOffset) {
        return turn.take(() -> {
            Errors fenced = role.fence(expectedEpoch);
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

    /// An acknowledgement that waits for followers alone needs no flush.
    private void flushForCommits() {
        boolean ownCounts = Math.max(log.flushedEnd(), relaxedEnd) >= log.logEnd();
        if (log.settings().flushOnAck() || !ownCounts) {
            flushSoon();
        }
    }

    /// Of a leader: what all have. Of a follower: what its next fetch may report.
    private long acknowledgedEnd() {
        long all = role instanceof ReplicaRole.Leader ? highWatermark : log.logEnd();
        return log.settings().flushOnAck() ? Math.min(all, log.flushedEnd()) : all;
    }

    private void flushSoon() {
        if (!flushing && log.flushedEnd() < log.logEnd()) {
            flushing = true;
            workers.executeOrLend("flush " + name, this::flush);
        }
    }

    /// On a worker, or on the thread of the request that waits for it: what is synced was planned in the turn, the syncing itself holds nobody up.
    private void flush() {
        FlushPlan plan = turn.take(this::planFlush);
        if (plan == null) {
            return;
        }
        IOException failure = null;
        try {
            plan.run();
        } catch (IOException e) {
            failure = e;
        }
        flushed(plan, failure);
    }

    private @Nullable FlushPlan planFlush() {
        flushingBytes = appendedBytes;
        return closed ? null : log.opened().planFlush();
    }

    private void flushed(FlushPlan plan, @Nullable IOException failure) {
        var woken = new Woken();
        turn.run(() -> {
            flushing = false;
            if (closed) {
                return;
            }
            log.opened().flushed(plan);
            if (failure != null) {
                offline("flush failed: " + failure.getMessage(), woken);
                reserve.failed("flush of " + name + " failed: " + failure);
                return;
            }
            flushedBytes = flushingBytes;
            advance(woken);
            if (commits.waiting()) {
                flushForCommits();
            }
        });
        woken.wake();
    }

    /// L5: after a failed flush nothing that was not flushed can be trusted, so the partition serves nobody until a restart
    /// has recovered its log.
    private void offline(String cause, Woken woken) {
        LOG.error("{} is offline: {}", name, cause);
        role = new ReplicaRole.Offline(role.leaderEpoch(), cause);
        followers = null;
        commits.fail(Errors.KAFKA_STORAGE_ERROR, woken);
        watchers.tellAll(woken);
    }

    /// Of an append that could not be taken back either; a full disk leaves the log as it was.
    private void suspectDisk(IOException e) {
        if (log.hasFailed() && !log.isDamaged()) {
            reserve.failed("append to " + name + " failed: " + e);
        }
    }

    /// The disk under it has failed.
    void fail(String cause) {
        var woken = new Woken();
        turn.run(() -> {
            if (!closed && !retired && !(role instanceof ReplicaRole.Offline)) {
                offline(cause, woken);
            }
        });
        woken.wake();
    }

    private void advance(Woken woken) {
        Followers others = followers;
        if (others != null) {
            long own = Math.max(log.flushedEnd(), relaxedEnd);
            raise(others.reached(own, log.logEnd(), minInSync), woken);
        }
        commits.release(acknowledgedEnd(), woken);
    }

    private void raise(long reached, Woken woken) {
        long next = Math.clamp(reached, highWatermark, log.logEnd());
        if (next > highWatermark) {
            long stable = lastStable();
            highWatermark = next;
            log.highWatermark(next);
            long visible =
                    followers == null
                            ? arrivals.visible(next, log.logEnd(), appendedBytes)
                            : Math.max(relaxedBytes, flushedBytes);
            watchers.tellVisible(
                    visible, lastStable() > stable, lastStable() == highWatermark, woken);
        }
    }

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
        try {
            return CheckedRead.read(
                    () ->
                            turn.take(() ->
                                    counted(
                                            reader,
                                            readInTurn(
                                                    offset,
                                                    currentLeaderEpoch,
                                                    lastFetchedEpoch,
                                                    maxBytes,
                                                    atLeastOneBatch,
                                                    reader))),
                    this::noteChecked);
        } catch (IOException e) {
            return readFailed(offset, e, Errors.KAFKA_STORAGE_ERROR);
        }
    }

    /// Notes what a consumer reads.
    private CheckedRead<PartitionRead> counted(
            FetchReader reader, CheckedRead<PartitionRead> read) {
        PartitionRead found = read.answer();
        if (found != null && reader.follower() == null) {
            servedBytes += found.records().sizeInBytes();
        }
        return read;
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
        var woken = new Woken();
        PartitionRead refused =
                turn.take(() ->
                        heard(
                                follower,
                                offset,
                                currentLeaderEpoch,
                                lastFetchedEpoch,
                                logStart,
                                woken));
        woken.wake();
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

    private @Nullable PartitionRead heard(
            ReplicaReader follower,
            long offset,
            int currentLeaderEpoch,
            int lastFetchedEpoch,
            long logStart,
            Woken woken) {
        Errors fenced = role.fence(currentLeaderEpoch);
        Followers others = followers;
        if (fenced != Errors.NONE || others == null || !others.knows(follower)) {
            return PartitionRead.failed(
                    fenced == Errors.NONE ? Errors.NOT_LEADER_OR_FOLLOWER : fenced);
        }
        try {
            boolean within = log.logStart() <= offset && offset <= log.logEnd();
            if (within && follows(lastFetchedEpoch, offset)) {
                others.fetched(follower, offset, logStart, log.logEnd());
                advance(woken);
                proposeGrown(woken);
            }
            return null;
        } catch (IOException e) {
            return readFailed(offset, e, storageError(e));
        }
    }

    /// Whether a log that ends there, with a record of that epoch, is a beginning of this one (KIP-101).
    private boolean follows(int lastFetchedEpoch, long offset) throws IOException {
        if (lastFetchedEpoch < 0) {
            return true;
        }
        EpochEnd end = open().endOffsetForEpoch(lastFetchedEpoch);
        return end.epoch() == lastFetchedEpoch && offset <= end.endOffset();
    }

    private void proposeGrown(Woken woken) {
        Followers others = followers;
        InSyncProposal grown = others == null ? null : others.grown(this, highWatermark);
        if (grown != null) {
            woken.add(grown, around);
        }
    }

    /// Proposes a larger in-sync set, when something else than a fetch has made a follower fit for it.
    void admit() {
        var woken = new Woken();
        turn.run(() -> {
            // Who may not join any more holds nobody up.
            advance(woken);
            proposeGrown(woken);
        });
        woken.wake();
    }

    /// Proposes a smaller in-sync set when a member has lagged for too long.
    void dropLaggards() {
        var woken = new Woken();
        turn.run(() -> {
            advance(woken);
            Followers others = followers;
            InSyncProposal shrunk = others == null ? null : others.shrunk(this, log.logEnd());
            if (shrunk != null) {
                LOG.info("{}: proposed to be in sync: {}", name, shrunk.members());
                woken.add(shrunk, around);
            }
        });
        woken.wake();
    }

    /// The controller has not done what was proposed, and will not.
    void refused(InSyncProposal proposal) {
        var woken = new Woken();
        turn.run(() -> {
            if (followers != null) {
                followers.refused(proposal);
                advance(woken);
            }
        });
        woken.wake();
    }

    /// Whether the leader still waits for that.
    boolean wants(InSyncProposal proposal) {
        return turn.take(() -> followers != null && followers.wants(proposal));
    }

    /// What a follower of that epoch asks its leader for.
    ///
    /// @return null when this is not a follower of that epoch
    /// @throws IOException when the log cannot be opened
    @Nullable FollowerPosition position(int leaderEpoch) throws IOException {
        var failure = new AtomicReference<@Nullable IOException>();
        FollowerPosition position =
                turn.take(() -> {
                    if (!follows(leaderEpoch)) {
                        return null;
                    }
                    try {
                        int epoch = log.logEnd() == 0 && !log.isOpen() ? -1 : open().latestEpoch();
                        return new FollowerPosition(
                                log.logEnd(), epoch, log.logStart(), highWatermark);
                    } catch (IOException e) {
                        failure.set(e);
                        return null;
                    }
                });
        IOException failed = failure.get();
        if (failed != null) {
            throw failed;
        }
        return position;
    }

    private boolean follows(int leaderEpoch) {
        return !closed
                && !retired
                && role instanceof ReplicaRole.Follower
                && role.leaderEpoch() == leaderEpoch;
    }

    /// Appends what the leader of that epoch has given.
    ///
    /// @return completes when the next fetch may report it: with NONE, or with the error that says why it may not
    /// @throws IOException when the batches do not fit, or the disk failed
    CompletionStage<Errors> replicate(
            int leaderEpoch, MemoryRecords records, long leaderHighWatermark, long leaderLogStart)
            throws IOException {
        var woken = new Woken();
        var failure = new AtomicReference<@Nullable IOException>();
        CompletionStage<Errors> durable =
                turn.take(() -> {
                    if (!follows(leaderEpoch)) {
                        return CompletableFuture.completedFuture(Errors.FENCED_LEADER_EPOCH);
                    }
                    try {
                        return replicateInTurn(records, leaderHighWatermark, leaderLogStart, woken);
                    } catch (IOException e) {
                        failure.set(e);
                        if (log.hasFailed()) {
                            offline(e.toString(), woken);
                            suspectDisk(e);
                        }
                        return COMMITTED;
                    }
                });
        woken.wake();
        IOException failed = failure.get();
        if (failed != null) {
            throw failed;
        }
        return durable;
    }

    private CompletionStage<Errors> replicateInTurn(
            MemoryRecords records, long leaderHighWatermark, long leaderLogStart, Woken woken)
            throws IOException {
        int bytes = records.validBytes();
        if (bytes > 0) {
            // A copy does not get into the reserve either: without room for metadata the node could
            // not go on.
            boolean last = Topic.isInternal(name.topic());
            if (!(last ? reserve.admitsLast(bytes) : reserve.admits(bytes))) {
                throw new IOException("The disk of " + name + " is full.");
            }
            Log opened = open();
            long first = records.batches().iterator().next().baseOffset();
            if (opened.logEnd() == opened.logStart() && first < opened.logEnd()) {
                // The leader's log begins within this batch.
                opened.truncateFullyAndStartAt(first);
                cuts++;
            }
            arrivals.appending(opened.logEnd(), appendedBytes);
            if (opened.appendAsFollower(records) instanceof AppendResult.Refused refused) {
                throw new IOException(refused.message());
            }
            appendedBytes += bytes;
        }
        raise(leaderHighWatermark, woken);
        long start = Math.min(leaderLogStart, highWatermark);
        if (start > log.logStart()) {
            open().raiseLogStart(start);
            watchers.tellWhenStartMoved(log.logStart());
        }
        if (log.settings().flushOnAck() && log.flushedEnd() < log.logEnd()) {
            flushSoon();
            return commits.await(log.logEnd());
        }
        return COMMITTED;
    }

    /// The leader's log departs from this one after that epoch: cuts off what only this one has (KIP-101, KIP-279). Durable on return.
    void departs(int leaderEpoch, EpochEnd leaderEnd) throws IOException {
        cut(
                leaderEpoch,
                log -> {
                    EpochEnd own = log.endOffsetForEpoch(leaderEnd.epoch());
                    long agreed =
                            own.epoch() == leaderEnd.epoch()
                                    ? Math.min(own.endOffset(), leaderEnd.endOffset())
                                    : own.epoch() < 0 ? leaderEnd.endOffset() : own.endOffset();
                    long to = Math.min(Math.max(agreed, log.logStart()), log.logEnd());
                    LOG.info(
                            "{}: the leader's epoch {} ends at {}: cut from {} to {}",
                            name,
                            leaderEnd.epoch(),
                            leaderEnd.endOffset(),
                            log.logEnd(),
                            to);
                    log.truncateTo(to);
                });
    }

    /// The leader's log has nothing of what this one would go on with.
    void begins(int leaderEpoch, long leaderLogStart, long leaderHighWatermark) throws IOException {
        cut(
                leaderEpoch,
                log -> {
                    if (log.logEnd() < leaderLogStart) {
                        LOG.info("{}: the leader's log begins at {}", name, leaderLogStart);
                        log.truncateFullyAndStartAt(leaderLogStart);
                    } else if (log.logEnd() > leaderHighWatermark) {
                        log.truncateTo(Math.max(leaderHighWatermark, log.logStart()));
                    }
                });
    }

    private interface Cutting {
        void run(Log log) throws IOException;
    }

    private void cut(int leaderEpoch, Cutting cutting) throws IOException {
        keepHouse((log, _) -> {
            if (!follows(leaderEpoch)) {
                return false;
            }
            cuts++;
            cutting.run(log.open());
            highWatermark = Math.clamp(highWatermark, log.logStart(), log.logEnd());
            return true;
        });
    }

    private PartitionRead readFailed(long offset, IOException e, Errors error) {
        LOG.warn("{}: read at {} failed: {}", name, offset, e.toString());
        return PartitionRead.failed(error);
    }

    /// What a client is told: that a record is lost, or that the disk gave none.
    private Errors storageError(IOException e) {
        return e instanceof CorruptLogException && !log.isDamaged()
                ? Errors.CORRUPT_MESSAGE
                : Errors.KAFKA_STORAGE_ERROR;
    }

    private CheckedRead<PartitionRead> readInTurn(
            long offset,
            int currentLeaderEpoch,
            int lastFetchedEpoch,
            int maxBytes,
            boolean atLeastOneBatch,
            FetchReader reader) {
        Errors fenced = fence(currentLeaderEpoch, reader.anyReplica());
        if (fenced != Errors.NONE) {
            return CheckedRead.answer(PartitionRead.failed(fenced));
        }
        try {
            if (lastFetchedEpoch >= 0) {
                EpochEnd end = open().endOffsetForEpoch(lastFetchedEpoch);
                if (end.epoch() < lastFetchedEpoch || end.endOffset() < offset) {
                    return CheckedRead.answer(diverging(end));
                }
            }
            return readInTurn(offset, maxBytes, atLeastOneBatch, reader.isolation());
        } catch (IOException e) {
            return CheckedRead.answer(readFailed(offset, e, storageError(e)));
        }
    }

    private CheckedRead<PartitionRead> readInTurn(
            long offset, int maxBytes, boolean atLeastOneBatch, Isolation isolation)
            throws IOException {
        long bound = isolation.of(highWatermark, lastStable(), log.logEnd());
        if (!log.isOpen() && bound <= offset && offset <= log.logEnd()) {
            // Who waits for news does not open a log.
            return CheckedRead.answer(found(MemoryRecords.EMPTY, List.of()));
        }
        ReadResult result = open().plan(offset, bound, maxBytes, atLeastOneBatch);
        if (result instanceof ReadResult.Unchecked(RangeCheck check)) {
            return CheckedRead.first(check);
        }
        return CheckedRead.answer(
                switch (result) {
                    case ReadResult.Found(StoredRecords records, long next) ->
                            found(records, aborted(offset, next, isolation));
                    case ReadResult.Empty() -> found(MemoryRecords.EMPTY, List.of());
                    case ReadResult.OutOfRange() ->
                            isolation == Isolation.LOG_END
                                    ? PartitionRead.outOfRange(log.logStart(), highWatermark)
                                    : PartitionRead.failed(Errors.OFFSET_OUT_OF_RANGE);
                    case ReadResult.Damaged(_) -> PartitionRead.failed(Errors.CORRUPT_MESSAGE);
                    case ReadResult.Unchecked(_) -> throw unreachable("asked before");
                });
    }

    private Errors fence(int currentLeaderEpoch, boolean anyReplica) {
        if (closed || retired) {
            return Errors.NOT_LEADER_OR_FOLLOWER;
        }
        return anyReplica ? role.fenceReplica(currentLeaderEpoch) : role.fence(currentLeaderEpoch);
    }

    /// Where a client had better read that offset from: a follower in sync that has it, of those that are near to the client (KIP-392).
    ///
    /// @return null when it is to be read here
    @Nullable PartitionRead preferred(long offset, int currentLeaderEpoch, IntPredicate near) {
        return turn.take(() -> {
            Followers others = followers;
            if (others == null || role.fence(currentLeaderEpoch) != Errors.NONE) {
                return null;
            }
            View view = ReplicaSelector.furthest(others.holding(offset, near));
            return view == null
                    ? null
                    : new PartitionRead(
                            Errors.NONE,
                            MemoryRecords.EMPTY,
                            highWatermark,
                            lastStable(),
                            log.logStart(),
                            log.logEnd(),
                            -1,
                            -1,
                            view.brokerId(),
                            List.of());
        });
    }

    /// Whether that broker is in the in-sync set of which this one is the leader.
    public boolean inSync(int brokerId) {
        return turn.take(() ->
                role instanceof ReplicaRole.Leader leader && leader.inSync().contains(brokerId));
    }

    private List<AbortedTransaction> aborted(long from, long to, Isolation isolation)
            throws IOException {
        return isolation == Isolation.READ_COMMITTED
                ? log.opened().abortedTransactions(from, to)
                : List.of();
    }

    private PartitionRead found(BaseRecords records, List<AbortedTransaction> aborted) {
        return new PartitionRead(
                Errors.NONE,
                records,
                highWatermark,
                lastStable(),
                log.logStart(),
                log.logEnd(),
                -1,
                -1,
                -1,
                aborted);
    }

    private PartitionRead diverging(EpochEnd end) {
        return new PartitionRead(
                Errors.NONE,
                MemoryRecords.EMPTY,
                highWatermark,
                lastStable(),
                log.logStart(),
                log.logEnd(),
                end.epoch(),
                end.endOffset(),
                -1,
                List.of());
    }

    private long lastStable() {
        return Math.min(highWatermark, log.firstUnstableOffset());
    }

    /// Registers a fetch that found nothing beyond `seen`.
    ///
    /// @param seen what the fetch's own read reported
    /// @return false when there is more to see already, or the role changed: read again now
    public boolean await(FetchWait fetch, PartitionRead seen) {
        return turn.take(() -> {
            boolean moved =
                    highWatermark != seen.highWatermark()
                            || lastStable() != seen.lastStable()
                            || (fetch.ofFollower() && log.logEnd() != seen.logEnd());
            if (closed || retired || role instanceof ReplicaRole.Offline || moved) {
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
        return turn.take(() -> {
            Errors fenced = role.fence(currentLeaderEpoch);
            if (fenced != Errors.NONE) {
                return new Answer<>(fenced, null);
            }
            try {
                T value = question.of(open(), bounds());
                watchers.tellWhenStartMoved(log.logStart());
                return new Answer<>(Errors.NONE, value);
            } catch (IOException e) {
                LOG.warn("{}: {}", name, e.toString());
                return new Answer<>(storageError(e), null);
            }
        });
    }

    /// As [#ask], for what its bounds tell: the log is not opened for it.
    public <T> Answer<T> askBounds(int currentLeaderEpoch, Function<Bounds, T> question) {
        return turn.take(() -> {
            Errors fenced = role.fence(currentLeaderEpoch);
            return fenced == Errors.NONE
                    ? new Answer<>(Errors.NONE, question.apply(bounds()))
                    : new Answer<>(fenced, null);
        });
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

    private Bounds bounds() {
        boolean settled = followers == null || highWatermark >= followers.epochStart();
        return new Bounds(log.logStart(), lastStable(), highWatermark, role.leaderEpoch(), settled);
    }

    /// How long the files of a deleted topic stay for the readers that have begun.
    long fileDeleteDelayMs() {
        return turn.take(() -> log.settings().fileDeleteDelayMs());
    }

    /// What the directory's checkpoint files say of this partition. An offset of 0 goes without saying.
    void reportTo(
            Map<TopicPartition, Long> recoveryPoints,
            Map<TopicPartition, Long> logStarts,
            Map<TopicPartition, Long> highWatermarks,
            Map<TopicPartition, Long> cleaned) {
        turn.run(() -> {
            put(cleaned, log.cleanedTo());
            putRecoveryPoint(recoveryPoints);
            put(logStarts, log.logStart());
            put(highWatermarks, highWatermark);
        });
    }

    /// The directory's checkpoint says that offset now.
    void cleanedSaved(long offset) {
        turn.run(() -> log.cleanedSaved(offset));
    }

    private void put(Map<TopicPartition, Long> offsets, long offset) {
        if (offset > 0) {
            offsets.put(name, offset);
        }
    }

    /// A log that cannot say from where recovery may begin is left out: its next start checks all of it.
    private void putRecoveryPoint(Map<TopicPartition, Long> recoveryPoints) {
        try {
            put(recoveryPoints, log.checkpoint());
        } catch (IOException e) {
            LOG.warn("{}: no recovery point: {}", name, e.toString());
        }
    }

    /// What the next start may believe of the log without looking; to be asked after a clean close.
    LogRest rest() {
        return turn.take(log::rest);
    }

    /// Deletes segments that the topic's retention does not keep.
    void retain(long nowMs) {
        turn.run(() -> {
            if (role instanceof ReplicaRole.Offline) {
                return;
            }
            try {
                log.applyRetention(nowMs, highWatermark);
            } catch (IOException e) {
                LOG.warn("{}: retention failed: {}", name, e.toString());
            }
            watchers.tellWhenStartMoved(log.logStart());
        });
    }

    /// Within [#keepHouse].
    int cuts() {
        return cuts;
    }

    /// Makes another log that holds the same.
    interface Replacement {
        /// @return null when it is not possible yet
        @Nullable LazyLog of(LazyLog present, int cuts) throws IOException;
    }

    /// Goes on with another log that holds the same, on the disk of that reserve.
    ///
    /// @return the former one, open for those who read in it; null when it is not possible yet
    @Nullable LazyLog replaceLog(DiskReserve of, Replacement by) throws IOException {
        var former = new AtomicReference<@Nullable LazyLog>();
        keepHouse((present, _) -> {
            LazyLog next = flushing ? null : by.of(present, cuts);
            if (next == null) {
                return false;
            }
            former.set(present);
            if (role instanceof ReplicaRole.Leader leader) {
                next.assignEpoch(leader.leaderEpoch());
            }
            log = next;
            reserve = of;
            return true;
        });
        return former.get();
    }

    /// Something to do to a log that nobody waits for.
    interface Chore {
        boolean run(LazyLog log, Bounds bounds) throws IOException;
    }

    /// Does it in the turn of a partition that serves.
    ///
    /// @return what it returned; false without doing it when the partition serves nobody any more
    /// @throws IOException as it did; a log that has failed takes the partition offline
    boolean keepHouse(Chore chore) throws IOException {
        var woken = new Woken();
        var failure = new AtomicReference<@Nullable IOException>();
        boolean done =
                turn.take(() -> {
                    if (closed || retired || role instanceof ReplicaRole.Offline) {
                        return false;
                    }
                    try {
                        return chore.run(log, bounds());
                    } catch (IOException e) {
                        failure.set(e);
                        if (log.hasFailed()) {
                            offline(e.toString(), woken);
                        }
                        return false;
                    }
                });
        woken.wake();
        IOException failed = failure.get();
        if (failed != null) {
            throw failed;
        }
        return done;
    }

    LogSettings logSettings() {
        return turn.take(log::settings);
    }

    /// Flushes what is there now, on this thread.
    ///
    /// @return false when a flush is under way already
    boolean flushNow() {
        boolean free =
                turn.take(() -> {
                    boolean begins =
                            !flushing && log.isOpen() && !(role instanceof ReplicaRole.Offline);
                    flushing |= begins;
                    return begins;
                });
        if (free) {
            flush();
        }
        return free;
    }

    /// Forgets producers that have not written for so long.
    void expireProducers(long expirationMs) {
        turn.run(() -> log.expireProducers(expirationMs));
    }

    /// Its topic is deleted: serves nobody from now on; the log stays open for reads that have begun.
    void retire() {
        var woken = new Woken();
        turn.run(() -> {
            retired = true;
            dismiss(woken);
        });
        woken.wake();
    }

    private void dismiss(Woken woken) {
        role = new ReplicaRole.Follower(Math.max(role.leaderEpoch(), 0), -1);
        followers = null;
        commits.fail(Errors.NOT_LEADER_OR_FOLLOWER, woken);
        watchers.tellAll(woken);
        watchers.clear();
    }

    /// Closes the log, cleanly if it can; afterwards the partition serves nobody.
    ///
    /// @return whether the next start may trust what is on disk without reading it
    boolean close(boolean clean) {
        var woken = new Woken();
        boolean closedClean =
                turn.take(() -> {
                    closed = true;
                    boolean usable = !(role instanceof ReplicaRole.Offline);
                    dismiss(woken);
                    try {
                        if (clean && usable) {
                            log.close();
                            return true;
                        }
                        log.closeDirty();
                    } catch (IOException e) {
                        LOG.warn("{}: closing failed: {}", name, e.toString());
                    }
                    return false;
                });
        woken.wake();
        return closedClean;
    }

    /// Who is to be woken once the turn is over: waking inside it would send them straight into its lock.
    static final class Woken {
        private final List<Runnable> waiters = new ArrayList<>(0);

        void add(FetchWait fetch) {
            waiters.add(fetch::wake);
        }

        void add(InSyncProposal proposal, LeaderSurroundings around) {
            waiters.add(() -> around.proposals().accept(proposal));
        }

        void add(CompletableFuture<Errors> commit, Errors result) {
            waiters.add(() -> commit.complete(result));
        }

        void wake() {
            for (Runnable waiter : waiters) {
                waiter.run();
            }
        }
    }
}
