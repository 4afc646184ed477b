package dev.millrace.bench.report;

import dev.millrace.bench.report.Statistics.Spread;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.StreamSupport;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What the charts are drawn from: a report as it was kept in JSON, so that they can be drawn again without a run.
///
/// @param a the side that ratios are taken against
record Figures(String a, String b, int pairs, String date, List<Row> rows) {
    /// A figure of a workload: both medians, their ratio, and the multiples of the floor where they are known.
    record Row(
            String title,
            String load,
            String figure,
            String unit,
            boolean moreIsBetter,
            Optional<Double> a,
            Optional<Double> b,
            Optional<Spread> ratio,
            Optional<Double> aTimesFloor,
            Optional<Double> bTimesFloor) {
        /// The workload as a reader tells it from the others.
        String workload() {
            return load.equals("-") ? title : title + " (" + load + ")";
        }

        /// `9.36 → 1.68 s/GB`, or whose figure is missing.
        String medians(String nameA, String nameB) {
            if (a.isEmpty() || b.isEmpty()) {
                return "no figure of " + (a.isEmpty() ? nameA : nameB);
            }
            return (number(a.get()) + " → " + number(b.get()) + " " + unit).strip();
        }

        private static String number(double value) {
            int digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
            return String.format(Locale.ROOT, "%,." + digits + "f", value);
        }
    }

    /// Reads what `Report.tree` wrote.
    static Figures read(String json) {
        JsonNode tree = JsonMapper.shared().readTree(json);
        String a = tree.path("a").asString();
        String b = tree.path("b").asString();
        List<Row> rows =
                StreamSupport.stream(tree.path("rows").spliterator(), false)
                        .map(row -> row(row, a, b))
                        .toList();
        return new Figures(
                a, b, tree.path("pairs").asInt(), tree.at("/facts/date").asString(""), rows);
    }

    /// The rows of some kind, those of one workload together, in the order of the table.
    List<List<Row>> grouped(ChartKind kind) {
        List<List<Row>> groups = new ArrayList<>();
        for (Row row : rows.stream().filter(kind::shows).toList()) {
            if (groups.isEmpty()
                    || !groups.getLast().getFirst().workload().equals(row.workload())) {
                groups.add(new ArrayList<>());
            }
            groups.getLast().add(row);
        }
        return groups;
    }

    private static Row row(JsonNode row, String a, String b) {
        return new Row(
                row.path("title").asString(),
                row.path("load").asString(),
                row.path("metric").asString(),
                row.path("unit").asString(),
                row.path("higherIsBetter").asBoolean(),
                spread(row.path(a).path("spread")).map(Spread::median),
                spread(row.path(b).path("spread")).map(Spread::median),
                spread(row.path("ratio")),
                number(row.path(a + "TimesFloor")),
                number(row.path(b + "TimesFloor")));
    }

    private static Optional<Spread> spread(JsonNode node) {
        return node.isObject()
                ? Optional.of(
                        new Spread(
                                node.path("median").asDouble(),
                                node.path("min").asDouble(),
                                node.path("max").asDouble(),
                                node.path("count").asInt()))
                : Optional.empty();
    }

    private static Optional<Double> number(JsonNode node) {
        return node.isNumber() ? Optional.of(node.asDouble()) : Optional.empty();
    }
}
