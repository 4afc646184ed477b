package dev.millrace.cli.tools;

import dev.millrace.cli.Terminal;
import dev.millrace.cli.cluster.CommandFailed;
import dev.millrace.cli.cluster.Connection;
import dev.millrace.cli.cluster.Groups;
import dev.millrace.cli.cluster.OffsetReset;
import dev.millrace.cli.cluster.Offsets;
import dev.millrace.cli.cluster.PartitionList;
import dev.millrace.cli.cluster.StreamsGroups;
import dev.millrace.cli.cluster.Topics;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.StreamsGroupDescription;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/// `kafka-streams-groups --reset-offsets` and `--delete-offsets`: the input topics' offsets of an application that stands
/// still, and the topics that it made, which would contradict them.
final class StreamsGroupOffsets {
    private final Connection connection;
    private final Arguments arguments;
    private final Terminal terminal;
    private final Groups groups;
    private final StreamsGroups streams;

    StreamsGroupOffsets(Connection connection, Arguments arguments, Terminal terminal) {
        this.connection = connection;
        this.arguments = arguments;
        this.terminal = terminal;
        this.groups = new Groups(connection.admin());
        this.streams = new StreamsGroups(connection.admin());
    }

    int delete() {
        String group = arguments.required("group");
        var topics = arguments.values("input-topic").stream().map(PartitionList::parse).toList();
        var deletion =
                arguments.has("all-input-topics")
                        ? groups.deleteOffsets(
                                group,
                                streams.inputOffsets(group).keySet(),
                                new TreeMap<>(Groups.BY_TOPIC))
                        : groups.deleteOffsets(group, topics);
        return DeletedOffsets.print(group, deletion, terminal);
    }

    int reset(List<String> ids) {
        var plans = new LinkedHashMap<String, Map<TopicPartition, Long>>();
        int exitCode = 0;
        for (String id : ids) {
            var state = streams.find(id).map(StreamsGroupDescription::groupState);
            if (!ResetOffsets.mayReset(id, state, terminal)) {
                plans.put(id, Map.of());
                exitCode = CommandFailed.FAILED;
                continue;
            }
            var plan = plan(id, ids);
            plans.put(id, plan);
            if (arguments.has("execute")) {
                groups.commit(id, plan);
                exitCode |= deleteTopics(id);
            }
        }
        show(plans);
        return exitCode;
    }

    private Map<TopicPartition, Long> plan(String group, List<String> ids) {
        var warnings = new ResetTargets.Warnings(terminal);
        var offsets = new Offsets(connection.admin());
        var reset = new OffsetReset(offsets, groups.committed(group), warnings);
        var target = ResetTargets.of(arguments, group, ids, terminal);
        var partitions =
                target instanceof OffsetReset.ToGiven(var given)
                        ? given.keySet()
                        : partitions(group);
        return reset.plan(target, partitions);
    }

    private Collection<TopicPartition> partitions(String group) {
        if (arguments.has("all-input-topics")) {
            return streams.inputOffsets(group).keySet();
        }
        var partitions = new ArrayList<TopicPartition>();
        for (String topic : arguments.values("input-topic")) {
            partitions.addAll(PartitionList.parse(topic).resolve(connection.admin()));
        }
        PartitionList.requireExisting(partitions, connection.admin());
        if (groups.committed(group).keySet().containsAll(partitions)) {
            return partitions;
        }
        terminal.line("\nError: One or more topics are not part of the group '" + group + "'.");
        return List.of();
    }

    private int deleteTopics(String group) {
        var topics =
                arguments.has("delete-all-internal-topics")
                        ? DeleteStreamsGroups.internalTopics(group, connection, terminal)
                        : Set.copyOf(arguments.values("delete-internal-topic"));
        if (topics.isEmpty()) {
            return 0;
        }
        try {
            new Topics(connection.admin()).delete(topics);
            return 0;
        } catch (UnknownTopicOrPartitionException gone) {
            terminal.line(
                    "\nError: Deleting internal topics for group '"
                            + group
                            + "' failed because the topics do not exist.");
            return CommandFailed.FAILED;
        }
    }

    private void show(Map<String, Map<TopicPartition, Long>> plans) {
        if (arguments.has("export")) {
            ResetTargets.export(plans, terminal);
            return;
        }
        var table = new TextTable().column("GROUP", 30).column("TOPIC", 30);
        table.column("PARTITION", 10).column("NEW-OFFSET", 15);
        ResetTargets.print(plans, table, terminal);
    }
}
