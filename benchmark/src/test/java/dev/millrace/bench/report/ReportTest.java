package dev.millrace.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.bench.Metric;
import dev.millrace.bench.Results;
import dev.millrace.bench.Suite;
import dev.millrace.bench.Workload;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ReportTest {
    private static final String ROW = "produce.raw.os.acks-all.none";
    private static final List<Workload> WORKLOADS =
            Suite.MAIN.rows().stream().filter(w -> List.of("start", ROW).contains(w.id())).toList();

    static Report report() {
        Results results = new Results();
        double[][] cpu = {{6, 3, 1}, {8, 2, 1}, {6, 2, 2}};
        for (int pair = 1; pair <= 3; pair++) {
            results.add(
                    new Results.Sample("kafka", pair, ROW, Metric.CPU_PER_GB, cpu[pair - 1][0]));
            results.add(
                    new Results.Sample("millrace", pair, ROW, Metric.CPU_PER_GB, cpu[pair - 1][1]));
            results.add(
                    new Results.Sample("floor", pair, ROW, Metric.CPU_PER_GB, cpu[pair - 1][2]));
            results.add(new Results.Sample("kafka", pair, "start", Metric.READY, 4000));
        }
        results.fail(new Results.Failure("millrace", 1, "start", "no such file"));
        return new Report(
                "kafka",
                "millrace",
                3,
                WORKLOADS,
                results,
                Map.of("date", "today"),
                List.of("a note"));
    }

    @Test
    void showsMediansRatiosSpreadAndMultiplesOfTheFloor() {
        String line =
                report().text()
                        .lines()
                        .filter(l -> l.contains("acks all"))
                        .findFirst()
                        .orElseThrow();
        assertEquals(
                "produce, flush os, acks all, none raw CPU s/GB 6.00 2.00 0.33 0.25..0.50 6.0 2.0",
                line.replaceAll(" +", " "));
    }

    @Test
    void aFailedCellIsShownWithItsReason() {
        String text = report().text();
        assertTrue(text.lines().anyMatch(l -> l.startsWith("start") && l.contains("FAILED")), text);
        assertTrue(text.contains("millrace, pair 1, start: no such file"), text);
    }

    @Test
    void theTreeHoldsEverySample() {
        String tree = report().tree().toString();
        assertTrue(tree.contains("[6.0, 8.0, 6.0]"), tree);
    }
}
