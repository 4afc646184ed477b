package dev.millrace.cli.tools;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.millrace.cli.Terminal;
import dev.millrace.cli.cluster.CommandFailed;
import dev.millrace.cli.cluster.Explanation;
import dev.millrace.cli.cluster.Groups;
import dev.millrace.cli.cluster.PartitionList;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.errors.GroupIdNotFoundException;

/// `kafka-consumer-groups`: list, describe, delete groups; reset and delete their offsets.
///
/// Failures are printed as Kafka's tool prints them, and make the exit code 1, where Kafka's tool exits 0 for many.
final class KafkaConsumerGroups implements Tool {
    private static final String[] ACTIONS = {
        "list", "describe", "delete", "reset-offsets", "delete-offsets", "validate-regex"
    };
    private static final Set<GroupState> STATES = GroupState.groupStatesForType(GroupType.CONSUMER);
    private static final Set<GroupType> TYPES = EnumSet.of(GroupType.CLASSIC, GroupType.CONSUMER);

    @Override
    public OptionTable options() {
        var table =
                new OptionTable(
                                "kafka-consumer-groups",
                                "list, describe and delete consumer groups, and reset their offsets.")
                        .flag("list", "List the groups.")
                        .flag(
                                "describe",
                                "Show positions and lag of a group, or its --members or --state.")
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
                        .flag(
                                "all-topics",
                                "With --reset-offsets: every topic the group has offsets for.")
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
                        .flag("verbose", "With --describe: more columns.");
        return ResetTargets.addTo(table)
                .value("timeout", "ms", "How long to wait for the cluster (default: 30000).")
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
        ConsumerGroupRules.check(action, arguments);
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

    /// In the grammar that the broker matches topics by (RE2, KIP-848). Kafka's tool exits 0 for an invalid one, too.
    private static int validate(String regex, Terminal terminal) {
        String what = "The regular expression `" + regex + "` is ";
        try {
            Pattern.compile(regex);
            terminal.line(what + "valid.");
            return 0;
        } catch (PatternSyntaxException wrong) {
            terminal.line(what + "invalid: " + wrong.getDescription() + ".");
            return CommandFailed.FAILED;
        }
    }

    private static List<String> ids(Arguments arguments, Groups groups) {
        if (!arguments.has("all-groups")) {
            return arguments.values("group");
        }
        return groups.list(Set.of(), Set.of()).stream().map(GroupListing::groupId).toList();
    }

    private static int list(Arguments arguments, Groups groups, Terminal terminal) {
        var found =
                groups.list(
                        GroupNames.states(arguments.value("state"), STATES),
                        GroupNames.types(arguments.value("type"), TYPES));
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

    private static int describe(Arguments arguments, Groups groups, Terminal terminal) {
        var printer = new GroupTables(groups, arguments.has("verbose"), terminal);
        for (var group : groups.describe(new TreeSet<>(ids(arguments, groups)))) {
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
        return DeletedOffsets.print(group, groups.deleteOffsets(group, topics), terminal);
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
