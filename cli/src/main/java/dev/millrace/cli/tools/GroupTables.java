package dev.millrace.cli.tools;

import dev.millrace.cli.Terminal;
import dev.millrace.cli.cluster.Groups;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.MemberAssignment;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.TopicPartition;

/// The tables of `kafka-consumer-groups --describe`.
///
/// @param groups asks the cluster
/// @param verbose adds epochs and assignments
record GroupTables(Groups groups, boolean verbose, Terminal terminal) {
    private static final String NONE = "-";

    /// Positions and lag, a row for each partition.
    void offsets(ConsumerGroupDescription group) {
        var positions = groups.positions(group);
        if (!tellState(group) || positions.isEmpty()) {
            return;
        }
        var table = new TextTable().column("GROUP", 15).column("TOPIC", 15).column("PARTITION", 10);
        if (verbose) {
            table.column("LEADER-EPOCH", 15);
        }
        table.column("CURRENT-OFFSET", 15).column("LOG-END-OFFSET", 15).column("LAG", 15);
        table.column("CONSUMER-ID", 15).column("HOST", 15).column("CLIENT-ID", 0);
        for (Groups.Position position : positions) {
            var row =
                    new ArrayList<>(
                            List.of(
                                    position.group(),
                                    position.partition().topic(),
                                    String.valueOf(position.partition().partition())));
            if (verbose) {
                row.add(orNone(position.leaderEpoch()));
            }
            row.addAll(
                    List.of(
                            orNone(position.committed()),
                            orNone(position.logEnd()),
                            orNone(position.lag())));
            row.addAll(
                    List.of(
                            orNone(position.member().map(MemberDescription::consumerId)),
                            orNone(position.member().map(MemberDescription::host)),
                            orNone(position.member().map(MemberDescription::clientId))));
            table.row(row);
        }
        print(table);
    }

    /// The members, a row for each.
    void members(ConsumerGroupDescription group) {
        if (!tellState(group)) {
            return;
        }
        boolean instances =
                group.members().stream().anyMatch(member -> member.groupInstanceId().isPresent());
        var table = new TextTable().column("GROUP", 15).column("CONSUMER-ID", 15);
        if (instances) {
            table.column("GROUP-INSTANCE-ID", 17);
        }
        table.column("HOST", 15).column("CLIENT-ID", 15).column("#PARTITIONS", verbose ? 15 : 16);
        boolean migrating = migrating(group);
        if (verbose) {
            table.column("CURRENT-EPOCH", 15).column("CURRENT-ASSIGNMENT", 20);
            table.column("TARGET-EPOCH", 15).column("TARGET-ASSIGNMENT", 20);
        }
        if (verbose && migrating) {
            table.column("UPGRADED", 0);
        }
        for (MemberDescription member : group.members()) {
            var row = memberRow(group, member, instances);
            if (verbose && migrating) {
                row.add(orNone(member.upgraded()));
            }
            table.row(row);
        }
        print(table);
    }

    /// Members of both protocols are in the group: an online upgrade or downgrade is under way (KIP-848).
    private static boolean migrating(ConsumerGroupDescription group) {
        var upgraded = new HashSet<Boolean>();
        group.members().forEach(member -> member.upgraded().ifPresent(upgraded::add));
        return upgraded.size() == 2;
    }

    private List<String> memberRow(
            ConsumerGroupDescription group, MemberDescription member, boolean instances) {
        var row = new ArrayList<>(List.of(group.groupId(), member.consumerId()));
        if (instances) {
            row.add(member.groupInstanceId().orElse(""));
        }
        row.addAll(
                List.of(
                        member.host(),
                        member.clientId(),
                        String.valueOf(member.assignment().topicPartitions().size())));
        if (verbose) {
            row.add(orNone(member.memberEpoch()));
            row.add(assignment(member.assignment().topicPartitions()));
            row.add(orNone(group.targetAssignmentEpoch()));
            row.add(
                    member.targetAssignment()
                            .map(MemberAssignment::topicPartitions)
                            .map(GroupTables::assignment)
                            .orElse(NONE));
        }
        return row;
    }

    /// `topic:0,1;other:2`, or a dash for nothing.
    static String assignment(Collection<TopicPartition> partitions) {
        var byTopic = new TreeMap<String, List<Integer>>();
        partitions.forEach(partition ->
                byTopic.computeIfAbsent(partition.topic(), _ -> new ArrayList<>())
                        .add(partition.partition()));
        var parts = new ArrayList<String>();
        byTopic.forEach((topic, numbers) ->
                parts.add(
                        topic
                                + ":"
                                + String.join(
                                        ",",
                                        numbers.stream().sorted().map(String::valueOf).toList())));
        return parts.isEmpty() ? NONE : String.join(";", parts);
    }

    /// One row about the group.
    void state(ConsumerGroupDescription group) {
        tellState(group);
        var table = new TextTable().column("GROUP", 15).column("COORDINATOR (ID)", 25);
        table.column("ASSIGNMENT-STRATEGY", 20).column("STATE", 20);
        if (verbose) {
            table.column("GROUP-EPOCH", 15).column("TARGET-ASSIGNMENT-EPOCH", 25);
        }
        table.column("#MEMBERS", 0);
        var coordinator = group.coordinator();
        var row =
                new ArrayList<>(
                        List.of(
                                group.groupId(),
                                coordinator.host()
                                        + ":"
                                        + coordinator.port()
                                        + "  ("
                                        + coordinator.idString()
                                        + ")",
                                group.partitionAssignor().isEmpty()
                                        ? NONE
                                        : group.partitionAssignor(),
                                group.groupState().toString()));
        if (verbose) {
            row.add(orNone(group.groupEpoch()));
            row.add(orNone(group.targetAssignmentEpoch()));
        }
        row.add(String.valueOf(group.members().size()));
        table.row(row);
        print(table);
    }

    /// Says what is unusual about the group's state, on standard error.
    ///
    /// @return false when there is nothing to show
    private boolean tellState(ConsumerGroupDescription group) {
        String what = "\nConsumer group '" + group.groupId() + "' ";
        switch (group.groupState()) {
            case EMPTY -> terminal.err().println(what + "has no active members.");
            case DEAD -> {
                terminal.line("\nError: Consumer group '" + group.groupId() + "' does not exist.");
                return false;
            }
            case STABLE, UNKNOWN -> {}
            default ->
                    terminal.err()
                            .println(
                                    "\nWarning: Consumer group '"
                                            + group.groupId()
                                            + "' is rebalancing.");
        }
        return group.groupState() != GroupState.DEAD;
    }

    private void print(TextTable table) {
        terminal.line("");
        table.print(terminal);
    }

    private static String orNone(Optional<?> value) {
        return value.map(String::valueOf).orElse(NONE);
    }
}
