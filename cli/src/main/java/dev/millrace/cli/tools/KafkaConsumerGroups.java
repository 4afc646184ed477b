package dev.millrace.cli.tools;

import dev.millrace.cli.Terminal;
import dev.millrace.cli.cluster.CommandFailed;
import dev.millrace.cli.cluster.Explanation;
import dev.millrace.cli.cluster.Groups;
import dev.millrace.cli.cluster.PartitionList;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.GroupSubscribedToTopicException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;

/// `kafka-consumer-groups`: list, describe, delete groups; reset and delete their offsets.
///
/// Failures are printed as Kafka's tool prints them, and make the exit code 1, where Kafka's tool exits 0 for many.
final class KafkaConsumerGroups implements Tool {
    private static final String[] ACTIONS = {
        "list", "describe", "delete", "reset-offsets", "delete-offsets", "validate-regex"
    };
    private static final String[] RESET_TARGETS = {
        "to-offset",
        "to-datetime",
        "by-duration",
        "to-earliest",
        "to-latest",
        "shift-by",
        "from-file",
        "to-current"
    };

    @Override
    public OptionTable options() {
        return new OptionTable(
                        "kafka-consumer-groups",
                        "list, describe and delete consumer groups, and reset their offsets.")
                .flag("list", "List the groups.")
                .flag("describe", "Show positions and lag of a group, or its --members or --state.")
                .flag("delete", "Delete groups with their offsets.")
                .flag(
                        "reset-offsets",
                        "Move a group that nobody reads from; needs --execute to take effect.")
                .flag("delete-offsets", "Forget a group's offsets of topics.")
                .value("group", "id", "The group. May be repeated.")
                .flag("all-groups", "Every group.")
                .value(
                        "topic",
                        "topic[:0,1,...]",
                        "The topic, or some of its partitions. May be repeated.")
                .flag("all-topics", "With --reset-offsets: every topic the group has offsets for.")
                .flag("offsets", "With --describe: positions and lag, the default.")
                .flag("members", "With --describe: the members.")
                .optional(
                        "state",
                        "states",
                        "With --describe: the group's state. With --list: show states, or only groups in these.")
                .optional(
                        "type",
                        "types",
                        "With --list: show types, or only groups of these: classic, consumer.")
                .flag("verbose", "With --describe: more columns.")
                .flag("to-earliest", "Reset to the oldest record.")
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
                .flag("export", "Print the offsets of the reset as CSV.")
                .value("timeout", "ms", "How long to wait for the group.")
                .value("validate-regex", "regex", "Only say whether a regular expression is valid.")
                .formerly("broker-list")
                .example("kafka-consumer-groups --bootstrap-server localhost:9092 --list")
                .example(
                        "kafka-consumer-groups --bootstrap-server localhost:9092 --describe --group billing")
                .example(
                        "kafka-consumer-groups --bootstrap-server localhost:9092 --group billing --topic orders"
                                + " --reset-offsets --to-earliest --execute");
    }

    @Override
    public int run(Arguments arguments, Terminal terminal) {
        String action = arguments.action(ACTIONS);
        if (action.equals("validate-regex")) {
            return validate(arguments.required("validate-regex"), terminal);
        }
        check(action, arguments);
        try (var connection = arguments.connect()) {
            var groups = new Groups(connection.admin());
            return switch (action) {
                case "list" -> list(arguments, groups, terminal);
                case "describe" -> describe(arguments, groups, terminal);
                case "delete" -> delete(arguments, groups, terminal);
                case "delete-offsets" -> deleteOffsets(arguments, groups, terminal);
                default ->
                        new ResetOffsets(connection, arguments, terminal)
                                .run(ids(arguments, groups));
            };
        }
    }

