package dev.millrace.cli.perf;

import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What `millrace perf produce` was asked to do.
///
/// @param partitions how many to create the topic with when it is missing; null to require it
/// @param extent of what is measured, after the warm-up
/// @param rate records in a second by all producers together; null for as fast as they go
/// @param settings of the producers
public record ProducePlan(
        String topic,
        @Nullable Integer partitions,
        Extent extent,
        Duration warmUp,
        @Nullable Double rate,
        Payload payload,
        int producers,
        Map<String, String> settings) {}
