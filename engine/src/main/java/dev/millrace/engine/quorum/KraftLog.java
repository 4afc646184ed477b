package dev.millrace.engine.quorum;

import static dev.millrace.engine.check.Invariant.check;

import dev.millrace.engine.check.Invariant;
import dev.millrace.engine.env.Env;
import dev.millrace.engine.env.Storage;
import dev.millrace.engine.log.AppendResult;
import dev.millrace.engine.log.EpochEnd;
import dev.millrace.engine.log.FlushPlan;
import dev.millrace.engine.log.Log;
import dev.millrace.engine.log.LogSettings;
import dev.millrace.engine.log.OpenMode;
import dev.millrace.engine.log.Origin;
import dev.millrace.engine.log.ReadResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.function.LongConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.CorruptRecordException;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Records;
import org.apache.kafka.raft.Isolation;
import org.apache.kafka.raft.KafkaRaftClient;
import org.apache.kafka.raft.LogAppendInfo;
import org.apache.kafka.raft.LogFetchInfo;
import org.apache.kafka.raft.LogOffsetMetadata;
import org.apache.kafka.raft.RaftLog;
import org.apache.kafka.raft.SteppedRaftClients;
import org.apache.kafka.server.common.OffsetAndEpoch;
import org.apache.kafka.snapshot.RawSnapshotReader;
import org.apache.kafka.snapshot.RawSnapshotWriter;

/// The metadata log and its snapshots, as the consensus engine sees them: our own [Log] in the folder `__cluster_metadata-0`,
/// recovered from its first byte at every start, since it is small and everything else hangs on it.
///
/// Two snapshots are kept, with the log from the older one on: a follower that is a little behind needs no snapshot.
///
/// **Owner.** The thread that steps the quorum.
final class KraftLog implements RaftLog {
    static final String FOLDER = "__cluster_metadata-0";

    private static final TopicPartition NAME =
            new TopicPartition(Topic.CLUSTER_METADATA_TOPIC_NAME, 0);

    private final Log log;
    private final SnapshotFiles snapshots;
    private LogOffsetMetadata highWatermark;

    /// Told where the log ends after it was cut; a negative offset when a snapshot took its place.
    private LongConsumer onCut = _ -> {};

    /// Whether the newest record was appended as leader.
    private boolean leads;

    KraftLog(Env env, Storage folder, LogSettings settings) throws IOException {
        this.snapshots = new SnapshotFiles(folder);
        this.log = Log.open(env, folder, NAME, settings, OpenMode.recover(0));
        // A crash between a snapshot's arrival and the cut of the log that it replaces.
        truncateToLatestSnapshot();
        snapshots
                .earliest()
                .filter(id -> id.offset() > log.logStart() && id.offset() <= log.logEnd())
                .ifPresent(id -> raise(id.offset()));
        this.highWatermark = new LogOffsetMetadata(log.logStart());
        flush(true);
    }

    void onCut(LongConsumer heard) {
        onCut = heard;
    }

    private void raise(long offset) {
        disk(() -> log.raiseLogStart(offset));
    }

    @Override
    public LogAppendInfo appendAsLeader(Records records, int epoch) {
        check(records.sizeInBytes() > 0, "the quorum appends records");
        leads = true;
        return appended(disk(() -> log.append((MemoryRecords) records, epoch, Origin.RAFT)));
    }

    @Override
    public LogAppendInfo appendAsFollower(Records records, int epoch) {
        leads = false;
        return appended(disk(() -> log.appendAsFollower((MemoryRecords) records)));
    }

    /// @throws CorruptRecordException when the batches are damaged: the consensus engine asks for them again
    private static LogAppendInfo appended(AppendResult result) {
        // No switch over types here and in `read`: its first use costs milliseconds of every start.
        if (result instanceof AppendResult.Appended(long base, long last, _)) {
            return new LogAppendInfo(base, last);
        }
        if (result instanceof AppendResult.Refused(var error, String message, _)) {
            throw new CorruptRecordException(error + ": " + message);
        }
        throw Invariant.unreachable("batches of the quorum have no producer: " + result);
    }

    @Override
    public LogFetchInfo read(long startOffset, Isolation isolation, int maxBytes) {
        long bound = isolation == Isolation.COMMITTED ? highWatermark.offset() : log.logEnd();
        // A peer says how much it wants, and all of it is in memory until it is sent.
        int most = Math.min(maxBytes, KafkaRaftClient.MAX_BATCH_SIZE_BYTES);
        MemoryRecords records =
                disk(() -> loaded(log.read(startOffset, bound, most, true), startOffset));
        return new LogFetchInfo(records, new LogOffsetMetadata(startOffset));
    }

    private static MemoryRecords loaded(ReadResult result, long startOffset) throws IOException {
        if (result instanceof ReadResult.Found found) {
            return found.records().load();
        }
        if (result instanceof ReadResult.OutOfRange) {
            throw new IOException(NAME + " holds no offset " + startOffset);
        }
        if (result instanceof ReadResult.Damaged(var range)) {
            throw new IOException(NAME + ": " + range);
        }
        return MemoryRecords.EMPTY;
    }

    @Override
    public int lastFetchedEpoch() {
        int latest = log.latestEpoch();
        return latest >= 0 ? latest : snapshots.latest().map(OffsetAndEpoch::epoch).orElse(0);
    }

