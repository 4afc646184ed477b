package dev.millrace.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class MarkersTest {
    private static final String BEGIN = "<!-- bench:begin (written by ./bench --write) -->";
    private static final String END = "<!-- bench:end -->";

    @Test
    void sectionsOfOtherNamesStay() {
        String one = Markers.replace("# P\n", "bench", "a");
        String two = Markers.replace(one, "bench-groups", "b");
        assertEquals(two.replace("\na\n", "\nc\n"), Markers.replace(two, "bench", "c"));
    }

    @Test
    void replacesOnlyWhatIsBetweenTheMarkers() {
        String page = "# P\n\n" + BEGIN + "\nold\n" + END + "\n\nby hand\n";
        String once = Markers.replace(page, "bench", "new\n");
        assertEquals("# P\n\n" + BEGIN + "\n\nnew\n\n" + END + "\n\nby hand\n", once);
        assertEquals(once, Markers.replace(once, "bench", "new"));
    }

    @Test
    void appendsToAPageWithoutMarkers() {
        assertEquals(
                "# P\n\n" + BEGIN + "\n\nx\n\n" + END + "\n",
                Markers.replace("# P\n", "bench", "x"));
        assertEquals(BEGIN + "\n\nx\n\n" + END + "\n", Markers.replace("", "bench", "x"));
    }

    @Test
    void refusesAPageWithHalfOfThem() {
        assertThrows(IllegalArgumentException.class, () -> Markers.replace(BEGIN, "bench", "x"));
        assertThrows(
                IllegalArgumentException.class, () -> Markers.replace(END + BEGIN, "bench", "x"));
    }
}
