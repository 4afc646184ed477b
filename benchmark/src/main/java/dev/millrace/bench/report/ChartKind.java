package dev.millrace.bench.report;

import java.util.Locale;

/// The charts of ratios: each shows one kind of figure, of which either more or less is better throughout.
enum ChartKind {
    CPU("CPU of the broker", "less is better"),
    THROUGHPUT("Throughput", "more is better"),
    LATENCY("Latency", "less is better"),
    FOOTPRINT("Memory, threads and times to be ready", "less is better");

    private final String title;
    private final String direction;

    ChartKind(String title, String direction) {
        this.title = title;
        this.direction = direction;
    }

    String title() {
        return title;
    }

    String direction() {
        return direction;
    }

    boolean moreIsBetter() {
        return this == THROUGHPUT;
    }

    /// True where a row has no more than one figure of the kind, whose unit names it.
    boolean oneFigure() {
        return this == CPU || this == THROUGHPUT;
    }

    /// The last part of the file's name.
    String file() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// Figures of the load process are in no chart.
    boolean shows(Figures.Row row) {
        return !row.figure().startsWith("client") && of(row) == this;
    }

    private static ChartKind of(Figures.Row row) {
        if (row.moreIsBetter()) {
            return THROUGHPUT;
        }
        if (row.figure().startsWith("CPU")) {
            return CPU;
        }
        return row.figure().matches("p\\d.*|gap.*") ? LATENCY : FOOTPRINT;
    }
}
