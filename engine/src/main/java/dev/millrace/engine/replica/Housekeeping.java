package dev.millrace.engine.replica;

import dev.millrace.engine.env.Turn;
import dev.millrace.engine.log.LogRest;
import dev.millrace.engine.log.LogSettings;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What is done to the log of one partition for which no request waits: retention, compaction, checkpoints, a move to another directory.
///
/// **Owner.** The partition; methods that are not said to be called within [#keep] take its turn.
final class Housekeeping {
    private static final Logger LOG = LoggerFactory.getLogger(Housekeeping.class);

    private final Turn turn;
    private final HeldLog held;
    private final Standing standing;
    private final HighWatermark highWatermark;
    private final GroupCommit commit;
    private final Watchers watchers;

    /// Other replicas are in sync, as the newest image says.
    private volatile boolean elsewhere;

    Housekeeping(
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

    /// Something to do to a log that nobody waits for.
    interface Chore {
        boolean run(LazyLog log, Partition.Bounds bounds) throws IOException;
    }

    /// Does it in the turn of a partition that serves.
    ///
    /// @return what it returned; false without doing it when the partition serves nobody any more
    /// @throws IOException as it did; a log that has failed takes the partition offline
    boolean keep(Chore chore) throws IOException {
        var woken = new Woken();
        var failure = new AtomicReference<@Nullable IOException>();
        boolean done =
                turn.take(() -> {
                    if (!standing.serves()) {
                        return false;
                    }
                    try {
                        return chore.run(held.log(), standing.bounds());
                    } catch (IOException e) {
                        failure.set(e);
                        if (held.log().hasFailed()) {
                            standing.offline(e.toString(), woken);
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

    /// How often the log was cut. Within [#keep].
    int cuts() {
        return held.cuts();
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
        keep((present, _) -> {
            LazyLog next = commit.isFlushing() ? null : by.of(present, held.cuts());
            if (next == null) {
                return false;
            }
            former.set(present);
            if (standing.role() instanceof ReplicaRole.Leader leader) {
                next.assignEpoch(leader.leaderEpoch());
            }
            held.replace(next, of);
            return true;
        });
        return former.get();
    }

    /// Flushes what is there now, on this thread.
    ///
    /// @return false when a flush is under way already
    boolean flushNow() {
        return commit.flushNow();
    }

    /// Flushes a log that has sealed a segment and not flushed it, on this thread: where nobody is promised a flush nobody asks for one, and
    /// what a recovery has to read would grow with the log. Nothing when a flush is under way.
    void flushSealed() {
        commit.flushSealed();
    }

    /// Deletes segments that the topic's retention does not keep.
    void retain(long nowMs) {
        var woken = new Woken();
        turn.run(() -> {
            if (standing.isOffline()) {
                return;
            }
            try {
                held.log().applyRetention(nowMs, highWatermark.value());
            } catch (IOException e) {
                LOG.warn("{}: retention failed: {}", held.name(), e.toString());
                if (held.log().isDamaged() && standing.serves()) {
                    standing.offline(e.toString(), woken);
                }
            }
            watchers.tellWhenStartMoved(held.log().logStart());
        });
        woken.wake();
    }

    /// Forgets producers that have not written for so long.
    void expireProducers(long expirationMs) {
        turn.run(() -> held.log().expireProducers(expirationMs));
    }

    LogSettings logSettings() {
        return turn.take(() -> held.log().settings());
    }

    /// How long the files of a deleted topic stay for the readers that have begun.
    long fileDeleteDelayMs() {
        return turn.take(() -> held.log().settings().fileDeleteDelayMs());
    }

    /// Bytes of the log.
    long sizeInBytes() {
        return turn.take(() -> held.log().size());
    }

    /// What the directory's checkpoint files say of this partition. An offset of 0 goes without saying.
    void reportTo(
            Map<TopicPartition, Long> recoveryPoints,
            Map<TopicPartition, Long> logStarts,
            Map<TopicPartition, Long> highWatermarks,
            Map<TopicPartition, Long> cleaned) {
        var woken = new Woken();
        turn.run(() -> {
            put(cleaned, held.log().cleanedTo());
            putRecoveryPoint(recoveryPoints, woken);
            put(logStarts, held.log().logStart());
            put(highWatermarks, highWatermark.value());
        });
        woken.wake();
    }

    private void put(Map<TopicPartition, Long> offsets, long offset) {
        if (offset > 0) {
            offsets.put(held.name(), offset);
        }
    }

    /// A log that cannot say from where recovery may begin is left out: its next start checks all of it.
    private void putRecoveryPoint(Map<TopicPartition, Long> recoveryPoints, Woken woken) {
        try {
            put(recoveryPoints, keeps() ? held.log().rest().logEnd() : held.log().checkpoint());
        } catch (IOException e) {
            LOG.warn("{}: no recovery point: {}", held.name(), e.toString());
            if (held.log().hasFailed() && standing.serves()) {
                standing.offline(e.toString(), woken);
            }
        }
    }

    /// The directory's checkpoint says that offset now.
    void cleanedSaved(long offset) {
        turn.run(() -> held.log().cleanedSaved(offset));
    }

    /// Whether other replicas are in sync, so that what is not here any more is not lost.
    void isElsewhere(boolean now) {
        elsewhere = now;
    }

    /// Whether the log is not as the last stop has left it, and no other replica can make up for that: what that stop knew of it is told
    /// on, by every stop, until somebody has decided. With less, the next start would serve what is left, and give offsets twice.
    boolean keepsWhatWasKnown() {
        return turn.take(this::keeps);
    }

    private boolean keeps() {
        return held.log().isDamaged() && !elsewhere;
    }

    /// What the next start is told of the log; to be asked after a clean close, or where [#keepsWhatWasKnown()].
    LogRest rest() {
        return turn.take(() -> held.log().rest());
    }
}
