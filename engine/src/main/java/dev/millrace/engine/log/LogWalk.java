package dev.millrace.engine.log;

import dev.millrace.engine.env.Storage;
import dev.millrace.engine.env.StoredFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Reads every batch of a log, segment after segment: checks it, mends it in memory where it says itself what it was, and steps over what is
/// lost. What comes out is the log as it is once it is repaired.
///
/// **Owner.** One inspection.
final class LogWalk {
    private final Storage directory;
    private final LogFacts facts;
    private final LeaderEpochs checkpoint;
    private final List<Finding> findings;
    private final LongConsumer seen;

    /// Where the oldest transaction begins that is open now; `Long.MAX_VALUE` when none is.
    private final LongSupplier open;

    /// The offset that comes next.
    private long next;

    private int epoch = -1;

    /// The greatest timestamp of the last batch; -1 before the first.
    private long timestamp = -1;

    /// Some offsets are in no batch that can be read.
    private boolean incomplete;

    /// Is told of every batch of the log as it will be.
    interface Visitor {
        /// @param b the whole batch; of one that is very large, its header
        void batch(ByteBuffer b, int at, long position) throws IOException;
    }

    LogWalk(
            Storage directory,
            LogFacts facts,
            LeaderEpochs checkpoint,
            List<Finding> findings,
            LongConsumer seen,
            LongSupplier open) {
        this.directory = directory;
        this.facts = facts;
        this.checkpoint = checkpoint;
        this.findings = findings;
        this.seen = seen;
        this.open = open;
    }

    long next() {
        return next;
    }

    boolean incomplete() {
        return incomplete;
    }

    /// Of the last batch.
    int epoch() {
        return epoch;
    }

    /// Reads one segment, or another file of batches.
    ///
    /// @param following where the next one begins; -1 for the last
    void file(String name, long following, Visitor visitor) throws IOException {
        try (StoredFile file = directory.open(name)) {
            new Walk(name, new OverlayFile(file), following, visitor).run();
        } catch (IOException e) {
            lost(
                    Finding.lost(
                            name,
                            "the disk does not give it back: " + e.getMessage(),
                            new Finding.Lost(next, following - 1, 0, 0, timestamp, -1),
                            null));
        }
    }

    /// The first segment begins there, or the next after a gap.
    void begin(long offset) {
        next = offset;
    }

    /// No batch is older than that.
    void begin(long offset, int leaderEpoch) {
        next = offset;
        epoch = leaderEpoch;
    }

    void lost(Finding finding) {
        incomplete = true;
        findings.add(finding);
    }

    /// One segment.
    private final class Walk {
        private final String name;
        private final OverlayFile file;
        private final long size;
        private final long following;
        private final Visitor visitor;
        private final BatchMends mends;
        private final SegmentRewrite mended;
        private final SegmentRewrite emptied;
        private final Mend mend;
        private final Mend quarantine;
        private ByteBuffer block = ByteBuffer.allocate(1 << 20).limit(0);
        private long blockAt;
        private long position;
        private @Nullable Hole hole;

        Walk(String name, OverlayFile file, long following, Visitor visitor) {
            this.name = name;
            this.file = file;
            this.size = file.size();
            this.following = following;
            this.visitor = visitor;
            this.mends = new BatchMends(file, size, facts.holesBelow());
            this.mended = new SegmentRewrite(directory, name);
            this.emptied = new SegmentRewrite(directory, name);
            this.mend =
                    new Mend(
                            "puts it right, and keeps the batch as it was beside it (*.damaged)",
                            mended::run);
            this.quarantine =
                    new Mend(
                            "puts an empty batch in the place of the damaged bytes, and keeps them beside it (*.damaged)",
                            emptied::run);
        }

        /// Damaged bytes, until it is known what follows.
        private record Hole(long position, long offset, String why) {}

        void run() throws IOException {
            while (position < size) {
                String why = problem();
                if (why == null) {
                    good();
                } else if (!mend()) {
                    step(why);
                }
            }
            if (hole != null) {
                atEnd(hole);
            }
        }

        // ---- one batch

        private int at() {
            return (int) (position - blockAt);
        }

        /// Sees to it that so many bytes from the position on are in the block.
        private void load(int bytes) throws IOException {
            if (position >= blockAt && position + bytes <= blockAt + block.limit()) {
                return;
            }
            if (bytes > block.capacity()) {
                block = ByteBuffer.allocate(bytes);
            }
            block.clear().limit((int) Math.min(block.capacity(), size - position));
            int read = file.read(position, block);
            if (read < bytes) {
                throw new IOException("it ends at byte " + (position + Math.max(0, read)));
            }
            block.flip();
            blockAt = position;
        }

