package dev.millrace.cli.perf;

import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What `millrace perf consume` was asked to do.
///
/// @param group null to divide the partitions by hand, without a group
/// @param extent null to read up to what is the end when the test starts
/// @param patience how long nothing may arrive before a test that waits for records gives up
/// @param settings of the consumers
public record ConsumePlan(
        String topic,
        @Nullable String group,
        int consumers,
        boolean fromBeginning,
        @Nullable Extent extent,
        Duration patience,
        Map<String, String> settings) {}
