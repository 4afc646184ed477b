package dev.millrace.engine.log;

import static dev.millrace.engine.check.Invariant.check;

import dev.millrace.engine.env.Env;
import dev.millrace.engine.env.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.jspecify.annotations.Nullable;

/// One partition's records on disk, in Kafka's format. `docs/log.md` tells the bytes and what a crash leaves.
///
/// ```
///   append --> Extent.write --> Rolls, Segments         Extent: where the log begins and ends, and what goes with its batches
///   plan   --> Reads, UncheckedReads                    Durability: what is flushed, and what a checkpoint has to sync
///   compact -> CompactedLog                             Retention: what may go
/// ```
///
/// **Owner.** The partition: every method is called in its turn. **Errors.** A client's mistake is an [AppendResult.Refused]; an
/// `IOException` means that the disk failed: after a failed flush, or a failed append that could not be undone, the log is
/// poisoned, and only opening it anew with [OpenMode#recover] brings it back (L5).
///
/// The directory's own name is durable in its parent before the first flush: the host has seen to that, or has said how
/// ([#beforeFlush]).
public final class Log {
    private final Env env;
    private final TopicPartition name;
    private LogSettings settings;
    private final Segments segments;
    private final LeaderEpochs epochs;
    private final ComparedEpochs comparedEpochs;
    private final ProducerStates producers;
    private final AbortedTransactions aborted;
    private final UncheckedReads uncheckedReads;
    private final Reads reads;
    private final Durability durability;
    private final Rolls rolls;
    private final CompactedLog compacted;
    private final Extent extent;

    /// Opens the log in `directory`, made empty when there is none.
    ///
    /// @throws CorruptLogException when it holds damage that no crash explains (L3); nothing was changed
    public static Log open(
            Env env, Storage directory, TopicPartition name, LogSettings settings, OpenMode mode)
            throws IOException {
        var log = new Log(new Opening(env, directory, name, settings, mode).open(), settings);
        if (log.logEnd() < mode.logStart()) {
            // What was deleted by request reaches beyond what a power loss has left.
            log.truncateFullyAndStartAt(mode.logStart());
        }
        return log;
    }

    Log(Opening.Opened opened, LogSettings settings) {
        this.env = opened.env();
        this.name = opened.name();
        this.settings = settings;
        this.segments = opened.segments();
        this.epochs = opened.epochs();
        this.producers = opened.producers();
        this.aborted = opened.aborted();
        this.comparedEpochs = new ComparedEpochs(opened);
        this.uncheckedReads = new UncheckedReads(name.toString(), segments);
        this.reads = new Reads(uncheckedReads);
        this.durability = new Durability(opened);
        this.rolls = new Rolls(opened.directory(), segments, producers, durability);
        this.compacted = new CompactedLog(opened, this::settings, reads, durability);
        this.extent = new Extent(opened, reads, durability, rolls, compacted);
    }

    public TopicPartition name() {
        return name;
    }

    public LogSettings settings() {
        return settings;
    }

    /// New settings, from the next append on.
    public void settings(LogSettings changed) {
        settings = changed;
    }

    /// The first offset that may be read.
    public long logStart() {
        return extent.start();
    }

    /// The offset that the next record gets.
    public long logEnd() {
        return extent.end();
    }

    /// Bytes of all segments.
    ///
    /// @throws java.io.UncheckedIOException when the disk does not tell
    public long size() {
        return segments.bytes();
    }

    /// What may be said of this log once it is closed. A closed or poisoned log does not tell.
    ///
    /// @throws IOException when the disk does not tell
    public LogRest rest() throws IOException {
        durability.usable();
        return extent.rest(settings);
    }

    /// The newest leader epoch that this log knows; -1 when none.
    public int latestEpoch() {
        mendEpochs();
        return epochs.latest();
    }

    /// The leader epoch of the record at `offset`; -1 when unknown.
    public int epochAt(long offset) {
        mendEpochs();
        return epochs.epochAt(offset);
    }

    /// This replica leads from here on.
    public void assignEpoch(int leaderEpoch) {
        epochs.assign(leaderEpoch, extent.end());
        producers.forgetGuards();
    }

    /// Where that epoch ends here (KIP-320): the answer to OffsetForLeaderEpoch.
    public EpochEnd endOffsetForEpoch(int epoch) {
        mendEpochs();
        return epochs.endOf(epoch, extent.end());
    }

