package dev.millrace.cli.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.millrace.cli.cluster.CommandFailed;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class StartOffsetTest {
    private static final long NOW_MS = 1_000_000_000L;

    record Case(String text, StartOffset want) {}

    static Stream<Case> cases() {
        return Stream.of(
                new Case("beginning", new StartOffset.Beginning()),
                new Case("earliest", new StartOffset.Beginning()),
                new Case("end", new StartOffset.End()),
                new Case("0", new StartOffset.At(0)),
                new Case("42", new StartOffset.At(42)),
                new Case("-10", new StartOffset.Last(10)),
                new Case("s@1700000000000", new StartOffset.Since(1_700_000_000_000L)),
                new Case("s@1970-01-01T00:00:01Z", new StartOffset.Since(1000)),
                new Case("s@1970-01-01T01:00:00+01:00", new StartOffset.Since(0)),
                new Case("s@-10s", new StartOffset.Since(NOW_MS - 10_000)),
                new Case("s@-2h", new StartOffset.Since(NOW_MS - 7_200_000)));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void reads(Case c) {
        assertEquals(c.want, StartOffset.parse(c.text, NOW_MS));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "soon", "1.5", "s@", "s@yesterday", "--1"})
    void refuses(String text) {
        assertThrows(CommandFailed.class, () -> StartOffset.parse(text, NOW_MS));
    }
}
