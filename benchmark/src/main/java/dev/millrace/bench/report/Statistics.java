package dev.millrace.bench.report;

import java.util.List;
import java.util.Optional;

/// Medians with their spread.
public final class Statistics {
    private Statistics() {}

    /// The median of some values, with the least and the greatest of them.
    public record Spread(double median, double min, double max, int count) {
        public Spread {
            if (count < 1 || !(min <= median && median <= max)) {
                throw new IllegalArgumentException(
                        min + " <= " + median + " <= " + max + " of " + count);
            }
        }
    }

    /// Empty when there are no values. Of an even number, the mean of the two in the middle.
    public static Optional<Spread> spread(List<Double> values) {
        if (values.isEmpty()) {
            return Optional.empty();
        }
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        double median =
                sorted.size() % 2 == 1
                        ? sorted.get(middle)
                        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
        return Optional.of(new Spread(median, sorted.getFirst(), sorted.getLast(), sorted.size()));
    }

    /// A value of each side from the same pair.
    public record Pair(double a, double b) {}

    /// The spread of b/a pair by pair: what drifts slowly on the machine hits both of a pair and falls out.
    /// A pair whose `a` is zero says nothing and is left out.
    public static Optional<Spread> ratio(List<Pair> pairs) {
        return spread(pairs.stream().filter(p -> p.a() != 0).map(p -> p.b() / p.a()).toList());
    }
}
