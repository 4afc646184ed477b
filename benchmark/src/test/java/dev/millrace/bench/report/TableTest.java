package dev.millrace.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

class TableTest {
    private static Table table() {
        Table table = new Table(List.of("what", "ms"), 1);
        table.add(List.of("start", "1,234"));
        table.add(List.of("a|b", "5"));
        return table;
    }

    @Test
    void alignsWordsLeftAndFiguresRight() {
        assertEquals(
                """
                what      ms
                -----  -----
                start  1,234
                a|b        5
                """,
                table().text());
    }

    @Test
    void escapesMarkdown() {
        assertEquals(
                """
                | what | ms |
                | --- | ---: |
                | start | 1,234 |
                | a\\|b | 5 |
                """,
                table().markdown());
    }

    @Test
    void refusesARowOfAnotherWidth() {
        assertThrows(IllegalArgumentException.class, () -> table().add(List.of("x")));
    }
}