    @Override
    public OffsetAndEpoch endOffsetForEpoch(int epoch) {
        EpochEnd end = log.endOffsetForEpoch(epoch);
        Optional<OffsetAndEpoch> earliest = snapshots.earliest();
        if (end.equals(EpochEnd.UNKNOWN)) { // newer than all that is here, or nothing is
            return new OffsetAndEpoch(log.logEnd(), lastFetchedEpoch());
        }
        return earliest.isPresent()
                        && end.endOffset() == earliest.get().offset()
                        && end.epoch() == epoch
                ? earliest.get()
                : new OffsetAndEpoch(end.endOffset(), end.epoch());
    }

    @Override
    public LogOffsetMetadata endOffset() {
        return new LogOffsetMetadata(log.logEnd());
    }

    @Override
    public LogOffsetMetadata highWatermark() {
        return highWatermark;
    }

    @Override
    public long startOffset() {
        return log.logStart();
    }

    @Override
    public void initializeLeaderEpoch(int epoch) {
        log.assignEpoch(epoch);
    }

    @Override
    public void truncateTo(long offset) {
        check(
                offset >= highWatermark.offset(),
                "M3 what is committed is not cut off",
                offset,
                highWatermark.offset());
        onDisk(() -> {
            log.truncateTo(offset);
        });
        onCut.accept(log.logEnd());
    }

    @Override
    public boolean truncateToLatestSnapshot() {
        Optional<OffsetAndEpoch> latest = snapshots.latest();
        if (latest.isEmpty()) {
            return false;
        }
        OffsetAndEpoch snapshot = latest.get();
        boolean ahead =
                snapshot.epoch() > log.latestEpoch()
                        || (snapshot.epoch() == log.latestEpoch()
                                && snapshot.offset() > log.logEnd());
        if (!ahead || snapshot.offset() == 0) {
            return false;
        }
        // In this order: a power loss in between leaves a log with a gap, below the only snapshot.
        forgetBefore(snapshot);
        onDisk(() -> {
            log.truncateFullyAndStartAt(snapshot.offset());
        });
        highWatermark = new LogOffsetMetadata(snapshot.offset());
        onCut.accept(SteppedRaftClients.FROM_SNAPSHOT);
        return true;
    }

    /// The consensus engine tells a leader's high watermark before it flushes what it has appended. Where the leader is a majority by
    /// itself, a listener would hear of what a power loss may still take (M4): it is flushed first. A follower's records are on the
    /// disks of a majority already.
    @Override
    public void updateHighWatermark(LogOffsetMetadata offset) {
        check(
                offset.offset() <= log.logEnd(),
                "M2 the high watermark is within the log",
                offset.offset(),
                log.logEnd());
        if (leads && offset.offset() > log.flushedEnd()) {
            flush(true);
        }
        highWatermark = offset;
    }

    @Override
    public boolean deleteBeforeSnapshot(OffsetAndEpoch id) {
        if (!snapshots.contains(id)
                || log.logStart() >= id.offset()
                || id.offset() > highWatermark.offset()) {
            return false;
        }
        forgetBefore(id);
        raise(id.offset());
        return true;
    }

    /// Durable before any of the log goes: segments may vanish in any order when the power goes, and nobody may be sent from an older
    /// snapshot into what is left of them.
    private void forgetBefore(OffsetAndEpoch snapshot) {
        onDisk(() -> {
            snapshots.deleteBefore(snapshot);
        });
    }

    @Override
    public boolean maybeClean() {
        return snapshots.beforeLatest().map(this::deleteBeforeSnapshot).orElse(false);
    }

    /// Blocks: a vote or a commit that is not on the disk is none.
    @Override
    public void flush(boolean force) {
        onDisk(() -> {
            FlushPlan plan = log.planFlush();
            plan.run();
            log.flushed(plan);
        });
    }

    @Override
    public TopicPartition topicPartition() {
        return NAME;
    }

    @Override
    public Uuid topicId() {
        return Uuid.METADATA_TOPIC_ID;
    }

    @Override
    public Optional<RawSnapshotWriter> createNewSnapshot(OffsetAndEpoch id) {
        if (id.offset() < log.logStart() || snapshots.contains(id)) {
            return Optional.empty();
        }
        if (id.offset() > highWatermark.offset()) {
            throw new IllegalArgumentException(
                    "a snapshot at %d beyond the high watermark %d"
                            .formatted(id.offset(), highWatermark.offset()));
        }
        return createNewSnapshotUnchecked(id);
    }

    @Override
    public Optional<RawSnapshotWriter> createNewSnapshotUnchecked(OffsetAndEpoch id) {
        return snapshots.contains(id)
                ? Optional.empty()
                : Optional.of(snapshots.write(id, this::onSnapshotFrozen));
    }

    @Override
    public Optional<RawSnapshotReader> readSnapshot(OffsetAndEpoch id) {
        return snapshots.read(id);
    }

    @Override
    public Optional<RawSnapshotReader> latestSnapshot() {
        return snapshots.latest().flatMap(snapshots::read);
    }

    @Override
    public Optional<OffsetAndEpoch> latestSnapshotId() {
        return snapshots.latest();
    }

    @Override
    public Optional<OffsetAndEpoch> earliestSnapshotId() {
        return snapshots.earliest();
    }

    /// Listed when it was published, by [SnapshotFiles].
    @Override
    public void onSnapshotFrozen(OffsetAndEpoch id) {}

    @Override
    public void close() {
        onDisk(() -> {
            log.close();
        });
    }

    private interface OnDisk {
        void run() throws IOException;
    }

    private interface FromDisk<T> {
        T run() throws IOException;
    }

    /// A metadata log that cannot be written stops the node: the consensus engine's step fails, and the host ends it.
    private static <T> T disk(FromDisk<T> action) {
        try {
            return action.run();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void onDisk(OnDisk action) {
        try {
            action.run();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
