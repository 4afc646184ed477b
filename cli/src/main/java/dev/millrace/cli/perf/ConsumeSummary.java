package dev.millrace.cli.perf;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a consume test found.
///
/// @param partitions of the topic
/// @param settings of the consumers that matter to speed, defaults filled in
/// @param stopped before its end, by a person
/// @param amount received; its seconds are without those of the rebalances
/// @param rebalanceSeconds while no member had a partition; null without a group
/// @param firstRecordSeconds from the start to the first record, rebalance included; null when none came
/// @param complete whether everything that was asked for arrived; a test by duration always is
public record ConsumeSummary(
        ConsumePlan plan,
        int partitions,
        Map<String, String> settings,
        boolean stopped,
        Amount amount,
        @Nullable Double rebalanceSeconds,
        @Nullable Double firstRecordSeconds,
        boolean complete) {

    /// Whether the group had nothing left to read: it stood at the end of every partition when the test began.
    public boolean nothingLeft() {
        return complete && plan.extent() == null && amount.records() == 0;
    }
}
