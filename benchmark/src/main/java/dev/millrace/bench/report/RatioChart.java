package dev.millrace.bench.report;

import dev.millrace.bench.report.Statistics.Spread;
import dev.millrace.bench.report.Svg.Anchor;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// One kind of figure of a suite: a horizontal bar a row from 1.0 to the ratio of both sides, with the least and the greatest of
/// the pairs as a whisker.
///
/// ```
/// words | <- bar |1.0            | 0.17   9.36 → 1.68 s/GB
/// ```
final class RatioChart {
    private static final int WIDTH = 1000;
    private static final int TOP = 96;
    private static final int ROW = 22;
    private static final int BAR = 12;
    private static final int MARGIN = 16;
    private static final int LONGEST = 62;
    private static final int INDENT = 18;
    private static final int PLOT_LEFT = 420;
    private static final int PLOT_WIDTH = 300;
    private static final int RATIO_RIGHT = 766;
    private static final int MEDIANS_LEFT = 780;

    private final Figures figures;
    private final ChartKind kind;
    private final List<List<Figures.Row>> groups;
    private final LogScale scale;
    private final Svg svg = new Svg();
    private int y = TOP;

    private RatioChart(Figures figures, ChartKind kind) {
        this.figures = figures;
        this.kind = kind;
        this.groups = figures.grouped(kind);
        this.scale = LogScale.around(ratios(), PLOT_LEFT, PLOT_WIDTH);
    }

    /// The picture, or nothing when the suite has no such figure.
    static String draw(Figures figures, ChartKind kind) {
        RatioChart chart = new RatioChart(figures, kind);
        return chart.groups.isEmpty() ? "" : chart.draw();
    }

    private String draw() {
        String title =
                "%s: %s as a multiple of %s"
                        .formatted(kind.title(), Side.name(figures.b()), Side.name(figures.a()));
        svg.text(MARGIN, 28, Anchor.START, "title", title);
        svg.text(MARGIN, 48, Anchor.START, "muted", subtitle());
        axis();
        columns();
        groups.forEach(this::group);
        legend();
        return svg.document(WIDTH, y + 44, title, description());
    }

    private String subtitle() {
        return "%s; logarithmic scale; %s%s"
                .formatted(
                        kind.direction(),
                        figures.pairs() == 1
                                ? "of one pair"
                                : "median of %d pairs".formatted(figures.pairs()),
                        figures.date().isEmpty() ? "" : "; " + figures.date());
    }

    private void axis() {
        int bottom = TOP + ROW * lines();
        for (double tick : scale.ticks()) {
            double x = scale.place(tick);
            svg.line(x, TOP, x, bottom, tick == 1 ? "one" : "grid");
            svg.text(x, TOP - 8, Anchor.MIDDLE, "muted", LogScale.label(tick));
        }
        double end = kind.moreIsBetter() ? PLOT_LEFT + PLOT_WIDTH : PLOT_LEFT;
        String better = kind.moreIsBetter() ? "better →" : "← better";
        svg.text(end, TOP - 24, kind.moreIsBetter() ? Anchor.END : Anchor.START, "strong", better);
    }

    private void columns() {
        svg.text(RATIO_RIGHT, TOP - 8, Anchor.END, "muted", "ratio");
        String sides = Side.name(figures.a()) + " → " + Side.name(figures.b());
        svg.text(MEDIANS_LEFT, TOP - 8, Anchor.START, "muted", sides);
    }

    private void group(List<Figures.Row> group) {
        if (oneLine(group)) {
            row(group.getFirst(), shortened(group.getFirst().workload()), MARGIN);
            return;
        }
        svg.text(MARGIN, y + 15, Anchor.START, "", group.getFirst().workload());
        y += ROW;
        group.forEach(row -> row(row, row.figure(), MARGIN + INDENT));
    }

    /// The unit beside the medians says which figure it is, where the kind has one figure only.
    private boolean oneLine(List<Figures.Row> group) {
        return group.size() == 1 && kind.oneFigure();
    }

    /// Words that would reach into the plot; the description has all of them.
    private static String shortened(String words) {
        return words.length() <= LONGEST ? words : words.substring(0, LONGEST - 1) + "…";
    }

    private void row(Figures.Row row, String label, int indent) {
        svg.text(indent, y + 15, Anchor.START, indent == MARGIN ? "" : "muted", label);
        row.ratio()
                .ifPresent(ratio -> {
                    bar(ratio);
                    svg.text(RATIO_RIGHT, y + 15, Anchor.END, "strong", times(ratio));
                });
        svg.text(
                MEDIANS_LEFT, y + 15, Anchor.START, "muted", row.medians(figures.a(), figures.b()));
        y += ROW;
    }

    private void bar(Spread ratio) {
        double one = scale.place(1);
        double end = scale.place(ratio.median());
        double top = y + (ROW - BAR) / 2.0;
        svg.rectangle(Math.min(one, end), top, Math.abs(end - one), BAR, colour(ratio));
        double middle = y + ROW / 2.0;
        double min = scale.place(ratio.min());
        double max = scale.place(ratio.max());
        svg.line(min, middle, max, middle, "range");
        svg.line(min, middle - 3, min, middle + 3, "range");
        svg.line(max, middle - 3, max, middle + 3, "range");
    }

    /// Pale where the pairs do not agree on which side is ahead.
    private String colour(Spread ratio) {
        boolean good = kind.moreIsBetter() == ratio.median() >= 1;
        boolean unsure = ratio.min() < 1 && ratio.max() > 1;
        return (good ? "good" : "bad") + (unsure ? " pale" : "");
    }

    private void legend() {
        double x = MARGIN;
        x = sample(x, "good", "ahead of " + Side.name(figures.a()));
        x = sample(x, "bad", "behind");
        x = sample(x, "good pale", "pale: the pairs do not agree");
        svg.line(x, y + 24, x + 20, y + 24, "range");
        svg.line(x, y + 21, x, y + 27, "range");
        svg.line(x + 20, y + 21, x + 20, y + 27, "range");
        svg.text(x + 26, y + 28, Anchor.START, "muted", "least and greatest of the pairs");
    }

    private double sample(double x, String style, String words) {
        svg.rectangle(x, y + 18, 12, 12, style);
        svg.text(x + 18, y + 28, Anchor.START, "muted", words);
        return x + 46 + words.length() * 6.5;
    }

    private int lines() {
        return groups.stream().mapToInt(g -> oneLine(g) ? 1 : g.size() + 1).sum();
    }

    private List<Double> ratios() {
        return groups.stream()
                .flatMap(List::stream)
                .flatMap(row -> row.ratio().stream())
                .flatMap(ratio -> Stream.of(ratio.min(), ratio.max()))
                .toList();
    }

    private String description() {
        return groups.stream()
                .flatMap(List::stream)
                .map(row ->
                        "%s, %s: %s, %s"
                                .formatted(
                                        row.workload(),
                                        row.figure(),
                                        row.ratio().map(RatioChart::times).orElse("no ratio"),
                                        row.medians(figures.a(), figures.b())))
                .collect(Collectors.joining(". "));
    }

    private static String times(Spread ratio) {
        return String.format(Locale.ROOT, "%.2f", ratio.median());
    }
}
