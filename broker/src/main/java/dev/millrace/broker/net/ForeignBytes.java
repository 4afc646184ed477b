package dev.millrace.broker.net;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;

/// Guesses what speaks to us when it is not Kafka's protocol, for the log line that explains the closed connection.
final class ForeignBytes {
    private static final List<String> HTTP =
            List.of("GET ", "POST", "PUT ", "HEAD", "DELE", "OPTI", "PATC", "CONN", "PRI ");

    private ForeignBytes() {}

    static String describe(byte[] first, int length, int maxFrameBytes) {
        String text = new String(first, StandardCharsets.ISO_8859_1);
        if (HTTP.stream().anyMatch(text::startsWith)) {
            return "an HTTP request on a Kafka port";
        }
        if (first.length >= 3 && first[0] == 0x16 && first[1] == 3 && first[2] <= 4) {
            return "a TLS hello on a listener without TLS";
        }
        if (text.startsWith("SSH-")) {
            return "an SSH client";
        }
        if (length < 0 || printable(first)) {
            return "bytes that are not Kafka's protocol ("
                    + HexFormat.of().formatHex(first)
                    + "...)";
        }
        return "a request of %d bytes, more than socket.request.max.bytes = %d"
                .formatted(length, maxFrameBytes);
    }

    private static boolean printable(byte[] bytes) {
        for (byte b : bytes) {
            if (b < 0x20 || b > 0x7e) {
                return false;
            }
        }
        return true;
    }
}
