package dev.millrace.engine.log;

import static dev.millrace.engine.check.Invariant.check;

import dev.millrace.engine.env.Env;
import dev.millrace.engine.env.Storage;
import dev.millrace.engine.env.StoredFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One partition's records on disk, in Kafka's format. `docs/log.md` tells the bytes and what a crash leaves.
///
/// **Owner.** The partition: every method is called in its turn. **Errors.** A client's mistake is an [AppendResult.Refused]; an
/// `IOException` means that the disk failed: after a failed flush, or a failed append that could not be undone, the log is
/// poisoned, and only opening it anew with [OpenMode#recover] brings it back (L5).
///
/// The directory's own name is durable in its parent before the first flush: the host has seen to that, or has said how
/// ([#beforeFlush]).
public final class Log {
    private static final Logger LOG = LoggerFactory.getLogger(Log.class);

    private final Env env;
    private final Storage directory;
    private final TopicPartition name;
    private LogSettings settings;
    private final Segments segments;
    private final LeaderEpochs epochs;
    private final ProducerStates producers;
    private final UnreplicatedTransactions unreplicated = new UnreplicatedTransactions();
    private final AbortedTransactions aborted;
    private final UncheckedReads uncheckedReads;
    private final Reads reads;
    private long logStart;
    private long logEnd;

    /// Everything below it was synced.
    private long flushedEnd;

    /// The greatest `flushedEnd` there ever was: a recovery point that a checkpoint may still hold.
    private long flushedOnce;

    /// What `millrace-truncation-point` says; `Long.MAX_VALUE` when there is none. A checkpoint takes it away, nothing raises it: what
    /// only a checkpoint syncs is in doubt from there on.
    private long truncationMark;

    /// What the files of a clean close are about that are still as it left them; null when there are none.
    private @Nullable Ends closedAs;

    /// Rises with every truncation: a flush planned before one says nothing about what came after.
    private int generation;

    private final List<Segment> sealedUnsynced = new ArrayList<>();

    /// Until the first flush has done it.
    private FlushPlan.@Nullable Before beforeFlush;

    /// Below it every key has one record: `docs/compaction.md`.
    private long cleanedTo;

    /// A truncation has lowered it, and the host's checkpoint does not say so yet.
    private boolean cleanedLowered;

    private final Set<String> cachesUnsynced = new LinkedHashSet<>();
    private volatile @Nullable IOException poison;
    private boolean closed;

    /// The epochs were compared with the batches since this process began.
    private boolean epochsMended;

    /// Opens the log in `directory`, made empty when there is none.
    ///
    /// @throws CorruptLogException when it holds damage that no crash explains (L3); nothing was changed
    public static Log open(
            Env env, Storage directory, TopicPartition name, LogSettings settings, OpenMode mode)
            throws IOException {
        var log = new Log(new Opening(env, directory, name, settings, mode).open(), settings);
        if (log.logEnd < mode.logStart()) {
            // What was deleted by request reaches beyond what a power loss has left.
            log.truncateFullyAndStartAt(mode.logStart());
        }
        return log;
    }

    Log(Opening.Opened opened, LogSettings settings) {
        this.env = opened.env();
        this.directory = opened.directory();
        this.name = opened.name();
        this.settings = settings;
        this.segments = opened.segments();
        this.epochs = opened.epochs();
        this.producers = opened.producers();
        this.aborted = opened.aborted();
        this.logStart = opened.logStart();
        this.logEnd = opened.logEnd();
        this.flushedEnd = opened.flushedEnd();
        this.cleanedTo = opened.cleanedTo();
        this.cleanedLowered = opened.cleanedLowered();
        this.flushedOnce = Math.max(cleanedTo, Math.max(opened.flushedEnd(), opened.flushedOnce()));
        this.truncationMark = opened.truncationMark();
        this.closedAs = opened.asClosed() ? ends() : null;
        this.epochsMended = !opened.asClosed();
        this.uncheckedReads = new UncheckedReads(name.toString(), segments);
        this.reads = new Reads(uncheckedReads);
        // What a recovery has found may be in the page cache only: the process was killed, not the
        // machine.
        if (flushedEnd < logEnd) {
            for (int i = segments.floor(flushedEnd); i < segments.count() - 1; i++) {
                sealedUnsynced.add(segments.get(i));
            }
        }
        check(logStart <= logEnd, "R10 logStart <= logEnd", logStart, logEnd);
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
        return logStart;
    }

