package dev.millrace.bench.report;

import java.util.List;
import java.util.stream.IntStream;

/// Ratios as places on a line: 4 is as far to the right of 1 as 1/4 is to the left. Ticks are powers of two.
///
/// @param least the power of two at the left end, at most 0
/// @param greatest that of the right end, at least 0
record LogScale(int least, int greatest, double left, double width) {
    /// A ratio beyond this is drawn at the edge; its number tells the truth.
    private static final int FURTHEST = 6;

    /// From the least to the greatest of these ratios, 1.0 in any case, and at least one step on either side.
    static LogScale around(List<Double> ratios, double left, double width) {
        double least = ratios.stream().mapToDouble(LogScale::log).min().orElse(0);
        double greatest = ratios.stream().mapToDouble(LogScale::log).max().orElse(0);
        return new LogScale(
                Math.clamp((int) Math.floor(least), -FURTHEST, -1),
                Math.clamp((int) Math.ceil(greatest), 1, FURTHEST),
                left,
                width);
    }

    double place(double ratio) {
        double log = Math.clamp(log(ratio), least, greatest);
        return left + width * (log - least) / (greatest - least);
    }

    /// The ratios that get a line.
    List<Double> ticks() {
        return IntStream.rangeClosed(least, greatest).mapToObj(p -> Math.pow(2, p)).toList();
    }

    static String label(double tick) {
        return tick >= 1 ? "%.0f".formatted(tick) : "1/%.0f".formatted(1 / tick);
    }

    private static double log(double ratio) {
        return ratio <= 0 ? -FURTHEST : Math.log(ratio) / Math.log(2);
    }
}
