package dev.millrace.engine.log;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.utils.internals.BufferSupplier;

/// Unpacks the records of compressed batches, one batch after the other, into the same memory.
///
/// **Owner.** One caller. **Bound.** What a batch unpacks to.
final class Unpacker {
    /// It would be more than the bound.
    static final int TOO_LARGE = -1;

    /// The bytes are not what that codec writes.
    static final int DAMAGED = -2;

    private static final int LARGEST_ARRAY = Integer.MAX_VALUE - 8;
    private static final int FIRST_BYTES = 64 << 10;

    private final int longest;
    private final BufferSupplier buffers = BufferSupplier.create();
    private byte[] bytes = new byte[0];

    /// @param most bytes of records
    Unpacker(int most) {
        this.longest = Math.min(most, LARGEST_ARRAY - BatchHeader.BYTES) + BatchHeader.BYTES;
    }

    /// @return where the records end that begin in [#bytes()] at [BatchHeader#BYTES]: there is room for a header in front of them;
    ///     [#TOO_LARGE] or [#DAMAGED] when there are none
    int unpack(ByteBuffer b, int at) {
        if (SnappyChunks.areDamaged(b, at)) {
            return DAMAGED;
        }
        int size = (int) BatchHeader.size(b, at) - BatchHeader.BYTES;
        ByteBuffer packed = b.slice(at + BatchHeader.BYTES, size);
        var codec = Compression.of(CompressionType.forId(BatchHeader.codec(b, at))).build();
        int end = BatchHeader.BYTES;
        try (InputStream in = codec.wrapForInput(packed, (byte) 2, buffers)) {
            while (true) {
                if (end >= bytes.length && !grow()) {
                    return TOO_LARGE;
                }
                int read = in.read(bytes, end, bytes.length - end);
                if (read < 0) {
                    return end;
                }
                end += read;
            }
        } catch (IOException | RuntimeException | StackOverflowError damaged) {
            return DAMAGED; // each codec's library has its own; some recurse with every empty part
        }
    }

    private boolean grow() {
        long twice = Math.max(FIRST_BYTES, 2L * bytes.length);
        int longer = (int) Math.min(longest, twice);
        boolean grows = longer > bytes.length;
        bytes = grows ? Arrays.copyOf(bytes, longer) : bytes;
        return grows;
    }

    /// Until the next batch is unpacked.
    byte[] bytes() {
        return bytes;
    }
}