    /// The offset that the next record gets.
    public long logEnd() {
        return logEnd;
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
        usable();
        Segment first = segments.first();
        long bytes = 0;
        for (int i = 0; i < segments.count(); i++) {
            bytes += segments.get(i).size();
        }
        long newest = first.size() == 0 ? -1 : first.maxTimestamp(settings.indexIntervalBytes());
        return new LogRest(
                logStart,
                logEnd,
                bytes,
                newest >= 0 ? newest : first.createdMs,
                Math.max(logStart, producers.firstUnstableOffset()));
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
        epochs.assign(leaderEpoch, logEnd);
        producers.forgetGuards();
    }

    /// Where that epoch ends here (KIP-320): the answer to OffsetForLeaderEpoch.
    public EpochEnd endOffsetForEpoch(int epoch) {
        mendEpochs();
        return epochs.endOf(epoch, logEnd);
    }

    /// What a clean stop has left is compared with the batches when it is first asked for.
    private void mendEpochs() {
        try {
            compareEpochs();
        } catch (IOException e) {
            LOG.warn("{}: the leader epochs were not compared: {}", name, e.toString());
        }
    }

    private void compareEpochs() throws IOException {
        if (!epochsMended) {
            int interval = settings.indexIntervalBytes();
            boolean holes = settings.compact() || cleanedTo > 0;
            EpochsOfBatches.mend(
                    name.toString(), segments, epochs, logStart, logEnd, interval, holes);
            epochsMended = true;
        }
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
        long first = Math.min(producers.firstUnstableOffset(), unreplicated.firstOffset());
        return Math.max(first, logStart);
    }

