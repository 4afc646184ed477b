package dev.millrace.engine.wire;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;

/// One kind of damage to a frame, as bad networks, broken clients and attackers do it.
enum Damage {
    /// Cut short anywhere.
    TRUNCATED,
    /// A few bytes changed.
    BYTES_CHANGED,
    /// Four bytes replaced by a number that is an absurd length or count: negative, huge.
    LENGTH_ABSURD,
    /// A run of bytes with the continuation bit: a variable-length number that never ends, or is enormous.
    VARINT_ABSURD,
    /// Bytes put in between, so that all that follows is read as the wrong type.
    SHIFTED,
    /// A part missing.
    PART_LOST,
    /// A part twice.
    PART_TWICE,
    /// The first part of one request, the end of another.
    SPLICED,
    /// The header names another API or version than the body is.
    MISLABELLED,
    /// Bytes after the end.
    TOO_LONG,
    /// Not Kafka at all.
    FOREIGN;

    private static final int[] ABSURD = {
        -1, -2, Integer.MIN_VALUE, Integer.MAX_VALUE, 0x7FFF_FFF0, 0x00FF_FFFF, 0x0010_0000, 65_536
    };
    private static final byte[][] FOREIGN_BYTES = {
        "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII),
        {0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, (byte) 0xFC, 0x03, 0x03},
        "SSH-2.0-OpenSSH_9.2\r\n".getBytes(StandardCharsets.US_ASCII),
        {},
    };

    static Damage of(Random random) {
        return values()[random.nextInt(values().length)];
    }

    ByteBuffer apply(Random random, ByteBuffer frame, ByteBuffer other) {
        byte[] bytes = bytes(frame);
        int length = bytes.length;
        int at = random.nextInt(length);
        return switch (this) {
            case TRUNCATED -> ByteBuffer.wrap(bytes, 0, at).slice();
            case BYTES_CHANGED -> changed(random, bytes);
            case LENGTH_ABSURD -> {
                int position = random.nextInt(Math.max(1, length - 3));
                ByteBuffer.wrap(bytes).putInt(position, ABSURD[random.nextInt(ABSURD.length)]);
                yield ByteBuffer.wrap(bytes);
            }
            case VARINT_ABSURD -> {
                int run = Math.min(length - at, 1 + random.nextInt(9));
                Arrays.fill(bytes, at, at + run, (byte) 0xFF);
                yield ByteBuffer.wrap(bytes);
            }
            case SHIFTED -> joined(bytes, 0, at, noise(random, 1 + random.nextInt(8)), bytes, at);
            case PART_LOST ->
                    joined(
                            bytes,
                            0,
                            at,
                            new byte[0],
                            bytes,
                            Math.min(length, at + random.nextInt(16)));
            case PART_TWICE -> joined(bytes, 0, length, new byte[0], bytes, at);
            case SPLICED -> {
                byte[] tail = bytes(other);
                yield joined(bytes, 0, at, new byte[0], tail, random.nextInt(tail.length));
            }
            case MISLABELLED -> {
                ByteBuffer.wrap(bytes)
                        .putShort(0, (short) random.nextInt(100))
                        .putShort(2, (short) (random.nextInt(24) - 2));
                yield ByteBuffer.wrap(bytes);
            }
            case TOO_LONG ->
                    joined(bytes, 0, length, noise(random, 1 + random.nextInt(64)), bytes, length);
            case FOREIGN ->
                    ByteBuffer.wrap(FOREIGN_BYTES[random.nextInt(FOREIGN_BYTES.length)].clone());
        };
    }

    private static ByteBuffer changed(Random random, byte[] bytes) {
        for (int i = 1 + random.nextInt(6); i > 0; i--) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
        }
        return ByteBuffer.wrap(bytes);
    }

    private static byte[] noise(Random random, int length) {
        var noise = new byte[length];
        random.nextBytes(noise);
        return noise;
    }

    /// `head[from, to)`, then `middle`, then `tail` from `tailFrom` to its end.
    private static ByteBuffer joined(
            byte[] head, int from, int to, byte[] middle, byte[] tail, int tailFrom) {
        return ByteBuffer.allocate(to - from + middle.length + tail.length - tailFrom)
                .put(head, from, to - from)
                .put(middle)
                .put(tail, tailFrom, tail.length - tailFrom)
                .flip();
    }

    private static byte[] bytes(ByteBuffer buffer) {
        var bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }
}
