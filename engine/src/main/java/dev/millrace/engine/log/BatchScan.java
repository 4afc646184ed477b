package dev.millrace.engine.log;

import dev.millrace.engine.env.StoredFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// Walks over the batches of a file by their headers, reading block by block; bodies are read only when asked for.
///
/// **Whose bytes.** A walk that is over after a look at some headers borrows its block: there is one for everybody, and who comes
/// while it is lent makes another. So does the walk over one of many logs that are opened. A walk that was closed has no bytes any
/// more, so that it cannot show those of a later one.
final class BatchScan implements AutoCloseable {
    /// For a step or two behind an index entry.
    static final int SHORT = 4 << 10;

    /// For walks over whole segments.
    static final int LONG = 256 << 10;

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    /// A block of [#SHORT] bytes that nobody walks over just now. The walks of different partitions take it without a lock.
    private static final SpareBlocks SPARE = new SpareBlocks(1);

    /// Of up to [#LONG] bytes; as many logs are opened at a time.
    private static final SpareBlocks SPARE_LONG = new SpareBlocks(4);

    private final StoredFile file;
    private final long end;
    private final @Nullable SpareBlocks lender;
    private @Nullable CheckedBytes checked;
    private ByteBuffer block;
    private long blockStart;
    private long position;
    private long size;

    /// @param end the walk ends here, which is at most the size of the file
    BatchScan(StoredFile file, long from, long end, int blockBytes) {
        this(file, from, end, ByteBuffer.allocate(enough(from, end, blockBytes)), null);
    }

    private BatchScan(
            StoredFile file, long from, long end, ByteBuffer block, @Nullable SpareBlocks lender) {
        this.file = file;
        this.end = end;
        this.block = block.limit(0);
        this.lender = lender;
        this.position = from;
    }

    /// Most logs of a node with many are shorter than a block.
    private static int enough(long from, long end, int blockBytes) {
        return (int) Math.min(blockBytes, Math.max(BatchHeader.BYTES, end - from));
    }

    /// For a short walk that is closed where it began.
    static BatchScan borrowing(StoredFile file, long from, long end) {
        return new BatchScan(file, from, end, SPARE.take(SHORT), SPARE);
    }

    /// For a walk over a whole segment that is closed where it began.
    static BatchScan borrowingLong(StoredFile file, long from, long end) {
        return new BatchScan(file, from, end, SPARE_LONG.take(enough(from, end, LONG)), SPARE_LONG);
    }

    /// Gives back a borrowed block; the walk is over.
    @Override
    public void close() {
        ByteBuffer over = block;
        block = NOTHING;
        if (lender != null && over.capacity() > 0) {
            lender.giveBack(over);
        }
    }

    /// Goes to the next batch. False when there is none: at the end, or when what stands at [#position()] cannot be a batch
    /// ([#atEnd()] tells).
    boolean next() throws IOException {
        position += size;
        size = 0;
        if (position + BatchHeader.BYTES > end) {
            return false;
        }
        load(position, BatchHeader.BYTES);
        long claimed = BatchHeader.size(block, at());
        boolean whole =
                claimed >= BatchHeader.BYTES
                        && position + claimed <= end
                        && BatchHeader.magic(block, at()) == 2;
        if (whole) {
            size = claimed;
        }
        return whole;
    }

    /// From now on [#nextOrCorrupt] also checks what was not checked before.
    BatchScan checking(CheckedBytes known) {
        checked = known;
        return this;
    }

    /// As [#next()], where anything but a whole batch is corruption.
    boolean nextOrCorrupt(String log) throws IOException {
        if (next()) {
            CheckedBytes known = checked;
            if (known != null && !known.covers(position) && !isGood(known)) {
                throw new CorruptLogException(log, file.name(), position, "not a valid batch");
            }
            return true;
        }
        if (!atEnd()) {
            throw new CorruptLogException(log, file.name(), position, "not a record batch");
        }
        return false;
    }

    private boolean isGood(CheckedBytes known) throws IOException {
        return known.lostAt(position) == null && plausible() && crcMatches();
    }

    /// Goes on to the batch that holds `offset`, or the first after it. False when there is none.
    boolean reach(long offset, String log) throws IOException {
        while (nextOrCorrupt(log)) {
            if (lastOffset() >= offset) {
                return true;
            }
        }
        return false;
    }

    boolean atEnd() {
        return position >= end;
    }

    private void load(long from, int bytes) throws IOException {
        if (from >= blockStart && from + bytes <= blockStart + block.limit()) {
            return;
        }
        block.clear().limit((int) Math.min(block.capacity(), end - from));
        int read = file.read(from, block);
        if (read < bytes) {
            throw new IOException(
                    "%s: wanted %d bytes at %d, found %d"
                            .formatted(file.name(), bytes, from, read));
        }
        block.flip();
        blockStart = from;
    }

    private int at() {
        return (int) (position - blockStart);
    }

    String fileName() {
        return file.name();
    }

    long position() {
        return position;
    }

    int size() {
        return (int) size;
    }

    long baseOffset() {
        return BatchHeader.baseOffset(block, at());
    }

    long lastOffset() {
        return BatchHeader.lastOffset(block, at());
    }

    long maxTimestamp() {
        return BatchHeader.maxTimestamp(block, at());
    }

    int leaderEpoch() {
        return BatchHeader.leaderEpoch(block, at());
    }

    /// The block, with the current batch's header at [#headerAt()].
    ByteBuffer header() {
        return block;
    }

    int headerAt() {
        return at();
    }

    /// Whether offsets, counts and timestamps make sense together.
    boolean plausible() {
        int at = at();
        return BatchHeader.baseOffset(block, at) >= 0
                && BatchHeader.lastOffsetDelta(block, at) >= 0
                && BatchHeader.count(block, at) >= 0;
    }

    /// Reads the whole batch and compares its checksum.
    boolean crcMatches() throws IOException {
        int wanted = BatchHeader.crc(block, at());
        if (position + size <= blockStart + block.limit()) {
            return BatchHeader.computeCrc(block, at(), (int) size) == wanted;
        }
        if (size <= block.capacity()) {
            blockStart = -1;
            block.limit(0);
            load(position, (int) size);
            return BatchHeader.computeCrc(block, at(), (int) size) == wanted;
        }
        return crc(file, position, position + size) == wanted;
    }

    /// The checksum that a batch has if it fills these bytes.
    static int crc(StoredFile file, long position, long to) throws IOException {
        var crc = new CRC32C();
        long from = position + BatchHeader.CRC_FROM;
        ByteBuffer piece = ByteBuffer.allocate((int) Math.min(LONG, to - from));
        while (from < to) {
            piece.clear().limit((int) Math.min(piece.capacity(), to - from));
            if (file.read(from, piece) <= 0) {
                throw new IOException(file.name() + ": ends within a batch at " + position);
            }
            from += piece.flip().remaining();
            crc.update(piece);
        }
        return (int) crc.getValue();
    }

    /// The whole batch in memory.
    StoredRecords records() {
        return new StoredRecords(file, position, (int) size);
    }
}
