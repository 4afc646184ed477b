package dev.millrace.cli.record;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.millrace.cli.cluster.CommandFailed;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LineParserTest {
    record Case(
            String properties,
            String line,
            @Nullable String key,
            @Nullable String value,
            String headers) {}

    static Stream<Case> cases() {
        return Stream.of(
                new Case("", "plain", null, "plain", ""),
                new Case("", "", null, "", ""),
                new Case("parse.key=true", "k\tv", "k", "v", ""),
                new Case("parse.key=true", "\tv", "", "v", ""),
                new Case("parse.key=true", "k\t", "k", "", ""),
                new Case("parse.key=true key.separator=:", "k:v:w", "k", "v:w", ""),
                new Case("parse.key=true key.separator=::", "k:1::v", "k:1", "v", ""),
                new Case("parse.key=TRUE key.separator=é", "küéß", "kü", "ß", ""),
                new Case("parse.headers=true", "a:1,b:2\tv", null, "v", "a=1 b=2"),
                new Case("parse.headers=true", "\tv", null, "v", ""),
                new Case("parse.headers=true parse.key=true", "a:1\tk\tv", "k", "v", "a=1"),
                new Case(
                        "parse.headers=true headers.delimiter=| headers.separator=; headers.key.separator==",
                        "a=1;b=|v",
                        null,
                        "v",
                        "a=1 b="),
                new Case("parse.key=true null.marker=NIL", "NIL\tNIL", null, null, ""),
                new Case("parse.headers=true null.marker=NIL", "a:NIL\tv", null, "v", "a=null"),
                new Case("null.marker=", "", null, null, ""),
                new Case(
                        "parse.key=true ignore.error=true",
                        "no separator",
                        null,
                        "no separator",
                        ""),
                new Case(
                        "parse.headers=true ignore.error=true",
                        "a,b:2\tv",
                        null,
                        "v",
                        "a=null b=2"));
    }

    private static Map<String, String> properties(String text) {
        var properties = new HashMap<String, String>();
        for (String pair : text.isEmpty() ? new String[0] : text.split(" ", -1)) {
            int equals = pair.indexOf('=');
            properties.put(pair.substring(0, equals), pair.substring(equals + 1));
        }
        return properties;
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static @Nullable String text(byte @Nullable [] bytes) {
        return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void cuts(Case c) {
        var record = LineParser.of(properties(c.properties)).parse("t", utf8(c.line), 1);
        assertEquals(c.key, text(record.key()));
        assertEquals(c.value, text(record.value()));
        List<String> headers = new ArrayList<>();
        record.headers().forEach(header -> headers.add(header.key() + "=" + text(header.value())));
        assertEquals(c.headers, String.join(" ", headers));
    }

    @Test
    void bytesThatAreNoTextSurvive() {
        byte[] line = {(byte) 0xff, 0, '\t', (byte) 0xc3, 0x28, (byte) 0x80};
        var record = LineParser.of(Map.of("parse.key", "true")).parse("t", line, 1);
        assertArrayEquals(new byte[] {(byte) 0xff, 0}, record.key());
        assertArrayEquals(new byte[] {(byte) 0xc3, 0x28, (byte) 0x80}, record.value());
    }

    record Wrong(String properties, String line, String sentence) {}

    static Stream<Wrong> wrongLines() {
        return Stream.of(
                new Wrong(
                        "parse.key=true",
                        "nokey",
                        "No key separator found on line number 7: 'nokey'"),
                new Wrong(
                        "parse.headers=true",
                        "nohead",
                        "No headers delimiter found on line number 7: 'nohead'"),
                new Wrong(
                        "parse.headers=true",
                        "a:1,b\tv",
                        "No header key separator found in pair 'b' on line number 7"));
    }

    @ParameterizedTest
    @MethodSource("wrongLines")
    void saysWhichLineIsWrong(Wrong wrong) {
        var parser = LineParser.of(properties(wrong.properties));
        var failure =
                assertThrows(CommandFailed.class, () -> parser.parse("t", utf8(wrong.line), 7));
        assertEquals(wrong.sentence, failure.sentence());
    }

    @Test
    void separatorsMustDiffer() {
        assertThrows(
                CommandFailed.class,
                () -> LineParser.of(Map.of("parse.headers", "true", "headers.separator", "\t")));
    }
}
