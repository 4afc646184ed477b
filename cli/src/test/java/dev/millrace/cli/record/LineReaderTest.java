package dev.millrace.cli.record;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class LineReaderTest {
    record Case(String input, boolean dropCarriageReturn, List<String> lines) {}

    static Stream<Case> cases() {
        return Stream.of(
                new Case("", false, List.of()),
                new Case("a", false, List.of("a")),
                new Case("a\n", false, List.of("a")),
                new Case("\n\n", false, List.of("", "")),
                new Case("a\n\nb", false, List.of("a", "", "b")),
                new Case("a\r\nb\r\n", true, List.of("a", "b")),
                new Case("a\r\nb\r\n", false, List.of("a\r", "b\r")),
                new Case("a\rb\n", true, List.of("a\rb")),
                new Case("a\r", true, List.of("a\r")),
                new Case("\r\n", true, List.of("")));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void cutsLines(Case c) throws IOException {
        var lines = new ArrayList<String>();
        var reader =
                new LineReader(
                        new ByteArrayInputStream(c.input.getBytes(StandardCharsets.ISO_8859_1)),
                        c.dropCarriageReturn);
        for (byte[] line = reader.next(); line != null; line = reader.next()) {
            lines.add(new String(line, StandardCharsets.ISO_8859_1));
        }
        assertEquals(c.lines, lines);
        assertEquals(lines.size(), reader.lines());
    }

    /// Random bytes, in random portions, with lines longer than the buffer: joined again they are the input.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void losesNothing(long seed) throws IOException {
        var random = new Random(seed);
        byte[] input = new byte[1 + random.nextInt(2_000_000)];
        random.nextBytes(input);
        if (seed % 2 == 0) {
            for (int at = 0; at < input.length; at++) {
                input[at] = input[at] == '\n' && random.nextInt(500) > 0 ? (byte) ' ' : input[at];
            }
        }
        var reader = new LineReader(inPortions(input, random), false);
        var joined = new ByteArrayOutputStream();
        for (byte[] line = reader.next(); line != null; line = reader.next()) {
            joined.writeBytes(line);
            joined.write('\n');
        }
        byte[] all = joined.toByteArray();
        boolean ended = input[input.length - 1] == '\n';
        assertArrayEquals(input, ended ? all : Arrays.copyOf(all, all.length - 1));
    }

    private static InputStream inPortions(byte[] input, Random random) {
        return new ByteArrayInputStream(input) {
            @Override
            public synchronized int read(byte[] into, int offset, int length) {
                return super.read(into, offset, Math.min(length, 1 + random.nextInt(70_000)));
            }
        };
    }
}
