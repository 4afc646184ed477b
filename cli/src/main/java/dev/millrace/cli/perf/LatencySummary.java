package dev.millrace.cli.perf;

import java.util.List;
import java.util.Map;

/// What a latency test found.
///
/// @param partitions of the topic
/// @param settings of the producer that matter to speed, defaults filled in
/// @param stopped before its end, by a person
/// @param amount arrived, warm-up left out
/// @param latency from the instant at which a record was due until the consumer had it
/// @param sendDelay from due until handed to the client
/// @param lost acknowledged, and not arrived; warm-up counts
/// @param duplicated arrivals of records that had arrived before; warm-up counts
/// @param refusals what was not acknowledged; warm-up counts
public record LatencySummary(
        LatencyPlan plan,
        int partitions,
        Map<String, String> settings,
        boolean stopped,
        Amount amount,
        Percentiles latency,
        Percentiles sendDelay,
        long lost,
        long duplicated,
        List<Refusals.Kind> refusals) {

    /// How many records were not acknowledged.
    public long refused() {
        return refusals.stream().mapToLong(Refusals.Kind::records).sum();
    }
}
