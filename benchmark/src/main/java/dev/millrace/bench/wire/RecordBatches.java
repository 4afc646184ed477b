package dev.millrace.bench.wire;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.github.luben.zstd.Zstd;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.zip.CRC32C;
import net.jpountz.lz4.LZ4FrameOutputStream;

/// Builds record batches (format v2, KIP-98), CRC-correct, without a producer id.
///
/// ```
/// base offset 8 | length 4 | leader epoch 4 | magic 1 | crc 4 | attributes 2 | last offset delta 4
/// base timestamp 8 | max timestamp 8 | producer id 8 | producer epoch 2 | base sequence 4 | count 4 | records
/// ```
/// The CRC-32C covers everything from `attributes` on.
public final class RecordBatches {
    /// Bytes before the first record.
    public static final int HEADER_BYTES = 61;

    /// Where the CRC stands, and where what it covers begins.
    public static final int CRC_AT = 17;

    static final int LENGTH_AT = 8;
    static final int ATTRIBUTES_AT = 21;
    static final int LAST_OFFSET_DELTA_AT = 23;

    /// What a batch's records are compressed with.
    public enum Codec {
        NONE(0),
        LZ4(3),
        ZSTD(4);

        private final int attribute;

        Codec(int attribute) {
            this.attribute = attribute;
        }
    }

    private RecordBatches() {}

    /// A batch of `count` records whose values are `valueBytes` long, without keys.
    ///
    /// @param seed chooses the values; the same seed gives the same bytes
    public static ByteBuffer build(
            int count, int valueBytes, Codec codec, long timestampMs, long seed) {
        byte[] records = records(count, valueBytes, seed);
        byte[] body =
                switch (codec) {
                    case NONE -> records;
                    case LZ4 -> lz4(records);
                    case ZSTD -> Zstd.compress(records);
                };
        ByteBuffer batch = ByteBuffer.allocate(HEADER_BYTES + body.length);
        batch.putLong(0).putInt(HEADER_BYTES + body.length - LENGTH_AT - Integer.BYTES);
        batch.putInt(-1).put((byte) 2).putInt(0);
        batch.putShort((short) codec.attribute).putInt(count - 1);
        batch.putLong(timestampMs).putLong(timestampMs);
        batch.putLong(-1).putShort((short) -1).putInt(-1).putInt(count).put(body);
        batch.putInt(CRC_AT, crcOf(batch.flip()));
        return batch;
    }

    /// CRC-32C of the batch at the buffer's position; the buffer's position stays.
    public static int crcOf(ByteBuffer batch) {
        CRC32C crc = new CRC32C();
        crc.update(
                batch.slice(batch.position() + ATTRIBUTES_AT, batch.remaining() - ATTRIBUTES_AT));
        return (int) crc.getValue();
    }

    /// The whole size of the batch that starts at an index, or -1 when its header is cut off.
    public static int sizeAt(ByteBuffer buffer, int index) {
        if (buffer.limit() - index < HEADER_BYTES) {
            return -1;
        }
        return buffer.getInt(index + LENGTH_AT) + LENGTH_AT + Integer.BYTES;
    }

    /// The offset after the last one of the batch at an index.
    public static long nextOffsetAt(ByteBuffer buffer, int index) {
        return buffer.getLong(index) + buffer.getInt(index + LAST_OFFSET_DELTA_AT) + 1;
    }

    private static byte[] records(int count, int valueBytes, long seed) {
        Random random = new Random(seed);
        ByteBuffer out = ByteBuffer.allocate(count * (valueBytes + 24));
        byte[] value = new byte[valueBytes];
        for (int i = 0; i < count; i++) {
            fillValue(value, random);
            ByteBuffer head = ByteBuffer.allocate(16);
            head.put((byte) 0).put((byte) 0);
            Wire.putVarint(head, i);
            Wire.putVarint(head, -1);
            Wire.putVarint(head, valueBytes);
            head.flip();
            Wire.putVarint(out, head.remaining() + valueBytes + 1);
            out.put(head).put(value).put((byte) 0);
        }
        byte[] bytes = new byte[out.flip().remaining()];
        out.get(bytes);
        return bytes;
    }

    /// Text-like bytes: words of a small vocabulary between random digits. LZ4 packs them to roughly half, as it does logs
    /// and JSON; all-random bytes would make a codec look useless, all-equal ones magic.
    public static void fillValue(byte[] value, Random random) {
        int at = 0;
        while (at < value.length) {
            byte[] word = WORDS[random.nextInt(WORDS.length)];
            int length = Math.min(word.length, value.length - at);
            System.arraycopy(word, 0, value, at, length);
            at += length;
            for (int digits = 0; digits < 5 && at < value.length; digits++) {
                value[at++] = (byte) ('0' + random.nextInt(10));
            }
        }
    }

    private static final byte[][] WORDS = {
        "\"level\":\"INFO\",".getBytes(US_ASCII),
        "\"service\":\"orders\",".getBytes(US_ASCII),
        "\"customer\":".getBytes(US_ASCII),
        "\"amount\":".getBytes(US_ASCII),
        ",\"trace\":".getBytes(US_ASCII),
        "},{\"ts\":17".getBytes(US_ASCII),
    };

    private static byte[] lz4(byte[] records) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(records.length);
        try (var lz4 =
                new LZ4FrameOutputStream(
                        out,
                        LZ4FrameOutputStream.BLOCKSIZE.SIZE_64KB,
                        LZ4FrameOutputStream.FLG.Bits.BLOCK_INDEPENDENCE)) {
            lz4.write(records, 0, records.length);
        } catch (IOException e) {
            throw new UncheckedIOException("an in-memory stream failed", e);
        }
        return out.toByteArray();
    }
}