        private @Nullable String problem() throws IOException {
            if (size - position < BatchHeader.BYTES) {
                return "too short for a batch";
            }
            load(BatchHeader.BYTES);
            long claimed = BatchHeader.size(block, at());
            if (claimed < BatchHeader.BYTES || position + claimed > size) {
                return "a length of %d bytes, where %d are left"
                        .formatted(claimed, size - position);
            }
            if (BatchHeader.magic(block, at()) != 2) {
                return "format %d instead of 2".formatted(BatchHeader.magic(block, at()));
            }
            return checksum(claimed) ? offsets() : "the checksum does not match";
        }

        private boolean checksum(long claimed) throws IOException {
            if (claimed <= BatchMends.MOST) {
                load((int) claimed);
                return BatchHeader.crcMatches(block, at(), (int) claimed);
            }
            var scan = new BatchScan(file, position, size, BatchHeader.BYTES);
            return scan.next() && scan.crcMatches();
        }

        private @Nullable String offsets() throws IOException {
            long base = BatchHeader.baseOffset(block, at());
            int delta = BatchHeader.lastOffsetDelta(block, at());
            if (delta < 0 || BatchHeader.count(block, at()) < 0) {
                return "a batch of %d records that ends %d behind its first"
                        .formatted(BatchHeader.count(block, at()), delta);
            }
            if (base < next) {
                return "offset %d, where %d is next".formatted(base, next);
            }
            if (base > next && hole == null && mend()) {
                load(BatchHeader.BYTES);
                return problem();
            }
            return null;
        }

        private void good() throws IOException {
            long base = BatchHeader.baseOffset(block, at());
            int claimed = (int) BatchHeader.size(block, at());
            if (hole != null) {
                close(hole, base);
            } else if (base > next && base > facts.holesBelow()) {
                findings.add(
                        Finding.note(
                                name,
                                "offsets %d to %d are not there, and nothing in their place is damaged: compaction leaves such holes"
                                        .formatted(next, base - 1)));
            }
            epoch(base, claimed);
            if (claimed <= BatchMends.MOST) {
                String problem = RecordParse.problem(block, at());
                if (problem != null) {
                    unreadable(base, claimed, problem);
                }
            }
            visitor.batch(block, at(), position);
            next = BatchHeader.lastOffset(block, at()) + 1;
            timestamp = BatchHeader.maxTimestamp(block, at());
            seen.accept(claimed);
            position += claimed;
        }

        /// Its checksum is right: it was written so.
        private void unreadable(long base, int claimed, String problem) {
            findings.add(
                    Finding.odd(
                            name,
                            "the batch at offset %d (byte %d, %d bytes) was written like this and was not damaged since, but %s"
                                    .formatted(base, position, claimed, problem)));
        }

        // ---- leader epochs, which no checksum covers

        private void epoch(long base, int claimed) throws IOException {
            int has = BatchHeader.leaderEpoch(block, at());
            int later = has != epoch ? epochBehind(position + claimed) : -1;
            boolean wrong =
                    has < epoch
                            || has > facts.latestEpoch()
                            || (later >= 0 && later < has && !laterIsWrong(base, has, claimed));
            if (!wrong) {
                epoch = has;
                return;
            }
            int was = epochOf(base, has, later);
            if (was < 0) {
                findings.add(
                        Finding.odd(
                                name,
                                "the batch at offset %d (byte %d) has leader epoch %d, which is impossible between its neighbours, and nobody can tell which it had"
                                        .formatted(base, position, has)));
                return;
            }
            patch(BatchMends.epoch(position, claimed, base, was, has));
            epoch = was;
        }

        private int epochOf(long base, int has, int later) {
            for (int candidate : new int[] {checkpoint.epochAt(base), epoch, later}) {
                boolean fits =
                        candidate >= Math.max(0, epoch)
                                && candidate <= facts.latestEpoch()
                                && (later < 0 || candidate <= later);
                if (fits && (Integer.bitCount(candidate ^ has) == 1 || epoch == later)) {
                    return candidate;
                }
            }
            return -1;
        }

        /// The next batch is of an earlier epoch: is it that one, because what was saved or the one behind it agree with this one?
        private boolean laterIsWrong(long base, int has, int claimed) throws IOException {
            if (checkpoint.epochAt(base) == has) {
                return true;
            }
            var next = new BatchScan(file, position + claimed, size, BatchHeader.BYTES);
            return next.next() && epochBehind(next.position() + next.size()) >= has;
        }

