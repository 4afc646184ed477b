package dev.millrace.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Everything that was measured so far: one entry a cell, values or the reason why there are none.
public final class Results {
    /// A figure of one side in one pair.
    public record Sample(String side, int pair, String workload, Metric metric, double value) {}

    /// A cell that gave no figures.
    public record Failure(String side, int pair, String workload, String reason) {}

    private final List<Sample> samples = new ArrayList<>();
    private final List<Failure> failures = new ArrayList<>();
    private final List<Double> foreignCpu = new ArrayList<>();

    /// How much of the machine others used during a cell, 0 to 1.
    public void foreignCpu(double share) {
        foreignCpu.add(share);
    }

    /// One figure a cell that ran.
    public List<Double> foreignCpu() {
        return List.copyOf(foreignCpu);
    }

    public void add(Sample sample) {
        samples.add(sample);
    }

    public void fail(Failure failure) {
        failures.add(failure);
    }

    public List<Failure> failures() {
        return List.copyOf(failures);
    }

    /// The values of one row and side, in the order of the pairs.
    public List<Double> values(String side, String workload, Metric metric) {
        return samples.stream()
                .filter(s ->
                        s.side().equals(side)
                                && s.workload().equals(workload)
                                && s.metric() == metric)
                .filter(s -> !Double.isNaN(s.value()))
                .map(Sample::value)
                .toList();
    }

    /// The value of one cell.
    public Optional<Double> value(String side, int pair, String workload, Metric metric) {
        return samples.stream()
                .filter(s -> s.pair() == pair && s.side().equals(side))
                .filter(s -> s.workload().equals(workload) && s.metric() == metric)
                .filter(s -> !Double.isNaN(s.value()))
                .map(Sample::value)
                .findFirst();
    }

    /// The metrics that some side has for a workload, in the order of the enum.
    public List<Metric> metrics(String workload) {
        return samples.stream()
                .filter(s -> s.workload().equals(workload) && !Double.isNaN(s.value()))
                .map(Sample::metric)
                .distinct()
                .sorted()
                .toList();
    }
}
