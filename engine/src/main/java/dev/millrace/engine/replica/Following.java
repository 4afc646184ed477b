package dev.millrace.engine.replica;

import dev.millrace.engine.env.Turn;
import dev.millrace.engine.log.AppendResult;
import dev.millrace.engine.log.EpochEnd;
import dev.millrace.engine.log.Log;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One partition as its leader's copy: says how far it is, appends what the leader gives, and cuts off what the leader has not.
///
/// ```
///   position --fetch--> batches: replicate --durable--> position
///                    |- the logs depart: departs, cut to where they agree (KIP-101, KIP-279)
///                    `- nothing in common: begins, at the leader's log start or high watermark
/// ```
/// Every step names the leader's epoch, and does nothing when another is followed by then.
///
/// **Owner.** The partition; methods that are not private take its turn.
final class Following {
    private static final Logger LOG = LoggerFactory.getLogger(Following.class);

    private final Turn turn;
    private final HeldLog held;
    private final Standing standing;
    private final HighWatermark highWatermark;
    private final GroupCommit commit;
    private final Watchers watchers;
    private final Housekeeping house;

    Following(
            Turn turn,
            HeldLog held,
            Standing standing,
            HighWatermark highWatermark,
            GroupCommit commit,
            Watchers watchers,
            Housekeeping house) {
        this.turn = turn;
        this.held = held;
        this.standing = standing;
        this.highWatermark = highWatermark;
        this.commit = commit;
        this.watchers = watchers;
        this.house = house;
    }

    /// What it asks the leader of that epoch for.
    ///
    /// @return null when this is not a follower of that epoch
    /// @throws IOException when the log cannot be opened
    @Nullable FollowerPosition position(int leaderEpoch) throws IOException {
        var failure = new AtomicReference<@Nullable IOException>();
        FollowerPosition position =
                turn.take(() -> {
                    if (!standing.follows(leaderEpoch)) {
                        return null;
                    }
                    LazyLog log = held.log();
                    try {
                        int epoch =
                                log.logEnd() == 0 && !log.isOpen()
                                        ? -1
                                        : standing.open().latestEpoch();
                        return new FollowerPosition(
                                log.logEnd(),
                                epoch,
                                log.logStart(),
                                highWatermark.value(),
                                commit.copied());
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
                    if (!standing.follows(leaderEpoch)) {
                        return CompletableFuture.completedFuture(Errors.FENCED_LEADER_EPOCH);
                    }
                    try {
                        return replicateInTurn(records, leaderHighWatermark, leaderLogStart, woken);
                    } catch (IOException e) {
                        failure.set(e);
                        if (held.log().hasFailed()) {
                            standing.offline(e.toString(), woken);
                            held.appendFailed(e);
                        }
                        return GroupCommit.COMMITTED;
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
        if (records.validBytes() > 0) {
            copy(records);
        } else if (records.sizeInBytes() > 0) {
            throw new IOException("it gives no whole batch");
        }
        highWatermark.hear(leaderHighWatermark, woken);
        long start = Math.min(leaderLogStart, highWatermark.value());
        if (start > held.log().logStart()) {
            standing.open().raiseLogStart(start);
            watchers.tellWhenStartMoved(held.log().logStart());
        }
        return commit.copied();
    }

    private void copy(MemoryRecords records) throws IOException {
        int bytes = records.validBytes();
        // A copy does not get into the reserve either: without room for metadata the node could
        // not go on.
        if (!held.admits(bytes, Topic.isInternal(held.name().topic()))) {
            throw new IOException(held.fullDisk());
        }
        Log opened = standing.open();
        long first = records.batches().iterator().next().baseOffset();
        if (opened.logEnd() == opened.logStart() && first < opened.logEnd()) {
            // The leader's log begins within this batch.
            opened.truncateFullyAndStartAt(first);
            held.noteCut();
        }
        highWatermark.copying();
        if (opened.appendAsFollower(records) instanceof AppendResult.Refused refused) {
            throw new IOException(refused.message());
        }
        highWatermark.appended(bytes);
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
                    long to =
                            Math.min(agreed, log.logEnd()); // below its start it begins there anew
                    LOG.info(
                            "{}: the leader's epoch {} ends at {}: cut from {} to {}",
                            held.name(),
                            leaderEnd.epoch(),
                            leaderEnd.endOffset(),
                            log.logEnd(),
                            to);
                    log.truncateTo(to);
                });
    }

    /// The leader's log has nothing of what this one would go on with.
    ///
    /// @throws IOException also when there is nothing to be cut: the leader has to learn something first
    void begins(int leaderEpoch, long leaderLogStart, long leaderHighWatermark) throws IOException {
        cut(
                leaderEpoch,
                log -> {
                    if (log.logEnd() < leaderLogStart) {
                        LOG.info("{}: the leader's log begins at {}", held.name(), leaderLogStart);
                        log.truncateFullyAndStartAt(leaderLogStart);
                    } else if (log.logEnd() > leaderHighWatermark) {
                        log.truncateTo(leaderHighWatermark);
                    } else {
                        throw new IOException("the leader does not go on at " + log.logEnd());
                    }
                });
    }

    private interface Cutting {
        void run(Log log) throws IOException;
    }

    private void cut(int leaderEpoch, Cutting cutting) throws IOException {
        house.keep((log, _) -> {
            if (!standing.follows(leaderEpoch)) {
                return false;
            }
            held.noteCut();
            cutting.run(log.open());
            highWatermark.cut();
            return true;
        });
    }
}
