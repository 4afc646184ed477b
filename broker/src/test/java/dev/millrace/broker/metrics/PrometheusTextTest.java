package dev.millrace.broker.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.broker.metrics.PrometheusText.Kind;
import org.junit.jupiter.api.Test;

final class PrometheusTextTest {
    @Test
    void writesTheFormatByteByByte() {
        var text = new PrometheusText();
        text.family("lag", Kind.GAUGE, "How far \"behind\",\nand a \\.");
        text.sample(3);
        text.sample(0.25, "group", "a \"b\" \\ c\nd", "topic", "äöü");
        text.sample(1e18, "group", "");
        text.family("joins_total", Kind.COUNTER, "Joins.").sample(-2.0);
        assertEquals(
                """
                # HELP lag How far "behind",\\nand a \\\\.
                # TYPE lag gauge
                lag 3
                lag{group="a \\"b\\" \\\\ c\\nd",topic="äöü"} 0.25
                lag{group=""} 1.0E18
                # HELP joins_total Joins.
                # TYPE joins_total counter
                joins_total -2.0
                """,
                text.toString());
    }
}
