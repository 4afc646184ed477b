package dev.millrace.engine.log;

import dev.millrace.engine.env.StoredFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a damaged batch was, where its own checksum and its neighbours say so.
///
/// Offset, length, magic and leader epoch lie outside the checksum and follow from the neighbours; of everything else one wrong bit can be
/// told by the checksum ([SingleBit]). A batch is mended only if its records are then what the header says.
final class BatchMends {
    /// Larger batches are not mended: by chance the checksum would fit too often.
    static final int MOST = 16 << 20;

    private final StoredFile file;
    private final long size;
    private final long holesBelow;

    /// @param holesBelow single batches may be missing below that offset
    BatchMends(StoredFile file, long size, long holesBelow) {
        this.file = file;
        this.size = size;
        this.holesBelow = holesBelow;
    }

    /// @param position of the first byte that changes
    /// @param bytes that are to stand there
    /// @param batchBytes how long the batch is, from where it begins
    /// @param what was wrong
    record Patch(long position, ByteBuffer bytes, int batchBytes, String what) {}

    /// @param next the offset that a batch here has
    /// @param follows where the next valid batch begins; -1 when there is none
    /// @param followsOffset its offset, or else where the next segment begins, or the log ends; -1 when unknown
    @Nullable Patch mend(long position, long next, long follows, long followsOffset)
            throws IOException {
        if (size - position < BatchHeader.BYTES) {
            return null;
        }
        ByteBuffer header = ByteBuffer.wrap(read(position, BatchHeader.BYTES));
        Set<Long> lengths = new LinkedHashSet<>();
        lengths.add(BatchHeader.size(header, 0));
        lengths.add((follows < 0 ? size : follows) - position);
        for (boolean turn : new boolean[] {false, true}) {
            for (long length : lengths) {
                Patch patch =
                        length < BatchHeader.BYTES || length > Math.min(MOST, size - position)
                                ? null
                                : mend(position, (int) length, next, followsOffset, turn);
                if (patch != null) {
                    return patch;
                }
            }
        }
        return null;
    }

    private byte[] read(long position, int bytes) throws IOException {
        byte[] read = new byte[bytes];
        if (file.read(position, ByteBuffer.wrap(read)) != bytes) {
            throw new IOException(file.name() + ": ends within " + bytes + " bytes at " + position);
        }
        return read;
    }

    private @Nullable Patch mend(
            long position, int length, long next, long followsOffset, boolean turn)
            throws IOException {
        byte[] before = read(position, length);
        byte[] after = before.clone();
        ByteBuffer b = ByteBuffer.wrap(after);
        BatchHeader.setFrame(b, length);
        int difference = BatchHeader.crc(b, 0) ^ BatchHeader.computeCrc(b, 0, length);
        boolean framed = Arrays.equals(before, after);
        if (difference != 0 && !(turn && framed && turned(b, difference))) {
            return null;
        }
        if (!fits(b, next, followsOffset) || RecordParse.problem(b, 0) != null) {
            return null;
        }
        BatchHeader.setBaseOffset(b, 0, next);
        return patch(position, before, after, next);
    }

    private static boolean turned(ByteBuffer b, int difference) {
        if (Integer.bitCount(difference) == 1) {
            BatchHeader.setCrc(b, BatchHeader.crc(b, 0) ^ difference);
            return true;
        }
        long bit = SingleBit.find(difference, b.limit() - BatchHeader.CRC_FROM);
        if (bit < 0) {
            return false;
        }
        SingleBit.turn(b, BatchHeader.CRC_FROM, bit);
        return true;
    }

    /// Whether the batch stands where it should, or would if its offset were right. Of one that nothing follows, one bit may be wrong.
    private boolean fits(ByteBuffer b, long next, long followsOffset) {
        long delta = BatchHeader.lastOffsetDelta(b, 0);
        if (delta < 0 || BatchHeader.count(b, 0) < 0) {
            return false;
        }
        long wrong = BatchHeader.baseOffset(b, 0) ^ next;
        if (wrong == 0) {
            return followsOffset < 0 || next + delta < followsOffset;
        }
        return followsOffset >= 0
                ? next + delta + 1 == followsOffset
                : Long.bitCount(wrong) == 1 && next >= holesBelow;
    }

    private static @Nullable Patch patch(long position, byte[] before, byte[] after, long offset) {
        int first = 0;
        while (first < after.length && before[first] == after[first]) {
            first++;
        }
        if (first == after.length) {
            return null;
        }
        int last = after.length - 1;
        while (before[last] == after[last]) {
            last--;
        }
        ByteBuffer bytes = ByteBuffer.wrap(Arrays.copyOfRange(after, first, last + 1));
        return new Patch(
                position + first, bytes, after.length, what(first, last, position, offset));
    }

    private static String what(int first, int last, long position, long offset) {
        String field =
                last < 8
                        ? "offset"
                        : last < 12
                                ? "length"
                                : first >= 17 && last < 21
                                        ? "checksum"
                                        : first >= 16 && last < 17 ? "format" : "contents";
        return "byte %d is damaged: the %s of the batch at offset %d; what stood there follows from its checksum"
                .formatted(position + first, field, offset);
    }

    /// As [#mend], of the leader epoch alone, in a batch that is right otherwise.
    static Patch epoch(long position, int size, long offset, int epoch, int is) {
        ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES).putInt(epoch).flip();
        return new Patch(
                position + BatchHeader.EPOCH,
                bytes,
                size,
                "byte %d is damaged: the leader epoch of the batch at offset %d is %d, between batches of epoch %d"
                        .formatted(position + BatchHeader.EPOCH, offset, is, epoch));
    }
}
