package dev.millrace.cli.tools;

import dev.millrace.cli.Terminal;
import dev.millrace.cli.cluster.CommandFailed;
import dev.millrace.cli.cluster.Connection;
import dev.millrace.cli.cluster.Explanation;
import dev.millrace.cli.cluster.Groups;
import dev.millrace.cli.cluster.StreamsGroups;
import java.util.List;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.ListGroupsOptions;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.errors.GroupIdNotFoundException;

/// `kafka-streams-groups`: list, describe, delete the groups of Kafka Streams applications (KIP-1071), reset and delete
/// their offsets.
///
/// What could not be done makes the exit code 1, where Kafka's tool exits 0 when it has said so in a table or a list.
final class KafkaStreamsGroups implements Tool {
    private static final List<String> ACTIONS =
            List.of("list", "describe", "delete", "reset-offsets", "delete-offsets");

    @Override
    public OptionTable options() {
        var table =
                new OptionTable(
                                "kafka-streams-groups",
                                "list, describe and delete streams groups, and reset their offsets.")
                        .flag("list", "List the groups.")
                        .flag(
                                "describe",
                                "Show positions and lag of a group, or its --members or --state.")
                        .flag("delete", "Delete groups with their offsets.")
                        .flag(
                                "reset-offsets",
                                "Move a group that is not running; needs --execute or --dry-run.")
                        .flag("delete-offsets", "Forget a group's offsets of input topics.")
                        .value("group", "id", "The group: the application's id. May be repeated.")
                        .flag("all-groups", "Every streams group.")
                        .value(
                                "input-topic",
                                "topic[:0,1,...]",
                                "The input topic, or some of its partitions. May be repeated.")
                        .flag("all-input-topics", "Every topic the application reads from outside.")
                        .flag("offsets", "With --describe: positions and lag, the default.")
                        .flag("members", "With --describe: the members and their tasks.")
                        .optional(
                                "state",
                                "states",
                                "With --describe: the group's state. With --list: show states, or only groups in these.")
                        .flag("verbose", "With --describe: more columns.");
        return ResetTargets.addTo(table)
                .value(
                        "delete-internal-topic",
                        "topic",
                        "With --reset-offsets --execute: delete this topic of the application. May be repeated.")
                .flag(
                        "delete-all-internal-topics",
                        "With --delete, or --reset-offsets --execute: delete the application's repartition topics and changelogs.")
                .value("timeout", "ms", "How long to wait for the cluster (default: 30000).")
                .example("kafka-streams-groups --bootstrap-server localhost:9092 --list --state")
                .example(
                        "kafka-streams-groups --bootstrap-server localhost:9092 --describe --group word-count --members")
                .example(
                        "kafka-streams-groups --bootstrap-server localhost:9092 --reset-offsets --group word-count"
                                + " --all-input-topics --to-earliest --delete-all-internal-topics --execute");
    }

    @Override
    public int run(Arguments arguments, Terminal terminal) {
        StreamsGroupRules.check(arguments);
        if (ACTIONS.stream().filter(arguments::has).count() != 1) {
            throw CommandFailed.usage(
                    "Command must include exactly one action: --list, --describe, --delete, --reset-offsets, or --delete-offsets.");
        }
        try (var connection = arguments.connect()) {
            return run(arguments, connection, terminal);
        }
    }

    private static int run(Arguments arguments, Connection connection, Terminal terminal) {
        var groups = new Groups(connection.admin());
        if (arguments.has("list")) {
            return list(arguments, groups, terminal);
        }
        var ids = ids(arguments, groups);
        if (arguments.has("describe")) {
            return describe(arguments, ids, connection, terminal);
        }
        if (arguments.has("delete")) {
            return new DeleteStreamsGroups(connection, terminal)
                    .run(ids, arguments.has("delete-all-internal-topics"));
        }
        var offsets = new StreamsGroupOffsets(connection, arguments, terminal);
        return arguments.has("delete-offsets") ? offsets.delete() : offsets.reset(ids);
    }

    private static List<String> ids(Arguments arguments, Groups groups) {
        return arguments.has("all-groups")
                ? groups.list(ListGroupsOptions.forStreamsGroups()).stream()
                        .map(GroupListing::groupId)
                        .toList()
                : arguments.values("group");
    }

    private static int list(Arguments arguments, Groups groups, Terminal terminal) {
        var valid = GroupState.groupStatesForType(GroupType.STREAMS);
        var states = GroupNames.states(arguments.value("state"), valid);
        var found = groups.list(ListGroupsOptions.forStreamsGroups().inGroupStates(states));
        if (!arguments.has("state")) {
            found.forEach(group -> terminal.line(group.groupId()));
            return 0;
        }
        var table = new TextTable().column("GROUP", 15).column("STATE", 0);
        for (GroupListing group : found) {
            var state = group.groupState().orElse(GroupState.UNKNOWN);
            table.row(List.of(group.groupId(), state.toString()));
        }
        table.print(terminal);
        return 0;
    }

    private static int describe(
            Arguments arguments, List<String> ids, Connection connection, Terminal terminal) {
        var groups = new StreamsGroups(connection.admin());
        var tables = new StreamsGroupTables(groups, arguments.has("verbose"), terminal);
        for (String id : ids) {
            var group = groups.describe(id);
            if (arguments.has("members")) {
                tables.members(group);
            } else if (arguments.has("state")) {
                tables.state(group);
            } else {
                tables.offsets(group);
            }
        }
        return 0;
    }

    @Override
    public void failed(Throwable failure, String address, Terminal terminal) {
        boolean ofGroup = failure instanceof GroupIdNotFoundException;
        terminal.line(
                "\nError: Executing streams group command failed due to "
                        + (ofGroup ? failure : failure.getMessage()));
        terminal.out().flush();
        String advice = Explanation.advice(failure, address);
        if (advice != null) {
            terminal.err().println(advice);
        }
    }
}
