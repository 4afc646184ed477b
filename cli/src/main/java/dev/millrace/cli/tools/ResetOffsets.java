package dev.millrace.cli.tools;

import dev.millrace.cli.Terminal;
import dev.millrace.cli.cluster.CommandFailed;
import dev.millrace.cli.cluster.Connection;
import dev.millrace.cli.cluster.Groups;
import dev.millrace.cli.cluster.OffsetReset;
import dev.millrace.cli.cluster.Offsets;
import dev.millrace.cli.cluster.PartitionList;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.TopicPartition;

/// `kafka-consumer-groups --reset-offsets`: plan for each group, show the plan, and with `--execute` commit it.
///
/// A group with members keeps its offsets: they would overwrite ours.
final class ResetOffsets {
    private final Connection connection;
    private final Arguments arguments;
    private final Terminal terminal;
    private final Groups groups;

    ResetOffsets(Connection connection, Arguments arguments, Terminal terminal) {
        this.connection = connection;
        this.arguments = arguments;
        this.terminal = terminal;
        this.groups = new Groups(connection.admin());
    }

    int run(List<String> ids) {
        if (!arguments.has("execute") && !arguments.has("dry-run")) {
            terminal.err()
                    .println(
                            "WARN: nothing is changed without --execute; say --dry-run to keep it so without this line.");
        }
        var plans = new LinkedHashMap<String, Map<TopicPartition, Long>>();
        int exitCode = 0;
        for (String id : ids) {
            var state = groups.find(id).map(ConsumerGroupDescription::groupState);
            if (mayReset(id, state, terminal)) {
                plans.put(id, plan(id, ids));
            } else {
                plans.put(id, Map.of());
                exitCode = CommandFailed.FAILED;
            }
        }
        if (arguments.has("execute")) {
            plans.forEach(groups::commit);
        }
        show(plans);
        return exitCode;
    }

    /// Says so when a group has members.
    static boolean mayReset(String group, Optional<GroupState> state, Terminal terminal) {
        var busy = state.filter(each -> each != GroupState.EMPTY && each != GroupState.DEAD);
        busy.ifPresent(each ->
                terminal.line(
                        "\nError: Assignments can only be reset if the group '"
                                + group
                                + "' is inactive, but the current state is "
                                + each
                                + "."));
        return busy.isEmpty();
    }

    private Map<TopicPartition, Long> plan(String group, List<String> ids) {
        var committed = groups.committed(group);
        var warnings = new ResetTargets.Warnings(terminal);
        var reset = new OffsetReset(new Offsets(connection.admin()), committed, warnings);
        var target = ResetTargets.of(arguments, group, ids, terminal);
        var partitions =
                target instanceof OffsetReset.ToGiven(var offsets)
                        ? offsets.keySet()
                        : partitions(committed);
        return reset.plan(target, partitions);
    }

    private Collection<TopicPartition> partitions(
            Map<TopicPartition, OffsetAndMetadata> committed) {
        if (arguments.has("all-topics")) {
            return committed.keySet();
        }
        var partitions = new ArrayList<TopicPartition>();
        for (String topic : arguments.values("topic")) {
            partitions.addAll(PartitionList.parse(topic).resolve(connection.admin()));
        }
        PartitionList.requireExisting(partitions, connection.admin());
        return partitions;
    }

    private void show(Map<String, Map<TopicPartition, Long>> plans) {
        if (arguments.has("export")) {
            ResetTargets.export(plans, terminal);
            return;
        }
        var table =
                new TextTable()
                        .column("GROUP", 15)
                        .column("TOPIC", 15)
                        .column("PARTITION", 10)
                        .column("NEW-OFFSET", 0);
        ResetTargets.print(plans, table, terminal);
    }
}