    private static void check(String action, Arguments arguments) {
        if (!action.equals("list") && !arguments.has("group") && !arguments.has("all-groups")) {
            String choice = action.equals("delete-offsets") ? "[group]" : "[all-groups], [group]";
            throw CommandFailed.usage(
                    "Option [" + action + "] takes one of these options: " + choice);
        }
        if (arguments.has("group") && arguments.has("all-groups")) {
            throw CommandFailed.usage("Option [all-groups] can't be used with [group]");
        }
        if (action.equals("describe")) {
            int forms = 0;
            for (String form : List.of("members", "offsets", "state")) {
                forms += arguments.has(form) ? 1 : 0;
            }
            if (forms > 1 || arguments.value("state") != null) {
                throw CommandFailed.usage(
                        "Option [describe] takes at most one of these options: [members], [offsets], [state]");
            }
        }
        if (action.equals("delete-offsets") && !arguments.has("topic")) {
            throw CommandFailed.usage(
                    "Option [delete-offsets] takes the following option: [topic]");
        }
        if (action.equals("reset-offsets")) {
            checkReset(arguments);
        }
    }

    private static void checkReset(Arguments arguments) {
        if (arguments.has("dry-run") && arguments.has("execute")) {
            throw CommandFailed.usage(
                    "Option [reset-offsets] only accepts one of [dry-run], [execute]");
        }
        int targets = 0;
        for (String target : RESET_TARGETS) {
            targets += arguments.has(target) ? 1 : 0;
        }
        if (targets != 1) {
            throw CommandFailed.usage(
                    "Option [reset-offsets] takes exactly one of: --"
                            + String.join(", --", RESET_TARGETS));
        }
        if (!arguments.has("from-file") && arguments.has("topic") == arguments.has("all-topics")) {
            throw CommandFailed.usage(
                    "One of the reset scopes should be defined: --all-topics, --topic.");
        }
    }

    /// Java's grammar of regular expressions is wider than RE2's, which the broker uses: look-around and back references are told.
    private static int validate(String regex, Terminal terminal) {
        try {
            Pattern.compile(regex);
            if (!regex.matches(".*(\\(\\?(=|!|<=|<!|>)|\\\\[1-9]).*")) {
                terminal.line("The regular expression `" + regex + "` is valid.");
                return 0;
            }
            terminal.line(
                    "The regular expression `"
                            + regex
                            + "` is invalid: RE2 knows no look-around and no back references");
        } catch (PatternSyntaxException wrong) {
            terminal.line(
                    "The regular expression `" + regex + "` is invalid: " + wrong.getDescription());
        }
        return CommandFailed.FAILED;
    }

    private static List<String> ids(Arguments arguments, Groups groups) {
        if (!arguments.has("all-groups")) {
            return arguments.values("group");
        }
        return groups.list(Set.of(), Set.of()).stream().map(GroupListing::groupId).toList();
    }

    private static int list(Arguments arguments, Groups groups, Terminal terminal) {
        var states = states(arguments.value("state"));
        var types = types(arguments.value("type"));
        var found = groups.list(states, types);
        boolean withStates = arguments.has("state");
        boolean withTypes = arguments.has("type");
        if (!withStates && !withTypes) {
            found.forEach(group -> terminal.line(group.groupId()));
            return 0;
        }
        int longest = found.stream().mapToInt(group -> group.groupId().length()).max().orElse(0);
        var table = new TextTable().column("GROUP", Math.max(15, longest) + 10);
        if (withTypes) {
            table.column("TYPE", 20);
        }
        if (withStates) {
            table.column("STATE", 20);
        }
        for (GroupListing group : found) {
            var row = new ArrayList<>(List.of(group.groupId()));
            if (withTypes) {
                row.add(group.type().map(GroupType::toString).orElse("-"));
            }
            if (withStates) {
                row.add(group.groupState().map(GroupState::toString).orElse("-"));
            }
            table.row(row);
        }
        table.print(terminal);
        return 0;
    }

    private static Set<GroupState> states(@Nullable String list) {
        var valid = GroupState.groupStatesForType(GroupType.CONSUMER);
        return parse(
                list, GroupState.class, GroupState::parse, valid, "state list '", "states are: ");
    }

    private static Set<GroupType> types(@Nullable String list) {
        return parse(
                list,
                GroupType.class,
                GroupType::parse,
                EnumSet.of(GroupType.CLASSIC, GroupType.CONSUMER),
                "types list '",
                "types are: ");
    }

