package dev.millrace.cli.perf;

import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What `millrace perf latency` was asked to do.
///
/// @param partitions how many to create the topic with when it is missing; null to require it
/// @param extent of what is measured, after the warm-up
/// @param rate records in a second
/// @param payload values of at least [Stamp#BYTES] bytes
/// @param patience how long to wait for records that were acknowledged and have not arrived
public record LatencyPlan(
        String topic,
        @Nullable Integer partitions,
        Extent extent,
        Duration warmUp,
        double rate,
        Payload payload,
        Duration patience,
        Map<String, String> producerSettings,
        Map<String, String> consumerSettings) {

    /// How many records there will be, warm-up included.
    public double records() {
        double measured = extent.counts() ? extent.records() : extent.durationNs() / 1e9 * rate;
        return measured + warmUp.toNanos() / 1e9 * rate;
    }
}
