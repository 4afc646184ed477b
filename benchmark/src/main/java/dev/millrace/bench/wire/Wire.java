package dev.millrace.bench.wire;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/// Primitive types of Kafka's protocol: varints, compact strings, tagged fields.
public final class Wire {
    private Wire() {}

    /// Bytes that `putUnsignedVarint` writes for a value: 1 to 5.
    public static int sizeOfUnsignedVarint(int value) {
        int significant = Math.max(1, 32 - Integer.numberOfLeadingZeros(value));
        return (significant + 6) / 7;
    }

    public static void putUnsignedVarint(ByteBuffer out, int value) {
        int rest = value;
        while ((rest & ~0x7f) != 0) {
            out.put((byte) ((rest & 0x7f) | 0x80));
            rest >>>= 7;
        }
        out.put((byte) rest);
    }

    /// Zigzag-encoded, as in records.
    public static void putVarint(ByteBuffer out, int value) {
        putUnsignedVarint(out, (value << 1) ^ (value >> 31));
    }

    public static int unsignedVarint(ByteBuffer in) {
        int value = 0;
        for (int shift = 0; shift < 35; shift += 7) {
            byte b = in.get();
            value |= (b & 0x7f) << shift;
            if (b >= 0) {
                return value;
            }
        }
        throw new IllegalArgumentException("a varint of more than 5 bytes");
    }

    public static void putCompactString(ByteBuffer out, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        putUnsignedVarint(out, bytes.length + 1);
        out.put(bytes);
    }

    /// The old form: a 16-bit length, then the bytes.
    public static void putString(ByteBuffer out, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.putShort((short) bytes.length);
        out.put(bytes);
    }

    public static void skipString(ByteBuffer in) {
        int length = in.getShort();
        in.position(in.position() + Math.max(0, length));
    }

    public static void skipCompactString(ByteBuffer in) {
        int length = unsignedVarint(in) - 1;
        in.position(in.position() + Math.max(0, length));
    }

    public static void skipTags(ByteBuffer in) {
        int tags = unsignedVarint(in);
        for (int i = 0; i < tags; i++) {
            unsignedVarint(in);
            int size = unsignedVarint(in);
            in.position(in.position() + size);
        }
    }

    /// The request header: v1 (api, version, correlation id, client id), or v2 with empty tagged fields when flexible.
    public static void putRequestHeader(
            ByteBuffer out, int apiKey, int version, int correlationId, boolean flexible) {
        out.putShort((short) apiKey).putShort((short) version).putInt(correlationId);
        putString(out, CLIENT_ID);
        if (flexible) {
            out.put((byte) 0);
        }
    }

    private static final String CLIENT_ID = "bench";
}