    private void mendEpochs() {
        comparedEpochs.tryCompare(extent.start(), extent.end(), settings, cleanedTo());
    }

    /// What is known of each producer, by id.
    public Collection<ProducerState> producers() {
        return producers.all();
    }

    /// Forgets producers that have not written for so long (`producer.id.expiration.ms`).
    public void expireProducers(long expirationMs) {
        producers.expire(env.clock().wallMs(), expirationMs);
    }

    /// The first offset of the oldest transaction that is open, or whose marker the high watermark has not passed;
    /// `Long.MAX_VALUE` when there is none.
    public long firstUnstableOffset() {
        return extent.firstUnstable();
    }

    /// The high watermark has moved.
    public void highWatermark(long offset) {
        extent.highWatermark(offset);
    }

    /// What has to happen before a producer's batch of a transaction may be appended.
    ///
    /// @param sequence the first of the batch; -1 when it has none
    /// @param adds whether the coordinator would be asked to add the partition (transactions of version 2)
    public Verification verification(long producerId, short epoch, int sequence, boolean adds) {
        return producers.verification(producerId, epoch, sequence, adds, env.clock().wallMs());
    }

    /// The aborted transactions that overlap with the offsets from `fetchOffset` to below `upperBound`.
    public List<AbortedTransaction> abortedTransactions(long fetchOffset, long upperBound)
            throws IOException {
        durability.open();
        return aborted.overlapping(fetchOffset, upperBound, settings);
    }

    // ------------------------------------------------------------------ append

    /// Appends as leader: checks, sets offsets and epoch in the given bytes, writes them with one write.
    ///
    /// @param records from a client one batch; changed in place
    /// @param leaderEpoch at least [#latestEpoch()]
    public AppendResult append(MemoryRecords records, int leaderEpoch, Origin origin)
            throws IOException {
        return append(records, leaderEpoch, origin, null);
    }

    /// As [#append(MemoryRecords, int, Origin)], of a batch that was verified.
    ///
    /// @param verified the guard that [#verification] gave out before its coordinator was asked; null when it gave none
    public AppendResult append(
            MemoryRecords records,
            int leaderEpoch,
            Origin origin,
            @Nullable VerificationGuard verified)
            throws IOException {
        leads(leaderEpoch);
        if (origin == Origin.RAFT) {
            return appendAsFollower(records);
        }
        long nowMs = env.clock().wallMs();
        ByteBuffer b = records.buffer();
        var batches = new LeaderBatches(name, settings, nowMs, origin);
        AppendResult refused = batches.check(b);
        if (refused == null) {
            refused =
                    producers.check(
                            b, extent.end(), origin, verified, settings.verifyTransactions());
        }
        if (refused != null) {
            return refused;
        }
        ByteBuffer bytes = batches.assign(b, extent.end(), leaderEpoch);
        refused = batches.checkSize(bytes);
        if (refused != null) {
            return refused;
        }
        long baseOffset = extent.end();
        extent.write(bytes, settings, nowMs);
        return new AppendResult.Appended(
                baseOffset, extent.end() - 1, settings.logAppendTime() ? nowMs : -1);
    }

    private void leads(int leaderEpoch) throws IOException {
        durability.usable();
        mendEpochs();
        check(
                leaderEpoch >= epochs.latest(),
                "R1 leader epoch rises",
                leaderEpoch,
                epochs.latest());
    }

    /// Appends the marker that ends a producer's transaction, if its coordinator and its producer were not fenced.
    public AppendResult append(TransactionMarker marker, int leaderEpoch) throws IOException {
        leads(leaderEpoch);
        AppendResult.Refused refused = producers.check(marker, extent.end());
        if (refused != null) {
            return refused;
        }
        long nowMs = env.clock().wallMs();
        long offset = extent.end();
        ByteBuffer bytes =
                new LeaderBatches(name, settings, nowMs, Origin.COORDINATOR)
                        .assign(marker.records(nowMs).buffer(), offset, leaderEpoch);
        extent.write(bytes, settings, nowMs);
        return new AppendResult.Appended(offset, offset, settings.logAppendTime() ? nowMs : -1);
    }