    private static <E extends Enum<E>> Set<E> parse(
            @Nullable String list,
            Class<E> type,
            Function<String, E> parser,
            Set<E> valid,
            String what,
            String which) {
        var parsed = EnumSet.noneOf(type);
        for (String word : list == null || list.isBlank() ? new String[0] : list.split(",", -1)) {
            E value = parser.apply(word.strip().toLowerCase(Locale.ROOT));
            if (!valid.contains(value)) {
                throw CommandFailed.usage(
                        "Invalid "
                                + what
                                + list
                                + "'. Valid "
                                + which
                                + String.join(", ", valid.stream().map(Object::toString).toList()));
            }
            parsed.add(value);
        }
        return parsed;
    }

    private static int describe(Arguments arguments, Groups groups, Terminal terminal) {
        var printer = new GroupTables(groups, arguments.has("verbose"), terminal);
        for (var group : groups.describe(ids(arguments, groups))) {
            if (arguments.has("members")) {
                printer.members(group);
            } else if (arguments.has("state")) {
                printer.state(group);
            } else {
                printer.offsets(group);
            }
        }
        return 0;
    }

    private static int delete(Arguments arguments, Groups groups, Terminal terminal) {
        var ids = ids(arguments, groups);
        var refused = groups.delete(ids);
        var deleted =
                ids.stream()
                        .distinct()
                        .filter(id -> !refused.containsKey(id))
                        .map(id -> "'" + id + "'")
                        .toList();
        if (refused.isEmpty()) {
            terminal.line(
                    "Deletion of requested consumer groups ("
                            + String.join(", ", deleted)
                            + ") was successful.");
            return 0;
        }
        terminal.line("\nError: Deletion of some consumer groups failed:");
        refused.forEach((id, why) ->
                terminal.line("* Group '" + id + "' could not be deleted due to: " + why));
        if (!deleted.isEmpty()) {
            terminal.line(
                    "\nThese consumer groups were deleted successfully: "
                            + String.join(", ", deleted));
        }
        return CommandFailed.FAILED;
    }

    private static int deleteOffsets(Arguments arguments, Groups groups, Terminal terminal) {
        String group = arguments.required("group");
        var topics = arguments.values("topic").stream().map(PartitionList::parse).toList();
        var deletion = groups.deleteOffsets(group, topics);
        boolean partly = deletion.partitions().values().stream().anyMatch(Optional::isPresent);
        terminal.line(
                deletion.failure()
                        .map(why -> deletionFailure(why, deletion))
                        .orElse(
                                "Request succeeded for deleting offsets from group "
                                        + group
                                        + "."));
        terminal.line("");
        var table =
                new TextTable().column("TOPIC", 15).column("PARTITION", 10).column("STATUS", 15);
        deletion.partitions()
                .forEach((partition, why) ->
                        table.row(
                                List.of(
                                        partition.topic(),
                                        partition.partition() < 0
                                                ? "-"
                                                : String.valueOf(partition.partition()),
                                        why.map(failure -> "Error: " + failure)
                                                .orElse("Successful"))));
        table.print(terminal);
        return partly || deletion.failure().isPresent() ? CommandFailed.FAILED : 0;
    }

    /// A failure that every partition shares is the request's own; otherwise the table tells.
    private static String deletionFailure(Throwable why, Groups.Deletion deletion) {
        boolean ofPartitions =
                why instanceof GroupSubscribedToTopicException
                        || why instanceof UnknownTopicOrPartitionException
                        || deletion.partitions().values().stream().anyMatch(Optional::isEmpty);
        return "\nError: "
                + (ofPartitions
                        ? "Encountered some partition-level error, see the follow-up details."
                        : why.getMessage());
    }

    @Override
    public void failed(Throwable failure, String address, Terminal terminal) {
        boolean ofGroup = failure instanceof GroupIdNotFoundException;
        terminal.line(
                "\nError: Executing consumer group command failed due to "
                        + (ofGroup ? failure : failure.getMessage()));
        terminal.out().flush();
        String advice = Explanation.advice(failure, address);
        if (advice != null) {
            terminal.err().println(advice);
        }
    }
}
