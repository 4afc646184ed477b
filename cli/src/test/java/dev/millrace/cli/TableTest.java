package dev.millrace.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Columns, and durations in them.
class TableTest {
    @Test
    void columnsAreAsWideAsNeededAndEmptyOnesAreLeftOut() {
        var table = new Table().left("NAME").right("N").left("NOTE").left("END");
        table.row(List.of("a", "1000", "", "x"));
        table.row(List.of("longer", "7", "", ""));
        assertEquals(
                List.of("> NAME       N  END", "> a       1000  x", "> longer     7"),
                table.lines("> "));
    }

    @Test
    void withoutRowsThereIsTheHeader() {
        assertEquals(List.of("A  B"), new Table().left("A").right("B").lines(""));
    }

    @ParameterizedTest
    @CsvSource({
        "PT0S, 0 s",
        "PT0.001S, 0.1 s",
        "PT0.44S, 0.4 s",
        "PT3S, 3 s",
        "PT9.949S, 9.9 s",
        "PT59.9S, 59 s",
        "PT3M, 3 min",
        "PT3M20S, 3 min 20 s",
        "PT2H5M59S, 2 h 5 min",
        "P3DT4H59M, 3 d 4 h"
    })
    void durations(Duration span, String text) {
        assertEquals(text, TimeSpan.text(span));
    }
}
