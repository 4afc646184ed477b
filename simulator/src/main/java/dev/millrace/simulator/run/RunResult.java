package dev.millrace.simulator.run;

import dev.millrace.simulator.world.ClusterOptions;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a run came to.
///
/// @param hash over all events: the same for the same seed in every process
/// @param events of the simulated world
/// @param operations of clients that were checked
/// @param checks how often the rules were looked at
/// @param leaderships how often a machine became a partition's leader
/// @param elections of the quorum
/// @param acknowledged batches and transactions that clients know to be written
/// @param counts of faults, by name
/// @param violation the first broken rule; null when there is none
/// @param story the last events, when they were asked for
public record RunResult(
        long seed,
        ClusterOptions options,
        long hash,
        long virtualMs,
        long events,
        long operations,
        long checks,
        long leaderships,
        long elections,
        long acknowledged,
        Map<String, Integer> counts,
        @Nullable String violation,
        List<String> story) {}
