package dev.millrace.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class MarkersTest {
    @Test
    void replacesOnlyWhatIsBetweenTheMarkers() {
        String page = "# P\n\n" + Markers.BEGIN + "\nold\n" + Markers.END + "\n\nby hand\n";
        String once = Markers.replace(page, "new\n");
        assertEquals(
                "# P\n\n" + Markers.BEGIN + "\n\nnew\n\n" + Markers.END + "\n\nby hand\n", once);
        assertEquals(once, Markers.replace(once, "new"));
    }

    @Test
    void appendsToAPageWithoutMarkers() {
        assertEquals(
                "# P\n\n" + Markers.BEGIN + "\n\nx\n\n" + Markers.END + "\n",
                Markers.replace("# P\n", "x"));
        assertEquals(Markers.BEGIN + "\n\nx\n\n" + Markers.END + "\n", Markers.replace("", "x"));
    }

    @Test
    void refusesAPageWithHalfOfThem() {
        assertThrows(IllegalArgumentException.class, () -> Markers.replace(Markers.BEGIN, "x"));
        assertThrows(
                IllegalArgumentException.class,
                () -> Markers.replace(Markers.END + Markers.BEGIN, "x"));
    }
}
