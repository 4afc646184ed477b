package dev.millrace.engine.log;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// CRC-32C of small files.
public final class Checksums {
    private static final int DIGITS = 8;

    private Checksums() {}

    /// Of all of them.
    public static int crc32c(byte[] bytes) {
        return crc32c(bytes, bytes.length);
    }

    private static int crc32c(byte[] bytes, int length) {
        var crc = new CRC32C();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }

    /// What a text was that ends in its checksum: itself when that fits, with one bit turned when that makes it fit.
    ///
    /// @param label what stands before the eight digits, which a newline follows
    /// @return null when more than one bit is wrong, or there is no checksum
    public static byte @Nullable [] mended(byte[] bytes, String label) {
        int line = bytes.length - label.length() - DIGITS - 1;
        if (line < 0) {
            return null;
        }
        byte[] framed = bytes.clone();
        put(framed, line, label);
        framed[framed.length - 1] = '\n';
        int digits = line + label.length();
        String hex = Integer.toHexString(crc32c(bytes, line));
        byte[] counted = framed.clone();
        put(counted, digits, "0".repeat(DIGITS - hex.length()) + hex);
        if (apart(bytes, counted) <= 1) {
            return counted; // the text fits its checksum, or that is what is damaged
        }
        long bit = SingleBit.find(stored(bytes, digits) ^ crc32c(bytes, line), line);
        if (bit < 0 || apart(bytes, framed) > 0) {
            return null;
        }
        SingleBit.turn(ByteBuffer.wrap(framed), 0, bit);
        return framed;
    }

    private static void put(byte[] into, int at, String ascii) {
        byte[] bytes = ascii.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(bytes, 0, into, at, bytes.length);
    }

    private static int stored(byte[] bytes, int at) {
        int value = 0;
        for (int i = 0; i < DIGITS; i++) {
            value = value << 4 | Math.max(0, Character.digit(bytes[at + i], 16));
        }
        return value;
    }

    private static int apart(byte[] a, byte[] b) {
        int bits = 0;
        for (int i = 0; i < a.length; i++) {
            bits += Integer.bitCount((a[i] ^ b[i]) & 0xff);
        }
        return bits;
    }
}