    /// Appends what the leader has: offsets and epochs are in the batches already. Offsets may leave gaps, never go back.
    public AppendResult appendAsFollower(MemoryRecords records) throws IOException {
        durability.usable();
        mendEpochs();
        ByteBuffer b = records.buffer();
        b.limit(b.position() + records.validBytes()); // a fetch may end in a part of a batch
        if (!b.hasRemaining()) {
            return new AppendResult.Appended(extent.end(), extent.end() - 1, -1);
        }
        var checks = new BatchChecks(name, settings, 0, Origin.RAFT);
        AppendResult.Refused refused = checks.replicated(b, extent.end(), epochs.latest());
        if (refused != null) {
            return refused;
        }
        long baseOffset = BatchHeader.baseOffset(b, b.position());
        extent.write(b, settings, env.clock().wallMs());
        return new AppendResult.Appended(baseOffset, extent.end() - 1, -1);
    }

    // ------------------------------------------------------------------ read

    /// As [#plan], for readers inside: what has to be checked is checked at once, so that no [ReadResult.Unchecked] comes back.
    public ReadResult read(long startOffset, long upperBound, int maxBytes, boolean atLeastOneBatch)
            throws IOException {
        ReadResult result = plan(startOffset, upperBound, maxBytes, atLeastOneBatch);
        while (result instanceof ReadResult.Unchecked(RangeCheck unchecked)) {
            unchecked.run();
            checked(unchecked);
            result = plan(startOffset, upperBound, maxBytes, atLeastOneBatch);
        }
        return result;
    }

    /// Takes note of bytes that were checked; what is lost is said once.
    public void checked(RangeCheck check) throws IOException {
        uncheckedReads.checked(check, durability.generation());
    }

    /// What is known to be lost, in the order of the segments.
    public List<LostRange> lost() {
        return segments.lost();
    }

    /// Plans a read of whole batches from the one that holds `startOffset` on. Batches that nobody has checked since this process
    /// began have to be checked first (L2): the caller runs the [RangeCheck], hands it to [#checked], and plans again.
    ///
    /// @param upperBound exclusive: no batch is returned that reaches it
    /// @param atLeastOneBatch the first batch is returned even when it is larger than `maxBytes`
    public ReadResult plan(long startOffset, long upperBound, int maxBytes, boolean atLeastOneBatch)
            throws IOException {
        durability.open();
        if (startOffset < extent.start() || startOffset > extent.end()) {
            return ReadResult.OUT_OF_RANGE;
        }
        long bound = Math.min(upperBound, extent.end());
        if (startOffset >= bound) {
            return ReadResult.EMPTY;
        }
        return reads.read(
                segments,
                extent.end(),
                settings.indexIntervalBytes(),
                startOffset,
                bound,
                maxBytes,
                atLeastOneBatch,
                this::checkOf);
    }

    private RangeCheck checkOf(Segment segment, long position) throws IOException {
        // By wrong ones whole batches would look damaged.
        comparedEpochs.compare(extent.start(), extent.end(), settings, cleanedTo());
        return uncheckedReads.check(
                segment, position, extent.end(), settings, epochs, durability.generation());
    }

    /// The first record below `upperBound` whose timestamp is at least `timestampMs`; null when there is none.
    public @Nullable TimestampOffset offsetForTimestamp(long timestampMs, long upperBound)
            throws IOException {
        durability.open();
        return search().first(timestampMs, extent.start(), Math.min(upperBound, extent.end()));
    }

    /// The first of the records below `upperBound` that have the greatest timestamp (KIP-734); null when there is none.
    public @Nullable TimestampOffset maxTimestamp(long upperBound) throws IOException {
        durability.open();
        return search().max(extent.start(), Math.min(upperBound, extent.end()));
    }

    /// The first record at or after `from` and below `upperBound` that is data.
    ///
    /// @param from at or after the log start
    public FirstData firstData(long from, long upperBound) throws IOException {
        durability.open();
        return new DataSearch(name.toString(), segments, settings.indexIntervalBytes())
                .first(from, Math.min(upperBound, extent.end()));
    }

    private TimestampSearch search() {
        return new TimestampSearch(name.toString(), segments, settings.indexIntervalBytes());
    }

    // ------------------------------------------------------------------ flush

    /// Every record below it has been synced.
    public long flushedEnd() {
        return durability.flushedEnd();
    }

    /// Whether a segment that is not written to any more has not been synced: without a flush no recovery point would pass it.
    public boolean sealedUnsynced() {
        return durability.sealedUnsynced();
    }

    /// What must be synced for everything that is in the log now. Of a poisoned log: a plan that fails.
    public FlushPlan planFlush() {
        return durability.plan(extent.end());
    }

