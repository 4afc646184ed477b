package dev.millrace.engine.telemetry;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.zip.CRC32C;

/// What one client is asked for: the subscriptions that select it, taken together.
///
/// @param subscriptionId changes when the rest does, and differs between clients; a push that names another is refused
/// @param intervalMs the shortest that is asked; five minutes when all are longer, as in Kafka
/// @param metrics prefixes of names, without repetition; `*` alone for all, empty for none
public record TelemetryDemand(int subscriptionId, int intervalMs, List<String> metrics) {
    static final String ALL = "*";

    static TelemetryDemand of(TelemetryClient client, List<TelemetrySubscription> subscriptions) {
        var metrics = new TreeSet<String>();
        int intervalMs = TelemetrySubscription.DEFAULT_INTERVAL_MS;
        for (TelemetrySubscription subscription : subscriptions) {
            if (subscription.selects(client)) {
                metrics.addAll(subscription.metrics());
                intervalMs = Math.min(intervalMs, subscription.intervalMs());
            }
        }
        List<String> wanted = metrics.contains(ALL) ? List.of(ALL) : new ArrayList<>(metrics);
        return new TelemetryDemand(id(client, intervalMs, wanted), intervalMs, wanted);
    }

    private static int id(TelemetryClient client, int intervalMs, List<String> metrics) {
        var hash = new CRC32C();
        hash.update(
                (client.instanceId() + "\n" + intervalMs + "\n" + String.join("\n", metrics))
                        .getBytes(StandardCharsets.UTF_8));
        return (int) hash.getValue();
    }
}
