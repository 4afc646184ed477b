package dev.millrace.compat;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.SplittableRandom;

/// Bytes that nobody changes, and the two forms that they have in scenarios and results.
final class Bytes {
    /// Up to this size the results show bytes as they are; above, by length and SHA-256.
    private static final int LONGEST_SHOWN = 256;

    private final byte[] content;

    private Bytes(byte[] content) {
        this.content = content;
    }

    static Bytes of(String text) {
        return new Bytes(text.getBytes(UTF_8));
    }

    static Bytes random(SplittableRandom random, int length) {
        byte[] content = new byte[length];
        random.nextBytes(content);
        return new Bytes(content);
    }

    /// Never valid UTF-8, and without the signs that kcat prints around headers.
    Bytes withHighBits() {
        byte[] high = content.clone();
        for (int i = 0; i < high.length; i++) high[i] |= (byte) 0x80;
        return new Bytes(high);
    }

    /// What a scenario gives to a client: Base64.
    String given() {
        return Base64.getEncoder().encodeToString(content);
    }

    /// What a client reports when it has read them.
    String seen() {
        if (content.length <= LONGEST_SHOWN) return given();
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(content);
            return "sha256:%d:%s".formatted(content.length, HexFormat.of().formatHex(digest));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
