package dev.millrace.engine.log;

import dev.millrace.engine.env.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.LongConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.jspecify.annotations.Nullable;

/// Checks one log's folder, every byte of it, while nobody has it open. Changes nothing; what it finds says how it can be put right.
public final class LogInspection {
    private static final Set<String> OTHERS =
            Set.of(LogFiles.LEADER_EPOCHS, LogFiles.TRUNCATION_POINT, PartitionMetadata.FILE);

    private final Storage directory;
    private final LogFacts facts;
    private final LongConsumer seen;
    private final @Nullable Batches batches;
    private final List<Finding> findings = new ArrayList<>();
    private boolean boundary;
    private long logStart;
    private long logEnd;
    private int latestEpoch;
    private boolean empty = true;
    private boolean incomplete;

    /// Is given every batch, as it is once everything is repaired.
    @FunctionalInterface
    public interface Batches {
        void batch(MemoryRecords batch, long baseOffset, int leaderEpoch);
    }

    private LogInspection(
            Storage directory, LogFacts facts, LongConsumer seen, @Nullable Batches batches) {
        this.directory = directory;
        this.facts = facts;
        this.seen = seen;
        this.batches = batches;
    }

    /// Checks the log in that folder.
    ///
    /// @param seen is told of bytes of segments that were read
    /// @param batches who else wants to see the batches
    public static LogInspection of(
            Storage directory, LogFacts facts, LongConsumer seen, @Nullable Batches batches)
            throws IOException {
        long recoveryPoint = Math.min(facts.recoveryPoint(), TruncationPoint.load(directory));
        var inspection =
                new LogInspection(directory, facts.withRecoveryPoint(recoveryPoint), seen, batches);
        inspection.run();
        return inspection;
    }

    /// Checks one file that holds batches from offset 0 on, all of one epoch, and that was finished: a snapshot of the metadata.
    public static LogInspection ofSnapshot(
            Storage directory,
            String file,
            TopicPartition name,
            int epoch,
            LongConsumer seen,
            Batches batches)
            throws IOException {
        var facts = new LogFacts(name, LogSettings.DEFAULTS, true, -1, 0, 0, epoch, 0, 0);
        var inspection = new LogInspection(directory, facts, seen, batches);
        inspection.empty = false;
        var walk =
                new LogWalk(
                        directory,
                        facts,
                        new LeaderEpochs(),
                        inspection.findings,
                        seen,
                        () -> Long.MAX_VALUE);
        walk.begin(0, epoch);
        walk.file(file, -1, (b, at, _) -> inspection.pass(b, at));
        inspection.incomplete = walk.incomplete();
        inspection.logEnd = walk.next();
        return inspection;
    }

    /// In the order of the log.
    public List<Finding> findings() {
        return findings;
    }

    /// Where the first segment begins.
    public long logStart() {
        return logStart;
    }

    /// Behind the last batch that will be there.
    public long logEnd() {
        return logEnd;
    }

    /// Of the last batch; -1 when there is none.
    public int latestEpoch() {
        return latestEpoch;
    }

    /// Some of it could not be read.
    public boolean incomplete() {
        return incomplete;
    }

    /// No segment is there.
    public boolean empty() {
        return empty;
    }

    /// Whether a batch begins at the offset that the host has asked for, or the log begins or ends there.
    public boolean boundary() {
        return boundary || facts.boundary() == logStart || facts.boundary() == logEnd;
    }

    /// Where the first leader epoch begins, as saved; -1 when nothing is.
    public long firstEpochStart() throws IOException {
        return LeaderEpochs.load(directory).firstStart();
    }

    private void run() throws IOException {
        List<Long> bases = new ArrayList<>();
        for (String file : directory.files()) {
            Long base = LogFiles.offset(file, LogFiles.LOG);
            if (base != null) {
                bases.add(base);
            }
        }
        for (String file : directory.files()) {
            leftover(file, bases);
        }
        if (!bases.isEmpty()) {
            empty = false;
            segments(bases);
        } else if (known() > facts.logStart()) {
            incomplete = true;
            logStart = facts.logStart();
            logEnd = known();
            findings.add(LostLog.finding(() -> directory, "holds no segment", logStart, logEnd));
        }
    }

    /// Up to there the log was known to be safe.
    private long known() {
        return Math.max(facts.closedEnd(), facts.recoveryPoint());
    }

    private void segments(List<Long> bases) throws IOException {
        var epochs = new EpochInspection(directory);
        var producers = new ProducerInspection(directory, facts, findings);
        var walk =
                new LogWalk(directory, facts, epochs.saved(), findings, seen, producers::openSince);
        logStart = bases.getFirst();
        walk.begin(logStart);
        producers.begin(logStart);
        for (int i = 0; i < bases.size(); i++) {
            long base = bases.get(i);
            long following = i + 1 < bases.size() ? bases.get(i + 1) : -1;
            join(walk, base);
            segment(walk, epochs, producers, base, following);
        }
        producers.reached(walk.next(), walk.incomplete());
        logEnd = walk.next();
        latestEpoch = walk.epoch();
        producers.end(logEnd, walk.incomplete());
        producers.beyond(logEnd);
        epochs.end(
                facts, Math.max(logStart, facts.logStart()), logEnd, walk.incomplete(), findings);
        ends(walk, bases.getLast(), producers.openSince());
        incomplete = walk.incomplete();
    }

