package dev.millrace.engine.log;

import java.nio.ByteBuffer;
import org.apache.kafka.common.record.internal.CompressionType;

/// What a snappy stream says of its lengths, looked at before it is unpacked: the library allocates what each says before it reads on, and
/// throws an `Error`, not an exception, at a chunk whose length is none.
///
/// ```
/// stream:  header { length (4) block | header }     or one block alone
/// header:  0x82 "SNAPPY" 0, version (4), compatible version (4)
/// block:   what it unpacks to (varint), elements
/// ```
public final class SnappyChunks {
    /// The stream is cut short, or a length in it cannot be.
    public static final long DAMAGED = -1;

    private static final long MAGIC = 0x82534E4150505900L;
    private static final int MAGIC_BEGINS = (int) (MAGIC >>> 32);
    private static final int HEADER = 16;

    /// The shortest element that copies the most: 3 bytes for 64.
    private static final int MOST_COPIED = 64;

    private static final int COPY = 3;

    private SnappyChunks() {}

    /// Whether a batch is of snappy, and what stands in it is none.
    ///
    /// @param b with the whole batch
    static boolean areDamaged(ByteBuffer b, int at) {
        if (BatchHeader.codec(b, at) != CompressionType.SNAPPY.id
                || BatchHeader.count(b, at) == 0) {
            return false;
        }
        int size = (int) BatchHeader.size(b, at) - BatchHeader.BYTES;
        return unpackedBytes(b.slice(at + BatchHeader.BYTES, size)) == DAMAGED;
    }

    /// The bytes that a stream says it unpacks to, at most some twenty times its own; or [#DAMAGED].
    public static long unpackedBytes(ByteBuffer stream) {
        ByteBuffer b = stream.slice();
        if (!isHeader(b, 0)) {
            return block(b, 0, b.limit());
        }
        long all = 0;
        int at = HEADER;
        while (b.limit() - at >= Integer.BYTES) { // the library takes less for the end
            int length = b.getInt(at);
            if (length == MAGIC_BEGINS && isHeader(b, at)) {
                at += HEADER;
                continue;
            }
            at += Integer.BYTES;
            long unpacked =
                    0 <= length && length <= b.limit() - at ? block(b, at, at + length) : DAMAGED;
            if (unpacked == DAMAGED) {
                return DAMAGED;
            }
            all += unpacked;
            at += length;
        }
        return all;
    }

    private static boolean isHeader(ByteBuffer b, int at) {
        return b.limit() - at >= HEADER && b.getLong(at) == MAGIC;
    }

    private static long block(ByteBuffer b, int from, int to) {
        long length = 0;
        for (int at = from, shift = 0; at < to && shift < 35; at++, shift += 7) {
            length |= (long) (b.get(at) & 0x7f) << shift;
            if (b.get(at) >= 0) {
                long most = (long) (to - from) * MOST_COPIED / COPY;
                return length <= Math.min(most, Integer.MAX_VALUE) ? length : DAMAGED;
            }
        }
        return DAMAGED;
    }
}
