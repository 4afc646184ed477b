package dev.millrace.cli.record;

import dev.millrace.cli.cluster.CommandFailed;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;

/// Cuts a line into headers, key and value: `h1:v1,h2:v2<TAB>key<TAB>value`, each part only when asked for.
///
/// Works on bytes, so that a value in any encoding arrives as it was.
///
/// Of the separators, `headersDelimiter` and `keySeparator` are null when lines carry no headers or no key. A part that equals
/// the null marker becomes null. With `ignore.error` a line without its separators is a value, instead of stopping.
public final class LineParser {
    private final byte @Nullable [] headersDelimiter;
    private final byte[] headersSeparator;
    private final byte[] headerKeySeparator;
    private final byte @Nullable [] keySeparator;
    private final byte @Nullable [] nullMarker;
    private final boolean ignoreErrors;

    private LineParser(Map<String, String> properties) {
        boolean headers = isTrue(properties, "parse.headers");
        boolean key = isTrue(properties, "parse.key");
        headersDelimiter = headers ? bytes(properties, "headers.delimiter", "\t") : null;
        headersSeparator = bytes(properties, "headers.separator", ",");
        headerKeySeparator = bytes(properties, "headers.key.separator", ":");
        keySeparator = key ? bytes(properties, "key.separator", "\t") : null;
        nullMarker =
                properties.containsKey("null.marker") ? bytes(properties, "null.marker", "") : null;
        ignoreErrors = isTrue(properties, "ignore.error");
    }

    /// A whole line is the value.
    public static LineParser valuesOnly() {
        return of(Map.of());
    }

    /// From the properties of Kafka's console producer: `parse.key`, `key.separator`, `parse.headers`, `headers.delimiter`,
    /// `headers.separator`, `headers.key.separator`, `null.marker`, `ignore.error`.
    public static LineParser of(Map<String, String> properties) {
        var parser = new LineParser(properties);
        parser.check();
        return parser;
    }

    private void check() {
        distinct("headers.delimiter", headersDelimiter, "headers.separator", headersSeparator);
        distinct(
                "headers.delimiter", headersDelimiter, "headers.key.separator", headerKeySeparator);
        if (headersDelimiter != null) {
            distinct(
                    "headers.separator",
                    headersSeparator,
                    "headers.key.separator",
                    headerKeySeparator);
        }
        distinct("null.marker", nullMarker, "key.separator", keySeparator);
        if (nullMarker != null) {
            distinct("null.marker", nullMarker, "headers.delimiter", headersDelimiter);
        }
    }

    private static void distinct(
            String name, byte @Nullable [] value, String other, byte @Nullable [] otherValue) {
        if (value != null && otherValue != null && Arrays.equals(value, otherValue)) {
            throw CommandFailed.usage(name + " and " + other + " may not be equal");
        }
    }

    private static boolean isTrue(Map<String, String> properties, String name) {
        return properties.getOrDefault(name, "false").strip().equalsIgnoreCase("true");
    }

    private static byte[] bytes(Map<String, String> properties, String name, String otherwise) {
        return properties.getOrDefault(name, otherwise).getBytes(StandardCharsets.UTF_8);
    }

    /// A line as a record.
    ///
    /// @param number the line's number, from 1, for the sentence when it cannot be cut
    public ProducerRecord<byte[], byte[]> parse(String topic, byte[] line, long number) {
        Headers headers = new RecordHeaders();
        int at = 0;
        if (headersDelimiter != null) {
            int cut = find(line, at, headersDelimiter, "headers delimiter", number);
            if (cut >= 0) {
                parseHeaders(line, cut, headers, number);
                at = cut + headersDelimiter.length;
            }
        }
        byte[] key = null;
        if (keySeparator != null) {
            int cut = find(line, at, keySeparator, "key separator", number);
            if (cut >= 0) {
                key = orNull(Arrays.copyOfRange(line, at, cut));
                at = cut + keySeparator.length;
            }
        }
        byte[] value = orNull(at == 0 ? line : Arrays.copyOfRange(line, at, line.length));
        return new ProducerRecord<>(topic, null, null, key, value, headers);
    }

    private byte @Nullable [] orNull(byte[] part) {
        return nullMarker != null && Arrays.equals(part, nullMarker) ? null : part;
    }

    private int find(byte[] line, int from, byte[] separator, String what, long number) {
        int at = indexOf(line, from, line.length, separator);
        if (at < 0 && !ignoreErrors) {
            throw CommandFailed.because(
                    "No "
                            + what
                            + " found on line number "
                            + number
                            + ": '"
                            + text(line, 0, line.length)
                            + "'");
        }
        return at;
    }

    private void parseHeaders(byte[] line, int to, Headers headers, long number) {
        for (int at = 0; at < to; ) {
            int next = indexOf(line, at, to, headersSeparator);
            int pairEnd = next < 0 ? to : next;
            addHeader(line, at, pairEnd, headers, number);
            at = next < 0 ? to : next + headersSeparator.length;
        }
    }

    private void addHeader(byte[] line, int from, int to, Headers headers, long number) {
        int cut = indexOf(line, from, to, headerKeySeparator);
        if (cut < 0) {
            if (!ignoreErrors) {
                throw CommandFailed.because(
                        "No header key separator found in pair '"
                                + text(line, from, to)
                                + "' on line number "
                                + number);
            }
            headers.add(text(line, from, to), null);
            return;
        }
        headers.add(
                text(line, from, cut),
                orNull(Arrays.copyOfRange(line, cut + headerKeySeparator.length, to)));
    }

    private static String text(byte[] line, int from, int to) {
        return new String(line, from, to - from, StandardCharsets.UTF_8);
    }

    /// Where a separator starts, or -1. An empty separator is found nowhere.
    static int indexOf(byte[] line, int from, int to, byte[] separator) {
        if (separator.length == 0) {
            return -1;
        }
        for (int at = from; at <= to - separator.length; at++) {
            if (line[at] == separator[0]
                    && Arrays.equals(
                            line, at, at + separator.length, separator, 0, separator.length)) {
                return at;
            }
        }
        return -1;
    }
}