    private void segment(
            LogWalk walk,
            EpochInspection epochs,
            ProducerInspection producers,
            long base,
            long following)
            throws IOException {
        boolean last = following < 0;
        boolean finished = facts.closedCleanly() || (!last && following <= facts.recoveryPoint());
        var index =
                new IndexInspection(
                        directory, base, finished, facts.settings().indexIntervalBytes());
        int before = findings.size();
        walk.file(
                LogFiles.of(base, LogFiles.LOG),
                following,
                (b, at, position) -> {
                    long offset = BatchHeader.baseOffset(b, at);
                    int size = (int) BatchHeader.size(b, at);
                    producers.reached(offset, walk.incomplete());
                    epochs.batch(BatchHeader.leaderEpoch(b, at), walk.next(), offset);
                    index.batch(
                            position,
                            size,
                            BatchHeader.lastOffset(b, at),
                            BatchHeader.maxTimestamp(b, at));
                    producers.batch(b, at);
                    boundary |= offset == facts.boundary();
                    pass(b, at);
                });
        boolean lost =
                findings.subList(before, findings.size()).stream()
                        .anyMatch(finding -> finding.lost() != null);
        index.end(lost, findings);
        producers.segmentEnd(base, walk.next(), last, walk.incomplete());
    }

    private void pass(ByteBuffer b, int at) {
        int size = (int) BatchHeader.size(b, at);
        if (batches != null && at + size <= b.limit()) {
            batches.batch(
                    MemoryRecords.readableRecords(b.slice(at, size)),
                    BatchHeader.baseOffset(b, at),
                    BatchHeader.leaderEpoch(b, at));
        }
    }

    /// Whether a segment begins where the one before it ends.
    private void join(LogWalk walk, long base) {
        long next = walk.next();
        String name = LogFiles.of(base, LogFiles.LOG);
        if (base < next) {
            findings.add(
                    Finding.odd(
                            name,
                            "begins at offset %d, although the segment before it reaches to %d"
                                    .formatted(base, next - 1)));
        } else if (base > next && !facts.closedCleanly() && next >= facts.recoveryPoint()) {
            findings.add(
                    Finding.note(
                            name,
                            "and what is behind it was written after records that a power loss has taken (offset %d on), of which nobody was told: the next start takes it away"
                                    .formatted(next)));
        } else if (base > next && base > facts.holesBelow()) {
            walk.lost(
                    Finding.lost(
                            name,
                            "begins at offset %d, and the segment before it ends at %d"
                                    .formatted(base, next - 1),
                            new Finding.Lost(next, base - 1, 0, 0, -1, -1),
                            null));
        }
        walk.begin(base);
    }

    /// Whether the log reaches as far as it was known to.
    private void ends(LogWalk walk, long active, long openSince) throws IOException {
        long wanted = known();
        if (logEnd < wanted && !walk.incomplete()) {
            String file = LogFiles.of(active, LogFiles.LOG);
            boolean undecided = openSince < logEnd;
            boolean fits = wanted - 1 - active <= Integer.MAX_VALUE;
            walk.lost(
                    Finding.lost(
                            file,
                            "ends at offset %d, and was known to be safe up to %d%s"
                                    .formatted(
                                            logEnd - 1,
                                            wanted - 1,
                                            undecided
                                                    ? "; a transaction was open there (from offset %d on)"
                                                            .formatted(openSince)
                                                    : ""),
                            new Finding.Lost(logEnd, wanted - 1, 0, 0, -1, -1),
                            fits && !undecided ? coverTo(wanted, file, walk.epoch()) : null));
        }
    }

    private Mend coverTo(long wanted, String file, int epoch) throws IOException {
        var covered = new SegmentRewrite(directory, file);
        ByteBuffer empty = EmptyBatch.of(logEnd, wanted - 1, Math.max(0, epoch));
        covered.append(directory.size(file), empty);
        return new Mend("puts an empty batch in the place of what is not there", covered::run);
    }

    private void leftover(String file, List<Long> bases) {
        if (file.endsWith(LogFiles.DELETED) || file.endsWith(".tmp")) {
            note(file, "is out of use: the next start deletes it");
        } else if (file.endsWith(".cleaned") || file.endsWith(".swap")) {
            note(file, "is of a compaction that a stop cut off");
        } else if (KeptAside.is(file)) {
            note(file, "was kept by an earlier repair: delete it when nobody needs it");
        } else if (!isKnown(file, bases)) {
            note(file, "is no file of a log: nobody reads it");
        }
    }

    private void note(String file, String what) {
        findings.add(Finding.note(file, what));
    }

    private static boolean isKnown(String file, List<Long> bases) {
        for (String suffix : List.of(LogFiles.INDEX, LogFiles.TIME_INDEX, LogFiles.TXN_INDEX)) {
            Long base = LogFiles.offset(file, suffix);
            if (base != null) {
                return bases.contains(base);
            }
        }
        return LogFiles.offset(file, LogFiles.LOG) != null
                || LogFiles.offset(file, LogFiles.SNAPSHOT) != null
                || OTHERS.contains(file)
                || file.endsWith(".checkpoint")
                || file.endsWith(".checkpoint.part")
                || file.equals("quorum-state");
    }
}