        /// Of the batch that begins there; -1 when there is none in this segment.
        private int epochBehind(long at) throws IOException {
            if (size - at < BatchHeader.BYTES) {
                return -1;
            }
            ByteBuffer header = ByteBuffer.allocate(BatchHeader.BYTES);
            file.read(at, header);
            return BatchHeader.magic(header, 0) == 2 ? BatchHeader.leaderEpoch(header, 0) : -1;
        }

        // ---- damage

        private boolean mend() throws IOException {
            if (hole != null) {
                return false;
            }
            long claimed = size - position < BatchHeader.BYTES ? 0 : BatchHeader.size(block, at());
            long behind = position + claimed;
            long follows = validAt(behind) ? behind : search();
            long end = following < 0 ? facts.closedEnd() : following;
            long followsOffset = follows < 0 ? end : offsetAt(follows);
            BatchMends.Patch patch = mends.mend(position, next, follows, followsOffset);
            if (patch == null) {
                return false;
            }
            patch(patch);
            return true;
        }

        private void patch(BatchMends.Patch patch) throws IOException {
            file.patch(patch.position(), patch.bytes());
            mended.replace(
                    patch.position(),
                    patch.bytes().limit(),
                    patch.bytes(),
                    position,
                    patch.batchBytes());
            findings.add(Finding.wrong(name, patch.what(), mend));
            block.limit(0);
            load((int) Math.min(size - position, BatchHeader.BYTES));
            long claimed = BatchHeader.size(block, at());
            if (claimed <= BatchMends.MOST) {
                load((int) claimed);
            }
        }

        private boolean validAt(long at) throws IOException {
            if (at <= position || at >= size) {
                return false;
            }
            var scan = new BatchScan(file, at, size, BatchHeader.BYTES);
            return scan.next() && scan.plausible() && scan.crcMatches();
        }

        private long offsetAt(long at) throws IOException {
            var scan = new BatchScan(file, at, size, BatchHeader.BYTES);
            return scan.next() ? scan.baseOffset() : -1;
        }

        private long search() throws IOException {
            var damage = new Damage(file, size, position, next, next);
            return damage.followed() ? damage.validAt() : -1;
        }

        /// Goes on at the next valid batch.
        private void step(String why) throws IOException {
            if (hole == null) {
                hole = new Hole(position, next, why);
            }
            long follows = search();
            long to = follows < 0 ? size : follows;
            seen.accept(to - position);
            position = to;
        }

        private void close(Hole over, long base) {
            hole = null;
            lost(over, base - 1, BatchHeader.baseTimestamp(block, at()));
            next = base;
        }

        private void lost(Hole over, long lastOffset, long before) {
            long bytes = position - over.position;
            var lost =
                    new Finding.Lost(
                            over.offset, lastOffset, over.position, bytes, timestamp, before);
            boolean known =
                    lastOffset >= over.offset && lastOffset - over.offset <= Integer.MAX_VALUE;
            boolean undecided = open.getAsLong() < over.offset;
            if (known && !undecided) {
                emptied.replace(
                        over.position,
                        bytes,
                        EmptyBatch.of(over.offset, lastOffset, Math.max(0, epoch)),
                        over.position,
                        bytes);
            }
            String transaction =
                    undecided
                            ? "; a transaction was open there (from offset %d on), and whether it was committed is in the damaged bytes: nothing can take their place"
                                    .formatted(open.getAsLong())
                            : "";
            LogWalk.this.lost(
                    Finding.lost(
                            name,
                            "bytes %d to %d are damaged (%s)%s"
                                    .formatted(over.position, position - 1, over.why, transaction),
                            lost,
                            known && !undecided ? quarantine : null));
        }

        /// Nothing valid follows in this segment.
        private void atEnd(Hole over) throws IOException {
            if (following >= 0) {
                lost(over, following - 1, -1);
                next = following;
                return;
            }
            boolean promised = facts.closedCleanly() || over.offset < facts.recoveryPoint();
            if (!promised && looksUnfinished(over)) {
                findings.add(
                        Finding.note(
                                name,
                                "%d bytes behind offset %d are a write that the stop cut off, of which nobody was told: the next start takes them away"
                                        .formatted(size - over.position, over.offset)));
                return;
            }
            long end = Math.max(facts.closedEnd(), facts.recoveryPoint());
            hole =
                    promised
                            ? over
                            : new Hole(
                                    over.position,
                                    over.offset,
                                    over.why
                                            + "; a start takes them for a write that was cut off, and cuts them away");
            lost(hole, end > over.offset ? end - 1 : -1, -1);
            next = Math.max(next, end);
        }

        private boolean looksUnfinished(Hole over) throws IOException {
            var damage = new Damage(file, size, over.position, over.offset, over.offset);
            return !damage.followed() && damage.looksUnsynced();
        }
    }
}
