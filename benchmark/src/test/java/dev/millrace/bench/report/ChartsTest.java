package dev.millrace.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The pictures of `src/test/resources/charts/suite.json`: `-Dcharts.write` writes them anew; look at them before you commit them.
class ChartsTest {
    private static final Path GOLDEN = Path.of("src/test/resources/charts");
    private static final String SUITE = "suite";

    @TempDir private Path directory;

    @Test
    void theSameSamplesGiveTheSameBytes() throws IOException {
        Map<String, String> pictures = Charts.pictures(suite());
        assertEquals(
                List.of("cpu", "throughput", "latency", "footprint", "floor"),
                List.copyOf(pictures.keySet()));
        for (var picture : pictures.entrySet()) {
            Path golden = GOLDEN.resolve(SUITE + "-" + picture.getKey() + ".svg");
            if (System.getProperty("charts.write") != null) {
                Files.writeString(golden, picture.getValue());
            }
            assertEquals(Files.readString(golden), picture.getValue(), golden.toString());
        }
    }

    @Test
    void everyPictureIsXmlAndTellsItsRowsInWords() throws Exception {
        for (String picture : Charts.pictures(suite()).values()) {
            Path file = Files.writeString(directory.resolve("p.svg"), picture);
            var root =
                    DocumentBuilderFactory.newInstance()
                            .newDocumentBuilder()
                            .parse(file.toFile())
                            .getDocumentElement();
            assertEquals("img", root.getAttribute("role"));
            assertTrue(
                    root.getElementsByTagName("desc")
                                    .item(0)
                                    .getTextContent()
                                    .contains("acks <all> & none")
                            || !picture.contains("acks"),
                    picture);
        }
    }

    @Test
    void aSideWithoutAFigureIsNamed() throws IOException {
        assertTrue(RatioChart.draw(suite(), ChartKind.FOOTPRINT).contains("no figure of kafka"));
    }

    @Test
    void drawnAgainFromWhatARunKeptTheyAreTheSame() throws IOException {
        Charts charts = new Charts(directory);
        String shown = charts.write("some", ReportTest.report());
        Path cpu = directory.resolve("some-cpu.svg");
        String first = Files.readString(cpu);
        Files.delete(cpu);
        assertEquals(List.of("some"), charts.redraw());
        assertEquals(first, Files.readString(cpu));
        assertTrue(shown.contains("](" + directory.getFileName() + "/some-cpu.svg)"), shown);
    }

    @Test
    void aPictureWithoutRowsIsTakenAway() throws IOException {
        Path stale = Files.writeString(directory.resolve("some-throughput.svg"), "of another run");
        String shown = new Charts(directory).write("some", ReportTest.report());
        assertFalse(Files.exists(stale));
        assertFalse(shown.contains("throughput"), shown);
    }

    private static Figures suite() throws IOException {
        return Figures.read(Files.readString(GOLDEN.resolve(SUITE + ".json")));
    }
}
