package dev.millrace.engine.log;

import dev.millrace.engine.env.StoredFile;
import java.io.IOException;
import java.nio.ByteBuffer;

/// Whether one flipped bit explains why a batch is bad. A write that was lost changes more than that, so this tells damage from a torn
/// write, whatever zeros the batch holds.
///
/// By chance one bit explains a torn batch of n bytes once in 2^29 / n: larger ones than [#MOST_BYTES] are not asked for.
final class FlippedBit {
    static final int MOST_BYTES = 64 << 10;

    private final StoredFile file;
    private final long from;
    private final long expected;

    /// @param expected the offset that the batch has at least: with a lower one more than one bit is wrong, or the offset alone
    FlippedBit(StoredFile file, long from, long expected) {
        this.file = file;
        this.from = from;
        this.expected = expected;
    }

    /// @param end where the batch ends if its length is right or one bit of it is wrong
    boolean explains(long end) throws IOException {
        long size = end - from;
        if (size < BatchHeader.BYTES || size > MOST_BYTES) {
            return false;
        }
        ByteBuffer header = ByteBuffer.allocate(BatchHeader.BYTES);
        file.read(from, header);
        int rightLength = (int) size - BatchHeader.LOG_OVERHEAD;
        int wrongBits = Integer.bitCount(header.getInt(Long.BYTES) ^ rightLength);
        int magicBits = Integer.bitCount(BatchHeader.magic(header, 0) ^ 2);
        int difference = BatchHeader.crc(header, 0) ^ BatchScan.crc(file, from, end);
        if (wrongBits + magicBits > 1 || BatchHeader.baseOffset(header, 0) < expected) {
            return false;
        }
        if (difference == 0) {
            // The length or the magic. An offset or an epoch can be torn off all alone.
            return wrongBits + magicBits == 1;
        }
        if (wrongBits + magicBits > 0) {
            return false;
        }
        if (Integer.bitCount(difference) == 1) {
            return true; // the checksum
        }
        long bit = SingleBit.find(difference, size - BatchHeader.CRC_FROM);
        return bit >= 0 && !endsInZeros(from + BatchHeader.CRC_FROM + bit / Byte.SIZE);
    }

    /// A bit that is missing from where there are zeros only, up to the end of the sector, may also have been lost with what followed.
    private boolean endsInZeros(long position) throws IOException {
        int rest = (int) (Damage.SECTOR - position % Damage.SECTOR);
        ByteBuffer bytes = ByteBuffer.allocate(rest);
        file.read(position, bytes);
        bytes.flip();
        while (bytes.hasRemaining() && bytes.get(bytes.position()) == 0) {
            bytes.get();
        }
        return !bytes.hasRemaining();
    }
}