    /// The high watermark has moved.
    public void highWatermark(long offset) {
        unreplicated.passed(offset);
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
        open();
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
            refused = checkProducers(b, origin, verified);
        }
        if (refused != null) {
            return refused;
        }
        ByteBuffer bytes = batches.assign(b, logEnd, leaderEpoch);
        refused = checkSize(bytes, origin);
        if (refused != null) {
            return refused;
        }
        long baseOffset = logEnd;
        write(bytes, nowMs);
        return new AppendResult.Appended(
                baseOffset, logEnd - 1, settings.logAppendTime() ? nowMs : -1);
    }

    private void leads(int leaderEpoch) throws IOException {
        usable();
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
        AppendResult.Refused refused = producers.check(marker, logEnd);
        if (refused != null) {
            return refused;
        }
        long nowMs = env.clock().wallMs();
        long offset = logEnd;
        ByteBuffer bytes =
                new LeaderBatches(name, settings, nowMs, Origin.COORDINATOR)
                        .assign(marker.records(nowMs).buffer(), offset, leaderEpoch);
        write(bytes, nowMs);
        return new AppendResult.Appended(offset, offset, settings.logAppendTime() ? nowMs : -1);
    }

    private @Nullable AppendResult checkProducers(
            ByteBuffer b, Origin origin, @Nullable VerificationGuard verified) {
        long offset = logEnd;
        for (int at = b.position(); at < b.limit(); at += (int) BatchHeader.size(b, at)) {
            if (BatchHeader.producerId(b, at) >= 0 && !BatchHeader.control(b, at)) {
                AppendResult known =
                        producers.check(
                                b, at, offset, origin, verified, settings.verifyTransactions());
                if (known != null) {
                    return known;
                }
            }
            offset += BatchHeader.lastOffsetDelta(b, at) + 1L;
        }
        return null;
    }

    private AppendResult.@Nullable Refused checkSize(ByteBuffer bytes, Origin origin) {
        int size = bytes.remaining();
        if (size > settings.segmentBytes()) {
            return new AppendResult.Refused(
                    Errors.RECORD_LIST_TOO_LARGE,
                    "Message batch size is %d bytes in append to partition %s, which exceeds the maximum configured segment size of %d."
                            .formatted(size, name, settings.segmentBytes()));
        }
        if (origin.isClient() && size > settings.maxMessageBytes()) {
            return new AppendResult.Refused(
                    Errors.MESSAGE_TOO_LARGE,
                    "Message batch size is %d bytes in append to partition %s which exceeds the maximum configured size of %d."
                            .formatted(size, name, settings.maxMessageBytes()));
        }
        return null;
    }

    /// Appends what the leader has: offsets and epochs are in the batches already. Offsets may leave gaps, never go back.
    public AppendResult appendAsFollower(MemoryRecords records) throws IOException {
        usable();
        mendEpochs();
        ByteBuffer b = records.buffer();
        b.limit(b.position() + records.validBytes()); // a fetch may end in a part of a batch
        if (!b.hasRemaining()) {
            return new AppendResult.Appended(logEnd, logEnd - 1, -1);
        }
        var checks = new BatchChecks(name, settings, 0, Origin.RAFT);
        AppendResult.Refused refused = checks.frames(b);
        long next = logEnd;
        for (int at = b.position(); refused == null && at < b.limit(); ) {
            refused = checks.replicated(b, at, next, epochs.latest());
            next = BatchHeader.lastOffset(b, at) + 1;
            at += (int) BatchHeader.size(b, at);
        }
        if (refused != null) {
            return refused;
        }
        long baseOffset = BatchHeader.baseOffset(b, b.position());
        write(b, env.clock().wallMs());
        return new AppendResult.Appended(baseOffset, logEnd - 1, -1);
    }

    private void write(ByteBuffer b, long nowMs) throws IOException {
        try {
            rollIfFull(b, nowMs);
            Segment active = segments.active();
            SegmentIndex index = active.growingIndex(settings.indexIntervalBytes());
            long position = active.size();
            active.append(b.duplicate());
            for (int at = b.position(); at < b.limit(); ) {
                int size = (int) BatchHeader.size(b, at);
                appended(b, at, size, position, index);
                at += size;
                position += size;
            }
        } catch (Segment.BrokenAppend broken) {
            poison(broken);
            throw broken;
        }
    }

    private void appended(ByteBuffer b, int at, int size, long position, SegmentIndex index) {
        long lastOffset = BatchHeader.lastOffset(b, at);
        epochs.assign(BatchHeader.leaderEpoch(b, at), BatchHeader.baseOffset(b, at));
        index.add(
                lastOffset,
                position,
                size,
                BatchHeader.maxTimestamp(b, at),
                settings.indexIntervalBytes());
        CompletedTransaction ended = producers.appended(b, at);
        if (ended != null) {
            unreplicated.add(ended);
            if (ended.aborted()) {
                aborted.aborted(ended.bounds(), settings);
            }
        }
        logEnd = lastOffset + 1;
    }

    // ------------------------------------------------------------------ roll

    private void rollIfFull(ByteBuffer b, long nowMs) throws IOException {
        Segment active = segments.active();
        long firstOffset = BatchHeader.baseOffset(b, b.position());
        boolean tooFar = firstOffset + b.remaining() - active.baseOffset > Integer.MAX_VALUE;
        if (active.size() == 0) {
            if (tooFar) {
                moveEmptyActive(firstOffset);
            }
            return;
        }
        long timestamp = BatchHeader.maxTimestamp(b, b.position());
        if (tooFar
                || active.size() + b.remaining() > settings.segmentBytes()
                || isOld(active, timestamp >= 0 ? timestamp : nowMs)
                || active.growingIndex(settings.indexIntervalBytes()).entries()
                        >= settings.segmentIndexBytes() / SegmentIndex.TIME_ENTRY) {
            roll(tooFar ? firstOffset : logEnd);
        }
    }

    /// Age counts from the first record's timestamp to the newest's, as in Kafka: a replayed old topic rolls by its own time.
    private boolean isOld(Segment active, long timestampMs) throws IOException {
        long born = active.firstTimestamp() >= 0 ? active.firstTimestamp() : active.createdMs;
        return timestampMs - born > settings.segmentMs() - active.jitterMs;
    }

    private void moveEmptyActive(long baseOffset) throws IOException {
        segments.remove(segments.count() - 1, settings);
        segments.create(baseOffset, settings);
    }

    /// Seals the active segment and begins a new one. Indexes and snapshot are written before, so that a crash in between leaves
    /// at worst caches that nobody asks for.
    private void roll(long baseOffset) throws IOException {
        Segment sealed = segments.active();
        sealed.seal(settings.indexIntervalBytes());
        ProducerSnapshots.write(directory, baseOffset, producers);
        segments.create(baseOffset, settings);
        sealedUnsynced.add(sealed);
        cachesUnsynced.add(LogFiles.of(sealed.baseOffset, LogFiles.INDEX));
        cachesUnsynced.add(LogFiles.of(sealed.baseOffset, LogFiles.TIME_INDEX));
        cachesUnsynced.add(LogFiles.of(baseOffset, LogFiles.SNAPSHOT));
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
        if (check.generation() != generation) {
            return; // the log was truncated meanwhile
        }
        CheckedBytes of = check.segment().checked();
        CheckedBytes.Run good = check.good();
        if (good != null) {
            of.checked(good);
        }
        LostRange range = check.lost();
        if (range != null && of.lost(range)) {
            LOG.error("{}: {}", name, range);
        }
    }

    /// What is known to be lost, in the order of the segments.
    public List<LostRange> lost() {
        List<LostRange> all = new ArrayList<>(0);
        for (int i = 0; i < segments.count(); i++) {
            all.addAll(segments.get(i).lost());
        }
        return all;
    }

    /// Plans a read of whole batches from the one that holds `startOffset` on. Batches that nobody has checked since this process
    /// began have to be checked first (L2): the caller runs the [RangeCheck], hands it to [#checked], and plans again.
    ///
    /// @param upperBound exclusive: no batch is returned that reaches it
    /// @param atLeastOneBatch the first batch is returned even when it is larger than `maxBytes`
    public ReadResult plan(long startOffset, long upperBound, int maxBytes, boolean atLeastOneBatch)
            throws IOException {
        open();
        if (startOffset < logStart || startOffset > logEnd) {
            return ReadResult.OUT_OF_RANGE;
        }
        long bound = Math.min(upperBound, logEnd);
        if (startOffset >= bound) {
            return ReadResult.EMPTY;
        }
        return reads.read(
                segments,
                logEnd,
                settings.indexIntervalBytes(),
                startOffset,
                bound,
                maxBytes,
                atLeastOneBatch,
                this::checkOf);
    }

    private RangeCheck checkOf(Segment segment, long position) throws IOException {
        compareEpochs(); // by wrong ones whole batches would look damaged
        return uncheckedReads.check(segment, position, logEnd, settings, epochs, generation);
    }

    /// The first record below `upperBound` whose timestamp is at least `timestampMs`; null when there is none.
    public @Nullable TimestampOffset offsetForTimestamp(long timestampMs, long upperBound)
            throws IOException {
        open();
        return search().first(timestampMs, logStart, Math.min(upperBound, logEnd));
    }

    /// The first of the records below `upperBound` that have the greatest timestamp (KIP-734); null when there is none.
    public @Nullable TimestampOffset maxTimestamp(long upperBound) throws IOException {
        open();
        return search().max(logStart, Math.min(upperBound, logEnd));
    }

    /// The first record at or after `from` and below `upperBound` that is data.
    ///
    /// @param from at or after the log start
    public FirstData firstData(long from, long upperBound) throws IOException {
        open();
        return new DataSearch(name.toString(), segments, settings.indexIntervalBytes())
                .first(from, Math.min(upperBound, logEnd));
    }

    private TimestampSearch search() {
        return new TimestampSearch(name.toString(), segments, settings.indexIntervalBytes());
    }

    // ------------------------------------------------------------------ flush

    /// Every record below it has been synced.
    public long flushedEnd() {
        return flushedEnd;
    }

    /// What must be synced for everything that is in the log now. Of a poisoned log: a plan that fails.
    public FlushPlan planFlush() {
        IOException cause = poison;
        List<StoredFile> files = new ArrayList<>(sealedUnsynced.size() + 1);
        try {
            for (Segment sealed : sealedUnsynced) {
                files.add(sealed.file());
            }
            if (flushedEnd < logEnd) {
                files.add(segments.active().file());
            }
        } catch (IOException failed) {
            cause = failed;
        }
        boolean names = cause == null && segments.takeNamesUnsynced();
        return new FlushPlan(this, directory, beforeFlush, files, names, logEnd, generation, cause);
    }

    /// What the next flush does first; forgotten when one has done it.
    public void beforeFlush(FlushPlan.Before before) {
        beforeFlush = before;
    }

    /// Takes note of a plan that was run.
    public void flushed(FlushPlan plan) {
        if (!plan.done()) {
            if (plan.names()) {
                segments.namesNotSynced();
            }
            return;
        }
        if (plan.names()) {
            segments.namesSynced();
        }
        if (!plan.isEmpty()) {
            beforeFlush = null;
        }
        if (plan.generation() != generation) {
            return; // the log was truncated meanwhile; the next plan covers what came after
        }
        sealedUnsynced.removeIf(sealed -> plan.covers(sealed.name()));
        flushedEnd = Math.max(flushedEnd, plan.upTo());
        flushedOnce = Math.max(flushedOnce, flushedEnd);
    }

    /// Makes durable what a later recovery from [#flushedEnd()] needs besides the batches, and returns that offset: the recovery
    /// point for the host's checkpoint. Blocks for a few small syncs, and only after a roll or a new epoch.
    public long checkpoint() throws IOException {
        usable();
        aborted.write(settings);
        cachesUnsynced.addAll(aborted.takeUnsynced());
        try {
            syncCaches();
            ByteBuffer unwritten = epochs.takeUnwritten(logEnd);
            if (unwritten != null) {
                directory.writeAtomically(LogFiles.LEADER_EPOCHS, unwritten);
            }
            if (truncationMark != Long.MAX_VALUE && flushedEnd >= flushedOnce && !cleanedLowered) {
                directory.delete(LogFiles.TRUNCATION_POINT);
                truncationMark = Long.MAX_VALUE;
            }
        } catch (IOException failed) {
            poison(failed);
            throw failed;
        }
        return flushedEnd;
    }

    private void syncCaches() throws IOException {
        for (int i = 0; i < segments.count(); i++) {
            Segment segment = segments.get(i);
            if (segment.indexUnsynced()) {
                segment.indexUnsynced(false);
                cachesUnsynced.add(LogFiles.of(segment.baseOffset, LogFiles.INDEX));
                cachesUnsynced.add(LogFiles.of(segment.baseOffset, LogFiles.TIME_INDEX));
            }
        }
        if (cachesUnsynced.isEmpty()) {
            return;
        }
        for (String cache : cachesUnsynced) {
            if (directory.exists(cache)) {
                try (StoredFile file = directory.open(cache)) {
                    file.sync();
                }
            }
        }
        cachesUnsynced.clear();
        directory.syncDirectory();
    }

    /// From any thread: the disk has failed, nothing more is believed (L5).
    void poison(IOException cause) {
        poison = cause;
    }

    /// Why this log takes no more appends; null while it does.
    public @Nullable IOException failure() {
        return poison;
    }

    private void usable() throws IOException {
        open();
        IOException cause = poison;
        if (cause != null) {
            throw new IOException(name + " is offline after: " + cause.getMessage(), cause);
        }
    }

    private void open() {
        check(!closed, "a closed log is not used");
    }

    // ------------------------------------------------------------------ truncate, retain

    /// Cuts the log back so that it ends at `offset`, or before the batch that holds it. Durable on return.
    public void truncateTo(long offset) throws IOException {
        usable();
        if (offset >= logEnd) {
            epochs.truncateEnd(logEnd); // one that this replica began to lead in has left no record
            return;
        }
        if (offset < segments.first().baseOffset || offset < logStart) {
            truncateFullyAndStartAt(offset);
            return;
        }
        try {
            // The segment that will be the last: not one that only begins at the cut, unless there
            // is no other.
            int last = segments.floor(Math.max(offset - 1, segments.first().baseOffset));
            Cut cut = cutOf(segments.get(last), offset);
            if (cut.logEnd() < logStart) { // the log start stands within the batch that has to go
                truncateFullyAndStartAt(logStart);
                return;
            }
            beforeTruncation(cut.logEnd());
            for (int i = segments.count() - 1; i > last; i--) {
                removeSegment(i);
            }
            segments.active().truncate(cut.position());
            sealedUnsynced.remove(segments.active());
            logEnd = cut.logEnd();
            epochs.truncateEnd(logEnd);
            reloadProducers();
            unreplicated.truncated(logEnd);
            aborted.truncated(logEnd, settings);
            directory.syncDirectory();
        } catch (IOException failed) {
            poison(failed);
            throw failed;
        }
    }

    /// A checkpointed recovery point above the cut would let recovery skip what is written there from now on.
    private void beforeTruncation(long offset) throws IOException {
        generation++;
        closedAs = null;
        reads.clear();
        if (offset < flushedOnce) {
            truncationMark = Math.min(offset, truncationMark);
            directory.writeAtomically(
                    LogFiles.TRUNCATION_POINT, TruncationPoint.encode(truncationMark));
        }
        flushedEnd = Math.min(flushedEnd, offset);
        if (offset < cleanedTo) {
            cleanedTo = offset;
            cleanedLowered = true;
        }
    }

    /// Where a segment is cut, always between two batches, and the log end that this makes.
    private record Cut(long position, long logEnd) {}

    private Cut cutOf(Segment segment, long offset) throws IOException {
        long position = segment.positionFor(offset - 1, settings.indexIntervalBytes());
        var scan = new BatchScan(segment.file(), position, segment.size(), BatchScan.SHORT);
        long end = segment.baseOffset;
        boolean more = scan.checking(segment.checked()).nextOrCorrupt(name.toString());
        if (more && position > 0) {
            end = scan.baseOffset();
        }
        while (more && scan.lastOffset() < offset) {
            end = scan.lastOffset() + 1;
            position = scan.position() + scan.size();
            more = scan.nextOrCorrupt(name.toString());
        }
        return new Cut(position, end);
    }

    private void removeSegment(int at) throws IOException {
        Segment segment = segments.get(at);
        segments.remove(at, settings);
        sealedUnsynced.remove(segment);
        directory.delete(LogFiles.of(segment.baseOffset, LogFiles.SNAPSHOT));
    }

    private void reloadProducers() throws IOException {
        new ProducerReplay(name.toString(), directory, segments, settings)
                .reload(producers, logStart, logEnd, logEnd, _ -> {});
    }

    /// Throws every record away and goes on at `offset`: the leader's log does not reach back to ours.
    public void truncateFullyAndStartAt(long offset) throws IOException {
        usable();
        try {
            beforeTruncation(offset);
            for (int i = segments.count() - 1; i >= 0; i--) {
                removeSegment(i);
            }
            segments.create(offset, settings);
            epochs.clear();
            producers.clear();
            unreplicated.clear();
            aborted.clear();
            ProducerReplay.deleteAllSnapshots(directory);
            directory.syncDirectory();
            logStart = offset;
            logEnd = offset;
            flushedEnd = offset;
        } catch (IOException failed) {
            poison(failed);
            throw failed;
        }
    }

    /// Raises the log start (DeleteRecords, retention) and deletes the segments that lie wholly below.
    ///
    /// @return how many segments went
    public int raiseLogStart(long offset) throws IOException {
        usable();
        check(offset <= logEnd, "R10 logStart <= logEnd", offset, logEnd);
        if (offset <= logStart) {
            return 0;
        }
        logStart = offset;
        epochs.truncateStart(logStart);
        int removed = 0;
        while (segments.count() > 1 && segments.get(1).baseOffset <= logStart) {
            removeSegment(0);
            removed++;
        }
        if (removed > 0) {
            reads.clear();
        }
        return removed;
    }

    /// How many of the oldest segments retention lets go of: by `retention.ms` and `retention.bytes`, never beyond the high
    /// watermark, never the active one (L6).
    public int deletableSegments(long nowMs, long highWatermark) throws IOException {
        if (!settings.delete()) {
            return 0;
        }
        long excess = settings.retentionBytes() < 0 ? 0 : size() - settings.retentionBytes();
        int deletable = 0;
        while (deletable + 1 < segments.count()
                && segments.get(deletable + 1).baseOffset <= highWatermark) {
            Segment segment = segments.get(deletable);
            boolean tooMany = excess >= segment.size() && excess > 0;
            if (!tooMany && !isExpired(segment, nowMs)) {
                break;
            }
            excess -= segment.size();
            deletable++;
        }
        return deletable;
    }

    private boolean isExpired(Segment segment, long nowMs) throws IOException {
        if (settings.retentionMs() < 0 || segment.size() == 0) {
            return false;
        }
        long newest = segment.maxTimestamp(settings.indexIntervalBytes());
        return nowMs - (newest >= 0 ? newest : segment.createdMs) > settings.retentionMs();
    }

    /// Deletes what retention lets go of; an active segment whose last record has expired is sealed first, as Kafka does.
    ///
    /// @return how many segments went
    public int applyRetention(long nowMs, long highWatermark) throws IOException {
        usable();
        if (settings.delete()
                && highWatermark >= logEnd
                && segments.active().size() > 0
                && isExpired(segments.active(), nowMs)) {
            roll(logEnd);
        }
        int deletable = deletableSegments(nowMs, highWatermark);
        return deletable == 0 ? 0 : raiseLogStart(segments.get(deletable).baseOffset);
    }

    // ------------------------------------------------------------------ compact

    /// The offset for the host's `cleaner-offset-checkpoint`.
    public long cleanedTo() {
        return cleanedTo;
    }

    /// The host's checkpoint says at most this offset now.
    public void cleanedSaved(long offset) {
        cleanedLowered &= offset > cleanedTo;
    }

    /// What could be compacted now.
    ///
    /// @param lastStable what lies above it is not decided
    public Cleanable cleanable(long lastStable, long nowMs) throws IOException {
        usable();
        return Cleanable.of(segments, settings, cleanedTo, logStart, logEnd, lastStable, nowMs);
    }

    /// Plans a pass over that range, of which something is dirty. It is stepped outside the turn, one at a time.
    public Compaction compact(Cleanable range, CompactionLimits limits, Compaction.Owner owner)
            throws IOException {
        checkpoint(); // where the epochs begin is kept, whatever becomes of the batches there
        List<CompactionSource> all = new ArrayList<>();
        for (int i = 0; i < segments.count(); i++) {
            all.add(CompactionSource.of(segments.get(i), segments.endOffset(i, logEnd)));
        }
        List<CompactionSource> sources =
                all.stream().filter(each -> each.endOffset() <= range.end()).toList();
        Uuid secret0 = env.entropy().uuid();
        Uuid secret1 = env.entropy().uuid();
        var plan =
                new Compaction.Plan(
                        this,
                        directory,
                        settings,
                        limits.forBatchesOf(settings.maxMessageBytes()),
                        range,
                        sources,
                        all,
                        new LastOfProducer(producers.all()),
                        logStart,
                        logEnd,
                        generation,
                        env.clock().wallMs(),
                        secret0.getMostSignificantBits() ^ secret1.getLeastSignificantBits(),
                        secret1.getMostSignificantBits() ^ secret0.getLeastSignificantBits());
        return new Compaction(plan, owner);
    }

    /// Whether all of them are in the log, which was not truncated since.
    boolean holds(List<CompactionSource> sources, int plannedAt) {
        return plannedAt == generation && present(sources).size() == sources.size();
    }

    /// Those that retention has left.
    List<CompactionSource> present(List<CompactionSource> sources) {
        return sources.stream().filter(each -> segments.holds(each.segment())).toList();
    }

    /// The aborted transactions whose markers are in that segment; none when it is not here any more.
    List<AbortedTransaction> abortedIn(Segment segment) throws IOException {
        return segments.holds(segment)
                ? aborted.in(segments.floor(segment.baseOffset), settings)
                : List.of();
    }

    /// A pass has made one segment of these.
    ///
    /// @return false, and nothing is done, when the log has changed meanwhile
    boolean replace(List<Segment> old, int plannedAt) throws IOException {
        usable();
        int at = plannedAt == generation ? segments.placeOf(old) : -1;
        if (at < 0) {
            return false;
        }
        try {
            segments.replace(at, old.size(), settings);
        } catch (IOException failed) {
            poison(failed);
            throw failed;
        }
        sealedUnsynced.removeAll(old); // all of them are below the flushed end
        aborted.replaced();
        reads.clear();
        return true;
    }

    /// A pass has ended.
    boolean cleaned(long end, int plannedAt) {
        boolean same = plannedAt == generation;
        if (same) {
            cleanedTo = end;
        }
        return same;
    }

    // ------------------------------------------------------------------ close

    /// Closes cleanly: everything synced, indexes, snapshot and epochs written, so that the next [OpenMode#CLEAN] reads no data. Of a
    /// log that was opened so and not appended to since, nothing is written.
    public void close() throws IOException {
        if (closed) {
            return;
        }
        IOException cause = poison;
        if (cause != null) {
            closeDirty();
            throw new IOException(name + " was not closed cleanly", cause);
        }
        try {
            FlushPlan plan = planFlush();
            plan.run();
            flushed(plan);
            if (!ends().equals(closedAs) && !isBlank()) {
                writeCaches(segments.active());
            }
            checkpoint();
        } finally {
            closeDirty();
        }
    }

    /// Where the last segment begins, and the log ends.
    private record Ends(long active, long log) {}

    private Ends ends() {
        return new Ends(segments.active().baseOffset, logEnd);
    }

    /// Nothing was ever written, or all of it was thrown away: the name of the one file tells everything.
    private boolean isBlank() throws IOException {
        return segments.count() == 1 && segments.active().size() == 0 && producers.all().isEmpty();
    }

    private void writeCaches(Segment active) throws IOException {
        active.writeIndexIfGrown();
        cachesUnsynced.add(LogFiles.of(active.baseOffset, LogFiles.INDEX));
        cachesUnsynced.add(LogFiles.of(active.baseOffset, LogFiles.TIME_INDEX));
        ProducerSnapshots.write(directory, logEnd, producers);
        cachesUnsynced.add(LogFiles.of(logEnd, LogFiles.SNAPSHOT));
    }

    /// Lets go of the files and writes nothing.
    public void closeDirty() throws IOException {
        if (!closed) {
            closed = true;
            segments.close();
        }
    }
}
