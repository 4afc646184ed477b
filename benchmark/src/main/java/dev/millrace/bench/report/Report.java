package dev.millrace.bench.report;

import dev.millrace.bench.Metric;
import dev.millrace.bench.Results;
import dev.millrace.bench.Workload;
import dev.millrace.bench.report.Statistics.Pair;
import dev.millrace.bench.report.Statistics.Spread;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/// The comparison as a table, as Markdown, as JSON's tree.
///
/// @param a the side that ratios are taken against
/// @param facts what stands above the table: machine, commands, amounts
/// @param notes what a reader must know to judge the rows
public record Report(
        String a,
        String b,
        int pairs,
        List<Workload> workloads,
        Results results,
        Map<String, String> facts,
        List<String> notes) {
    private static final String FLOOR = "floor";
    private static final String NOTHING = "-";

    /// A side's samples in the order of the pairs, and what they come to.
    private record Measured(List<Double> samples, Spread spread) {}

    public String text() {
        StringBuilder out = new StringBuilder();
        facts.forEach((key, value) -> out.append(key).append(": ").append(value).append('\n'));
        out.append('\n').append(table().text()).append('\n');
        notes.forEach(note -> out.append("- ").append(note).append('\n'));
        appendFailures(out);
        return out.toString();
    }

    public String markdown() {
        StringBuilder out = new StringBuilder();
        facts.forEach((key, value) ->
                out.append("- **").append(key).append("**: ").append(value).append('\n'));
        out.append('\n').append(table().markdown()).append('\n');
        notes.forEach(note -> out.append("- ").append(note).append('\n'));
        appendFailures(out);
        return out.toString();
    }

    /// Maps and lists, ready for any JSON writer.
    public Map<String, Object> tree() {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("facts", facts);
        tree.put("a", a);
        tree.put("b", b);
        tree.put("pairs", pairs);
        List<Map<String, Object>> rows = new ArrayList<>();
        for (Workload workload : workloads) {
            results.metrics(workload.id()).forEach(metric -> rows.add(row(workload, metric)));
        }
        tree.put("rows", rows);
        tree.put("failures", results.failures());
        tree.put("notes", notes);
        return tree;
    }

    private Map<String, Object> row(Workload workload, Metric metric) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("id", workload.id());
        row.put("title", workload.title());
        row.put("load", workload.load().label());
        row.put("metric", metric.label());
        row.put("unit", metric.unit());
        row.put("higherIsBetter", metric.higherIsBetter());
        for (String side : List.of(a, b, FLOOR)) {
            List<Double> values = results.values(side, workload.id(), metric);
            Statistics.spread(values)
                    .ifPresent(spread -> row.put(side, new Measured(values, spread)));
        }
        ratio(workload.id(), metric).ifPresent(ratio -> row.put("ratio", ratio));
        if (metric.againstFloor()) {
            timesFloor(a, workload, metric).ifPresent(times -> row.put(a + "TimesFloor", times));
            timesFloor(b, workload, metric).ifPresent(times -> row.put(b + "TimesFloor", times));
        }
        return row;
    }

    private Table table() {
        Table table =
                new Table(
                        List.of(
                                "what",
                                "load",
                                "figure",
                                a,
                                b,
                                b + "/" + a,
                                "min..max",
                                a + " x floor",
                                b + " x floor"),
                        3);
        for (Workload workload : workloads) {
            List<Metric> metrics =
                    results.metrics(workload.id()).stream().filter(Metric::inTable).toList();
            if (metrics.isEmpty()) {
                table.add(
                        List.of(
                                workload.title(),
                                workload.load().label(),
                                "FAILED",
                                NOTHING,
                                NOTHING,
                                NOTHING,
                                NOTHING,
                                NOTHING,
                                NOTHING));
            }
            metrics.forEach(metric -> table.add(cells(workload, metric)));
        }
        return table;
    }

    private List<String> cells(Workload workload, Metric metric) {
        Optional<Spread> ratio = ratio(workload.id(), metric);
        String unit = metric.unit().isEmpty() ? "" : " " + metric.unit();
        return List.of(
                workload.title(),
                workload.load().label(),
                metric.label() + unit + (metric.higherIsBetter() ? " (more is better)" : ""),
                median(a, workload.id(), metric),
                median(b, workload.id(), metric),
                ratio.map(r -> number(r.median(), 2)).orElse(NOTHING),
                ratio.map(r ->
                                number(r.min(), 2)
                                        + ".."
                                        + number(r.max(), 2)
                                        + (r.count() < pairs ? " *" : ""))
                        .orElse(NOTHING),
                floorCell(a, workload, metric),
                floorCell(b, workload, metric));
    }

    /// "FAILED" when the side has no figure and a cell of it failed.
    private String median(String side, String workload, Metric metric) {
        boolean failed =
                results.failures().stream()
                        .anyMatch(f -> f.side().equals(side) && f.workload().equals(workload));
        return Statistics.spread(results.values(side, workload, metric))
                .map(s -> number(s.median(), metric.digits()) + (failed ? " *" : ""))
                .orElse(failed ? "FAILED" : NOTHING);
    }

    private String floorCell(String side, Workload workload, Metric metric) {
        return metric.againstFloor()
                ? timesFloor(side, workload, metric).map(t -> number(t, 1)).orElse(NOTHING)
                : NOTHING;
    }

    private Optional<Spread> ratio(String workload, Metric metric) {
        List<Pair> both =
                IntStream.rangeClosed(1, pairs)
                        .mapToObj(pair ->
                                results.value(a, pair, workload, metric)
                                        .flatMap(left ->
                                                results.value(b, pair, workload, metric)
                                                        .map(right -> new Pair(left, right))))
                        .flatMap(Optional::stream)
                        .toList();
        return Statistics.ratio(both);
    }

    private Optional<Double> timesFloor(String side, Workload workload, Metric metric) {
        Optional<Spread> floor =
                Statistics.spread(results.values(FLOOR, workload.floorRow(), metric));
        return Statistics.spread(results.values(side, workload.id(), metric))
                .flatMap(own ->
                        floor.filter(f -> f.median() > 0).map(f -> own.median() / f.median()));
    }

    private void appendFailures(StringBuilder out) {
        if (results.failures().isEmpty()) {
            return;
        }
        out.append("\nFailed cells (a figure marked * has fewer pairs for it):\n\n");
        for (Results.Failure failure : results.failures()) {
            out.append(
                    "- %s, pair %d, %s: %s%n"
                            .formatted(
                                    failure.side(),
                                    failure.pair(),
                                    failure.workload(),
                                    failure.reason()));
        }
    }

    static String number(double value, int digits) {
        return String.format(Locale.ROOT, "%,." + digits + "f", value);
    }
}
