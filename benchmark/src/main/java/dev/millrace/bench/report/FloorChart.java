package dev.millrace.bench.report;

import dev.millrace.bench.report.Svg.Anchor;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// CPU as a multiple of the floor: two bars a row, one a side, on a linear scale that begins at nothing; 1.0 is the floor.
final class FloorChart {
    private static final int WIDTH = 1000;
    private static final int TOP = 96;
    private static final int ROW = 34;
    private static final int BAR = 11;
    private static final int MARGIN = 16;
    private static final int PLOT_LEFT = 430;
    private static final int PLOT_WIDTH = 500;

    private final Figures figures;
    private final List<Figures.Row> rows;
    private final int greatest;
    private final Svg svg = new Svg();
    private int y = TOP;

    private FloorChart(Figures figures) {
        this.figures = figures;
        this.rows =
                figures.rows().stream()
                        .filter(row -> row.figure().startsWith("CPU"))
                        .filter(row -> row.aTimesFloor().isPresent())
                        .filter(row -> row.bTimesFloor().isPresent())
                        .toList();
        this.greatest =
                (int)
                        Math.ceil(
                                rows.stream()
                                        .flatMap(row ->
                                                Stream.of(row.aTimesFloor(), row.bTimesFloor()))
                                        .mapToDouble(times -> times.orElse(0.0))
                                        .max()
                                        .orElse(1));
    }

    /// The picture, or nothing when no row of the suite has a floor.
    static String draw(Figures figures) {
        FloorChart chart = new FloorChart(figures);
        return chart.rows.isEmpty() ? "" : chart.draw();
    }

    private String draw() {
        String title = "CPU as a multiple of the floor";
        svg.text(MARGIN, 28, Anchor.START, "title", title);
        svg.text(
                MARGIN,
                48,
                Anchor.START,
                "muted",
                "less is better; 1 is a plain loop that does only what the bytes ask for; linear scale");
        axis();
        rows.forEach(this::row);
        legend();
        return svg.document(WIDTH, y + 44, title, description());
    }

    private void axis() {
        int step = Math.max(1, greatest / 10);
        int bottom = TOP + ROW * rows.size();
        for (int tick = 0; tick <= greatest; tick++) {
            if (tick % step == 0 || tick == 1) {
                svg.line(place(tick), TOP, place(tick), bottom, tick == 1 ? "one" : "grid");
                svg.text(place(tick), TOP - 8, Anchor.MIDDLE, "muted", Integer.toString(tick));
            }
        }
        svg.text(place(1), TOP - 24, Anchor.MIDDLE, "strong", "floor");
    }

    /// The numbers first: what is painted around them must not cover a bar.
    private void row(Figures.Row row) {
        svg.text(MARGIN, y + 21, Anchor.START, "", row.workload());
        double a = row.aTimesFloor().orElse(0.0);
        double b = row.bTimesFloor().orElse(0.0);
        int top = y + 5;
        int below = top + BAR + 1;
        svg.text(place(a) + 5, top + BAR - 1.5, Anchor.START, "small", times(a));
        svg.text(place(b) + 5, below + BAR - 1.5, Anchor.START, "small", times(b));
        svg.rectangle(place(0), top, place(a) - place(0), BAR, "bad");
        svg.rectangle(place(0), below, place(b) - place(0), BAR, "good");
        y += ROW;
    }

    private void legend() {
        svg.rectangle(MARGIN, y + 18, 12, 12, "bad");
        svg.text(MARGIN + 18, y + 28, Anchor.START, "muted", Side.name(figures.a()));
        svg.rectangle(MARGIN + 130, y + 18, 12, 12, "good");
        svg.text(MARGIN + 148, y + 28, Anchor.START, "muted", Side.name(figures.b()));
    }

    private double place(double times) {
        return PLOT_LEFT + PLOT_WIDTH * times / greatest;
    }

    private String description() {
        return rows.stream()
                .map(row ->
                        "%s: %s %s, %s %s"
                                .formatted(
                                        row.workload(),
                                        Side.name(figures.a()),
                                        times(row.aTimesFloor().orElse(0.0)),
                                        Side.name(figures.b()),
                                        times(row.bTimesFloor().orElse(0.0))))
                .collect(Collectors.joining(". "));
    }

    private static String times(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }
}
