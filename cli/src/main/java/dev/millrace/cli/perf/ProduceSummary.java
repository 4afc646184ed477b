package dev.millrace.cli.perf;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a produce test found.
///
/// @param partitions of the topic
/// @param settings of the producers that matter to speed, defaults filled in
/// @param stopped before its end, by a person
/// @param amount acknowledged
/// @param latency from due (with a rate) or handed to the client, until acknowledged
/// @param sendDelay from due until handed to the client; null without a rate
/// @param refusals what was not acknowledged
public record ProduceSummary(
        ProducePlan plan,
        int partitions,
        Map<String, String> settings,
        boolean stopped,
        Amount amount,
        Percentiles latency,
        @Nullable Percentiles sendDelay,
        List<Refusals.Kind> refusals) {

    /// How many records were not acknowledged.
    public long refused() {
        return refusals.stream().mapToLong(Refusals.Kind::records).sum();
    }
}
