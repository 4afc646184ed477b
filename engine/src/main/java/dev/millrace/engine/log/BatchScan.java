package dev.millrace.engine.log;

import dev.millrace.engine.env.StoredFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/// Walks over the batches of a file by their headers, reading block by block; bodies are read only when asked for.
final class BatchScan {
    /// For a step or two behind an index entry.
    static final int SHORT = 4 << 10;

    /// For walks over whole segments.
    static final int LONG = 256 << 10;

    private final StoredFile file;
    private final long end;
    private final ByteBuffer block;
    private long blockStart;
    private long position;
    private long size;

    /// @param end the walk ends here, which is at most the size of the file
    BatchScan(StoredFile file, long from, long end, int blockBytes) {
        this.file = file;
        this.end = end;
        this.block = ByteBuffer.allocate(blockBytes).limit(0);
        this.position = from;
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

    /// As [#next()], where anything but a whole batch is corruption.
    boolean nextOrCorrupt(String log) throws IOException {
        if (next()) {
            return true;
        }
        if (!atEnd()) {
            throw new CorruptLogException(log, file.name(), position, "not a record batch");
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
        return crcInPieces() == wanted;
    }

    private int crcInPieces() throws IOException {
        var crc = new CRC32C();
        ByteBuffer piece = ByteBuffer.allocate(LONG);
        long from = position + BatchHeader.CRC_FROM;
        long to = position + size;
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