    /// What the next flush does first; forgotten when one has done it.
    public void beforeFlush(FlushPlan.Before before) {
        durability.beforeFlush(before);
    }

    /// Takes note of a plan that was run.
    public void flushed(FlushPlan plan) {
        durability.flushed(plan);
    }

    /// Makes durable what a later recovery from [#flushedEnd()] needs besides the batches, and returns that offset: the recovery
    /// point for the host's checkpoint. Blocks for a few small syncs, and only after a roll or a new epoch.
    public long checkpoint() throws IOException {
        durability.usable();
        aborted.write(settings);
        durability.checkpoint(aborted, epochs, extent.end(), compacted.isLowered());
        return flushedEnd();
    }

    /// Why this log takes no more appends; null while it does.
    public @Nullable IOException failure() {
        return durability.failure();
    }

    // ------------------------------------------------------------------ truncate, retain

    /// Cuts the log back so that it ends at `offset`, or before the batch that holds it. Durable on return.
    public void truncateTo(long offset) throws IOException {
        durability.usable();
        extent.truncateTo(offset, settings);
    }

    /// Throws every record away and goes on at `offset`: the leader's log does not reach back to ours.
    public void truncateFullyAndStartAt(long offset) throws IOException {
        durability.usable();
        extent.truncateFullyAndStartAt(offset, settings);
    }

    /// Raises the log start (DeleteRecords, retention) and deletes the segments that lie wholly below.
    ///
    /// @return how many segments went
    public int raiseLogStart(long offset) throws IOException {
        durability.usable();
        return extent.raiseStart(offset, settings);
    }

    /// How many of the oldest segments retention lets go of: by `retention.ms` and `retention.bytes`, never beyond the high
    /// watermark, never the active one (L6).
    public int deletableSegments(long nowMs, long highWatermark) throws IOException {
        return new Retention(segments, settings, nowMs).deletable(highWatermark);
    }

    /// Deletes what retention lets go of; an active segment whose last record has expired is sealed first, as Kafka does.
    ///
    /// @return how many segments went
    public int applyRetention(long nowMs, long highWatermark) throws IOException {
        durability.usable();
        var retention = new Retention(segments, settings, nowMs);
        if (highWatermark >= extent.end() && retention.endsActive()) {
            rolls.roll(extent.end(), settings);
        }
        int deletable = retention.deletable(highWatermark);
        return deletable == 0 ? 0 : raiseLogStart(segments.get(deletable).baseOffset);
    }

    // ------------------------------------------------------------------ compact

    /// The offset for the host's `cleaner-offset-checkpoint`.
    public long cleanedTo() {
        return compacted.cleanedTo();
    }

    /// The host's checkpoint says at most this offset now.
    public void cleanedSaved(long offset) {
        compacted.saved(offset);
    }

    /// What could be compacted now.
    ///
    /// @param lastStable what lies above it is not decided
    public Cleanable cleanable(long lastStable, long nowMs) throws IOException {
        durability.usable();
        return Cleanable.of(
                segments, settings, cleanedTo(), extent.start(), extent.end(), lastStable, nowMs);
    }

    /// Plans a pass over that range, of which something is dirty. It is stepped outside the turn, one at a time.
    public Compaction compact(Cleanable range, CompactionLimits limits, Compaction.Owner owner)
            throws IOException {
        checkpoint(); // where the epochs begin is kept, whatever becomes of the batches there
        return compacted.pass(range, limits, extent.start(), extent.end(), owner);
    }

    // ------------------------------------------------------------------ close

    /// Closes cleanly: everything synced, indexes, snapshot and epochs written, so that the next [OpenMode#CLEAN] reads no data. Of a
    /// log that was opened so and not appended to since, nothing is written.
    public void close() throws IOException {
        if (durability.isClosed()) {
            return;
        }
        IOException cause = durability.failure();
        if (cause != null) {
            closeDirty();
            throw new IOException(name + " was not closed cleanly", cause);
        }
        try {
            FlushPlan plan = planFlush();
            plan.run();
            flushed(plan);
            if (extent.changedSinceClose() && !extent.isBlank()) {
                rolls.writeCaches(extent.end());
            }
            checkpoint();
        } finally {
            closeDirty();
        }
    }

    /// Lets go of the files and writes nothing.
    public void closeDirty() throws IOException {
        if (!durability.isClosed()) {
            durability.close();
            segments.close();
        }
    }
}
