package dev.millrace.cli.tools;

import dev.millrace.cli.Terminal;
import dev.millrace.cli.cluster.StreamsGroups;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.admin.StreamsGroupDescription;
import org.apache.kafka.clients.admin.StreamsGroupMemberAssignment;
import org.apache.kafka.clients.admin.StreamsGroupMemberAssignment.TaskIds;
import org.apache.kafka.clients.admin.StreamsGroupMemberDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.GroupState;

/// The tables of `kafka-streams-groups --describe`.
///
/// @param groups asks the cluster
/// @param verbose adds epochs, offsets and target tasks
record StreamsGroupTables(StreamsGroups groups, boolean verbose, Terminal terminal) {
    /// Positions and lag, a row for each partition that a task reads. Without members there is nothing to show.
    void offsets(StreamsGroupDescription group) {
        if (group.members().isEmpty()) {
            return;
        }
        tellState(group);
        var table = new TextTable().column("GROUP", 15).column("TOPIC", 15).column("PARTITION", 10);
        if (verbose) {
            table.column("CURRENT-OFFSET", 15).column("LEADER-EPOCH", 15);
            table.column("LOG-END-OFFSET", 15);
        }
        table.column("OFFSET-LAG", verbose ? 15 : 0);
        groups.positions(group)
                .forEach((partition, position) -> {
                    var row = new ArrayList<>(List.of(group.groupId(), partition.topic()));
                    row.add(String.valueOf(partition.partition()));
                    if (verbose) {
                        row.add(
                                position.committed()
                                        .map(at -> String.valueOf(at.offset()))
                                        .orElse("-"));
                        row.add(
                                position.committed()
                                        .flatMap(OffsetAndMetadata::leaderEpoch)
                                        .map(String::valueOf)
                                        .orElse("-"));
                        row.add(String.valueOf(position.logEnd()));
                    }
                    row.add(String.valueOf(position.lag()));
                    table.row(row);
                });
        table.print(terminal);
    }

    /// The members, a row for each with its tasks.
    void members(StreamsGroupDescription group) {
        if (group.members().isEmpty()) {
            return;
        }
        tellState(group);
        var table = new TextTable().column("GROUP", 15);
        if (verbose) {
            // In Kafka's table no space stands between this column and the next.
            table.column("TARGET-ASSIGNMENT-EPOCH", 25).column("TOPOLOGY-EPOCH", 14);
        }
        table.column("MEMBER", 15);
        if (verbose) {
            table.column("MEMBER-PROTOCOL", 15).column("MEMBER-EPOCH", 15);
        }
        table.column("PROCESS", 15).column("CLIENT-ID", 15).column("ASSIGNMENTS", 0);
        group.members().forEach(member -> table.row(row(group, member)));
        table.print(terminal);
    }

    private List<String> row(StreamsGroupDescription group, StreamsGroupMemberDescription member) {
        var row = new ArrayList<>(List.of(group.groupId()));
        if (verbose) {
            row.add(String.valueOf(group.targetAssignmentEpoch()));
            row.add(String.valueOf(group.topologyEpoch()));
        }
        row.add(member.memberId());
        if (verbose) {
            row.add(member.isClassic() ? "classic" : "streams");
            row.add(String.valueOf(member.memberEpoch()));
        }
        row.addAll(List.of(member.processId(), member.clientId()));
        String tasks = tasks(member.assignment(), "");
        row.add(verbose ? tasks + tasks(member.targetAssignment(), "TARGET-") : tasks);
        return row;
    }

    /// `ACTIVE: 0:[0,1]; 1:[0]; STANDBY: ...`, what there is of it; each entry ends with a space.
    static String tasks(StreamsGroupMemberAssignment assignment, String prefix) {
        return tasks(prefix + "ACTIVE", assignment.activeTasks())
                + tasks(prefix + "STANDBY", assignment.standbyTasks())
                + tasks(prefix + "WARMUP", assignment.warmupTasks());
    }

    private static String tasks(String kind, List<TaskIds> tasks) {
        if (tasks.isEmpty()) {
            return "";
        }
        var text = new StringBuilder(kind).append(": ");
        for (TaskIds each : tasks) {
            var partitions = each.partitions().stream().map(String::valueOf).toList();
            text.append(each.subtopologyId()).append(":[");
            text.append(String.join(",", partitions)).append("]; ");
        }
        return text.toString();
    }

    /// One row about the group.
    void state(StreamsGroupDescription group) {
        tellState(group);
        var table = new TextTable().column("GROUP", 15).column("COORDINATOR (ID)", 25);
        table.column("STATE", 25);
        if (verbose) {
            table.column("GROUP-EPOCH", 15).column("TARGET-ASSIGNMENT-EPOCH", 25);
        }
        table.column("#MEMBERS", 0);
        var at = group.coordinator();
        var row = new ArrayList<>(List.of(group.groupId()));
        row.add(at.host() + ":" + at.port() + " (" + at.idString() + ")");
        row.add(group.groupState().toString());
        if (verbose) {
            row.add(String.valueOf(group.groupEpoch()));
            row.add(String.valueOf(group.targetAssignmentEpoch()));
        }
        row.add(String.valueOf(group.members().size()));
        table.row(row);
        table.print(terminal);
    }

    private void tellState(StreamsGroupDescription group) {
        String what = "\nError: Streams group '" + group.groupId() + "' ";
        if (group.groupState() == GroupState.DEAD) {
            terminal.line(what + "does not exist.");
        } else if (group.groupState() == GroupState.EMPTY) {
            terminal.line(what + "has no active members.");
        }
    }
}
