package dev.millrace.cli.perf;

import org.HdrHistogram.Histogram;

/// What of a latency distribution is shown, in milliseconds; 0 throughout when nothing was measured. The mean is there for the tools with
/// Kafka's names alone: it says nothing that anybody waits for.
public record Percentiles(
        double mean, double p50, double p95, double p99, double p999, double max) {
    private static final double US_PER_MS = 1_000;

    /// Of a histogram of microseconds.
    static Percentiles of(Histogram us) {
        return new Percentiles(
                us.getTotalCount() == 0 ? 0 : us.getMean() / US_PER_MS,
                us.getValueAtPercentile(50) / US_PER_MS,
                us.getValueAtPercentile(95) / US_PER_MS,
                us.getValueAtPercentile(99) / US_PER_MS,
                us.getValueAtPercentile(99.9) / US_PER_MS,
                us.getMaxValue() / US_PER_MS);
    }
}
