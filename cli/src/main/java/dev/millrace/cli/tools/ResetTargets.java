package dev.millrace.cli.tools;

import dev.millrace.cli.Terminal;
import dev.millrace.cli.cluster.CommandFailed;
import dev.millrace.cli.cluster.OffsetCsv;
import dev.millrace.cli.cluster.OffsetReset;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/// Where `--reset-offsets` may go: the eight options that the tools for groups share.
final class ResetTargets {
    private static final List<String> NAMES =
            List.of(
                    "to-offset",
                    "to-datetime",
                    "by-duration",
                    "to-earliest",
                    "to-latest",
                    "to-current",
                    "shift-by",
                    "from-file");

    private ResetTargets() {}

    /// Adds the options to a tool's table.
    static OptionTable addTo(OptionTable table) {
        return table.flag("to-earliest", "Reset to the oldest record.")
                .flag("to-latest", "Reset to the end.")
                .flag("to-current", "Reset to the committed offset.")
                .value("to-offset", "offset", "Reset to this offset.")
                .value("shift-by", "records", "Reset by so many records, back when negative.")
                .value(
                        "to-datetime",
                        "time",
                        "Reset to a time, YYYY-MM-DDThh:mm:ss.sss, UTC unless it says otherwise.")
                .value("by-duration", "duration", "Reset to so long ago, PnDTnHnMnS.")
                .value("from-file", "file", "Reset to the offsets of a CSV file.")
                .flag("dry-run", "Only show what a reset would do.")
                .flag("execute", "Do the reset.")
                .flag("export", "Print the offsets of the reset as CSV.");
    }

    /// Refuses two targets at once, and none.
    static void check(Arguments arguments) {
        if (arguments.has("dry-run") && arguments.has("execute")) {
            throw CommandFailed.usage(
                    "Option [reset-offsets] only accepts one of [execute] and [dry-run]");
        }
        int targets = 0;
        for (String name : NAMES) {
            targets += arguments.has(name) ? 1 : 0;
            NAMES.stream()
                    .filter(other -> !other.equals(name))
                    .forEach(other -> arguments.refuse(name, other));
        }
        if (targets == 0) {
            throw CommandFailed.usage(
                    "Option '[reset-offsets]' requires one of the following scenarios: --"
                            + String.join(", --", NAMES));
        }
    }

    /// The target that was given.
    ///
    /// @param ids every group the command is about: a file may leave out the name of an only one
    static OffsetReset.Target of(
            Arguments arguments, String group, List<String> ids, Terminal terminal) {
        if (arguments.has("to-earliest")) {
            return new OffsetReset.ToEarliest();
        }
        if (arguments.has("to-latest")) {
            return new OffsetReset.ToLatest();
        }
        if (arguments.has("to-current")) {
            return new OffsetReset.ToCurrent();
        }
        Long offset = arguments.number("to-offset");
        if (offset != null) {
            return new OffsetReset.ToOffset(offset);
        }
        Long records = arguments.number("shift-by");
        if (records != null) {
            return new OffsetReset.ShiftBy(records);
        }
        if (arguments.has("to-datetime")) {
            return OffsetReset.atDateTime(arguments.required("to-datetime"));
        }
        if (arguments.has("by-duration")) {
            return OffsetReset.before(arguments.required("by-duration"), Instant.now());
        }
        return new OffsetReset.ToGiven(fromFile(arguments, group, ids, terminal));
    }

    private static Map<TopicPartition, Long> fromFile(
            Arguments arguments, String group, List<String> ids, Terminal terminal) {
        var given = OffsetCsv.read(arguments.required("from-file"), ids.getFirst()).get(group);
        if (given == null) {
            terminal.line("\nError: No reset plan for group " + group + " found");
            return Map.of();
        }
        return given;
    }

    /// Says on standard output and error what Kafka's tools say there.
    record Warnings(Terminal terminal) implements OffsetReset.Warnings {
        @Override
        public void moved(String sentence) {
            terminal.err().println("WARN: " + sentence);
        }

        @Override
        public void nothingSince(TopicPartition partition) {
            terminal.line(
                    "\nWarn: Partition "
                            + partition.partition()
                            + " from topic "
                            + partition.topic()
                            + " is empty. Falling back to latest known offset.");
        }
    }

    /// Prints plans as CSV: without the group's name when there is one group only.
    static void export(Map<String, Map<TopicPartition, Long>> plans, Terminal terminal) {
        boolean one = plans.size() == 1;
        plans.forEach((group, plan) ->
                plan.forEach((partition, offset) ->
                        terminal.line(
                                OffsetCsv.line(
                                        one
                                                ? List.of(partition.topic())
                                                : List.of(group, partition.topic()),
                                        partition.partition(),
                                        offset))));
        terminal.line("");
    }

    /// Prints plans as a table.
    ///
    /// @param table with the four columns that the tool has, and no rows
    static void print(
            Map<String, Map<TopicPartition, Long>> plans, TextTable table, Terminal terminal) {
        plans.forEach((group, plan) ->
                plan.forEach((partition, offset) ->
                        table.row(
                                List.of(
                                        group,
                                        partition.topic(),
                                        String.valueOf(partition.partition()),
                                        String.valueOf(offset)))));
        terminal.line("");
        table.print(terminal);
    }
}
