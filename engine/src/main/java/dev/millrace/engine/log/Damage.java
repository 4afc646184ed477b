package dev.millrace.engine.log;

import dev.millrace.engine.env.StoredFile;
import java.io.IOException;
import java.nio.ByteBuffer;

/// Looks at a file from a bad batch on: does a valid batch follow, and what does the damage look like?
final class Damage {
    static final int SECTOR = 512;

    /// Zeros at an edge of a sector that are enough to call it torn: fewer are common in good data.
    private static final int TORN = 32;

    /// Zeros at the end of a file that are enough, in a batch that one flipped bit does not explain: most batches end with one, since
    /// their last record has no headers.
    private static final int FILE_END = 2;

    private final StoredFile file;
    private final long size;
    private final long from;
    private final long least;
    private final long expected;
    private long validAt = -1;

    /// @param from the bad batch's position; -1 to look at the whole file
    /// @param least no batch of the file has a lower offset; one that does follow is believed with any above, since the offset that
    ///     went before may itself be the damage
    /// @param expected the offset of the bad batch, if it had been good
    Damage(StoredFile file, long size, long from, long least, long expected) {
        this.file = file;
        this.size = size;
        this.from = from;
        this.least = least;
        this.expected = expected;
    }

    /// Whether a valid batch begins at any byte behind. The length of the bad one is not believed.
    boolean followed() throws IOException {
        ByteBuffer block = ByteBuffer.allocate(BatchScan.LONG);
        for (long at = from + 1; at + BatchHeader.BYTES <= size && validAt < 0; ) {
            block.clear();
            int read = file.read(at, block);
            block.flip();
            int last = read - BatchHeader.BYTES;
            for (int i = 0; i <= last && validAt < 0; i++) {
                if (looksLikeBatch(block, i, at + i) && crcMatches(at + i)) {
                    validAt = at + i;
                }
            }
            at += Math.max(1, last + 1);
        }
        return validAt >= 0;
    }

    /// Where that batch begins, once [#followed] has found one; -1 otherwise.
    long validAt() {
        return validAt;
    }

    private boolean looksLikeBatch(ByteBuffer block, int at, long position) {
        if (BatchHeader.magic(block, at) != 2) {
            return false;
        }
        long claimed = BatchHeader.size(block, at);
        long base = BatchHeader.baseOffset(block, at);
        return claimed >= BatchHeader.BYTES
                && position + claimed <= size
                && base >= least
                && base - least <= Integer.MAX_VALUE
                && BatchHeader.lastOffsetDelta(block, at) >= 0;
    }

    private boolean crcMatches(long position) throws IOException {
        var scan = new BatchScan(file, position, size, BatchHeader.BYTES);
        return scan.next() && scan.crcMatches();
    }

    /// Whether the bytes between the bad batch and the next valid one can be writes that never reached the disk: the file ends within
    /// the batch, or one of its sectors begins or ends in zeros.
    boolean looksUnsynced() throws IOException {
        if (from < 0) {
            return true;
        }
        if (oneBitExplainsIt()) {
            return false;
        }
        if ((validAt < 0 && endsWithinBatch()) || hasNoHeader()) {
            return true;
        }
        long to = validAt < 0 ? size : validAt;
        ByteBuffer sector = ByteBuffer.allocate(SECTOR);
        for (long at = from / SECTOR * SECTOR; at < to; at += SECTOR) {
            sector.clear();
            file.read(at, sector);
            sector.flip();
            int atEnd = zerosFrom(sector, sector.limit() - 1, -1);
            if (atEnd >= Math.min(TORN, sector.limit())
                    || zerosFrom(sector, 0, 1) >= Math.min(TORN, sector.limit())
                    || (at < from
                            && atEnd >= at + SECTOR - from
                            && at + SECTOR - from > zerosExpected())
                    || (validAt < 0 && sector.limit() < SECTOR && atEnd >= FILE_END)) {
                return true;
            }
        }
        return false;
    }

    private boolean oneBitExplainsIt() throws IOException {
        var bit = new FlippedBit(file, from, expected);
        ByteBuffer header = ByteBuffer.allocate(BatchHeader.BYTES);
        if (file.read(from, header) < BatchHeader.BYTES) {
            return false;
        }
        long claimed = from + BatchHeader.size(header, 0);
        return (claimed <= size && bit.explains(claimed))
                || (validAt >= 0 && bit.explains(validAt))
                || bit.explains(size);
    }

    /// Where a batch should begin, the bytes that are never all zero are.
    private boolean hasNoHeader() throws IOException {
        ByteBuffer header = ByteBuffer.allocate(BatchHeader.BYTES);
        return file.read(from, header) == BatchHeader.BYTES
                && BatchHeader.size(header, 0) == BatchHeader.LOG_OVERHEAD
                && BatchHeader.magic(header, 0) == 0;
    }

    private boolean endsWithinBatch() throws IOException {
        if (size - from < BatchHeader.BYTES) {
            return true;
        }
        ByteBuffer header = ByteBuffer.allocate(BatchHeader.BYTES);
        file.read(from, header);
        return BatchHeader.magic(header, 0) == 2
                && BatchHeader.baseOffset(header, 0) >= expected
                && BatchHeader.size(header, 0) > size - from;
    }

    /// The batch begins in a sector that was synced up to there: so many zeros are its offset's and length's own.
    private int zerosExpected() {
        return expected == 0 ? Long.BYTES + 2 : Long.numberOfLeadingZeros(expected) / Byte.SIZE;
    }

    private static int zerosFrom(ByteBuffer sector, int start, int step) {
        int zeros = 0;
        for (int i = start; i >= 0 && i < sector.limit() && sector.get(i) == 0; i += step) {
            zeros++;
        }
        return zeros;
    }
}
