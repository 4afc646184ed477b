package dev.millrace.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.millrace.cli.cluster.CommandFailed;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Sizes, times and rates: read, and shown.
class QuantityTest {
    @ParameterizedTest
    @CsvSource({"100, 100", "100B, 100", "1KB, 1024", "1.5 kb, 1536", "2mb, 2097152", "0, 0"})
    void readsSizes(String text, int bytes) {
        assertEquals(bytes, Quantity.bytes("--x", text));
    }

    @ParameterizedTest
    @CsvSource({"0, PT0S", "5ms, PT0.005S", "30s, PT30S", "1.5 s, PT1.5S", "2m, PT2M", "1h, PT1H"})
    void readsTimes(String text, Duration time) {
        assertEquals(time, Quantity.time("--x", text));
    }

    @ParameterizedTest
    @CsvSource({"1000, 1000", "1000/s, 1000", "0.5/s, 0.5"})
    void readsRates(String text, double rate) {
        assertEquals(rate, Quantity.rate("--x", text));
    }

    @ParameterizedTest
    @CsvSource({
        "size, 1TB",
        "size, -1",
        "size, 2GB",
        "size, ''",
        "time, 30",
        "time, 5 years",
        "time, 1000h",
        "rate, 0/s",
        "rate, 1/h"
    })
    void refusesWhatItDoesNotKnow(String kind, String text) {
        var refused =
                assertThrows(
                        CommandFailed.class,
                        () -> {
                            switch (kind) {
                                case "size" -> Quantity.bytes("--x", text);
                                case "time" -> Quantity.time("--x", text);
                                default -> Quantity.rate("--x", text);
                            }
                        });
        assertEquals(CommandFailed.USAGE, refused.exitCode());
        assertEquals(true, refused.sentence().endsWith("not '" + text + "'"), refused.sentence());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    100 B    | 100
                    1 KB     | 1024
                    1.5 KB   | 1536
                    2 MB     | 2097152
                    """)
    void showsSizes(String text, long bytes) {
        assertEquals(text, Quantity.size(bytes));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    0.91 ms  | 0.912
                    99.99 ms | 99.99
                    1,234 ms | 1234.4
                    """)
    void showsLatencies(String text, double ms) {
        assertEquals(text, Quantity.milliseconds(ms));
    }
}
