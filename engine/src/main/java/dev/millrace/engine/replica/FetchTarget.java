package dev.millrace.engine.replica;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntPredicate;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// One partition of a fetch, and within a session what its client was told last (KIP-227).
///
/// **Owner.** The request that fetches; [#changed] may be called by any partition, in its turn.
public final class FetchTarget implements FetchWatcher {
    /// How a session knows a partition: by topic id from version 13 on, by name before.
    ///
    /// @param topic empty when the client names the topic by its id
    public record Key(Uuid topicId, String topic, int partition) {}

    enum Found {
        RECORDS,
        /// An error, or records for which this answer has no room.
        NOT_YET,
        /// Reading again is of no use before the partition changes.
        NOTHING_MORE
    }

    private final Key key;

    /// Null for a partition that is fetched once, by a request without a session.
    private final @Nullable FetchSession session;

    private final AtomicBoolean inLine = new AtomicBoolean();

    /// Where this is registered as a watcher; guarded by the session's turn.
    private @Nullable Partition watched;

    /// Which time the line was taken that it was in last.
    private long takenIn;

    private boolean forgotten;
    private Found found = Found.NOT_YET;
    private long offset;
    private int maxBytes;
    private int currentLeaderEpoch;
    private int lastFetchedEpoch;
    private long logStart;

    /// Without a session, what the client says that it knows: more than any when it does not say (KIP-1166).
    private long toldHighWatermark;

    private long toldLogStart = -1;

    FetchTarget(Key key, FetchPartition wanted, @Nullable FetchSession session) {
        this.key = key;
        this.session = session;
        this.toldHighWatermark = session == null ? wanted.highWatermark() : -1;
        update(wanted);
    }

    void update(FetchPartition wanted) {
        offset = wanted.fetchOffset();
        maxBytes = wanted.partitionMaxBytes();
        currentLeaderEpoch = wanted.currentLeaderEpoch();
        lastFetchedEpoch = wanted.lastFetchedEpoch();
        logStart = wanted.logStartOffset();
    }

    public Key key() {
        return key;
    }

    /// Reads it, or says why not.
    ///
    /// @param partition null when it is not here, in which case `missing` says why
    public PartitionRead read(
            @Nullable Partition partition,
            Errors missing,
            int budget,
            boolean atLeastOneBatch,
            FetchReader reader) {
        if (session == null) {
            return readOnce(partition, missing, budget, atLeastOneBatch, reader);
        }
        if (partition != watched) {
            session.watch(this, partition);
        }
        PartitionRead result = readOnce(partition, missing, budget, atLeastOneBatch, reader);
        found =
                result.records().sizeInBytes() > 0
                        ? Found.RECORDS
                        : nothingMore(result, reader.isolation())
                                ? Found.NOTHING_MORE
                                : Found.NOT_YET;
        return result;
    }

    private PartitionRead readOnce(
            @Nullable Partition partition,
            Errors missing,
            int budget,
            boolean atLeastOneBatch,
            FetchReader reader) {
        if (partition == null) {
            return PartitionRead.failed(missing);
        }
        ReplicaReader follower = reader.follower();
        if (follower != null) {
            return partition.readAsFollower(
                    follower,
                    offset,
                    currentLeaderEpoch,
                    lastFetchedEpoch,
                    logStart,
                    Math.min(budget, maxBytes),
                    atLeastOneBatch);
        }
        return partition.read(
                offset,
                currentLeaderEpoch,
                lastFetchedEpoch,
                Math.min(budget, maxBytes),
                atLeastOneBatch,
                reader);
    }

    /// Where the client had better read it; null for here. Within a session it is not told of changes before it was read here.
    public @Nullable PartitionRead preferred(Partition partition, IntPredicate near) {
        found = Found.NOT_YET;
        return partition.preferred(offset, currentLeaderEpoch, near);
    }

    /// Whether the client knows of a lower high watermark than that.
    public boolean raisesHighWatermark(PartitionRead result) {
        return result.highWatermark() > toldHighWatermark;
    }

    /// What the last read found.
    Found found() {
        return found;
    }

    /// True when the next read would find the same nothing, unless the partition changes or the client asks for something else.
    private boolean nothingMore(PartitionRead result, Isolation isolation) {
        return result.error() == Errors.NONE
                && result.divergingEpoch() < 0
                && offset >= result.end(isolation);
    }

    /// Whether an incremental answer must name this partition: it has records, an error, or an offset that the client has not
    /// been told.
    public boolean worthTelling(PartitionRead result) {
        boolean failed = result.error() != Errors.NONE;
        boolean changed =
                failed
                        || result.records().sizeInBytes() > 0
                        || result.divergingEpoch() >= 0
                        || result.preferredReplica() >= 0
                        || result.highWatermark() != toldHighWatermark
                        || result.logStart() != toldLogStart;
        // After an error the next good answer is news, even with the same offsets.
        toldHighWatermark = failed ? -1 : result.highWatermark();
        toldLogStart = failed ? -1 : result.logStart();
        return changed;
    }

    @Override
    public @Nullable FetchWait changed(long bytes, long stableBytes, long appendedBytes) {
        return session == null ? null : session.changed(this, bytes, stableBytes, appendedBytes);
    }

    // ---- for the session, which holds its turn but for the line
    // ----

    /// @return false when it stands in line already
    boolean enterLine() {
        return !inLine.getAndSet(true);
    }

    /// @param line which time the line is taken
    /// @return false when it is among those that were taken already, or the client has forgotten it meanwhile
    boolean leaveLine(long line) {
        inLine.set(false);
        boolean again = takenIn == line;
        takenIn = line;
        return !again && !forgotten;
    }

    void watch(@Nullable Partition partition) {
        Partition before = watched;
        watched = partition;
        if (before != null) {
            before.forget(this);
        }
        if (partition != null) {
            partition.watch(this);
        }
    }

    void forget() {
        forgotten = true;
        watch(null);
    }
}
