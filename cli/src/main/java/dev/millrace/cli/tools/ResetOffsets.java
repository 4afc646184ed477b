package dev.millrace.cli.tools;

import dev.millrace.cli.Terminal;
import dev.millrace.cli.cluster.CommandFailed;
import dev.millrace.cli.cluster.Connection;
import dev.millrace.cli.cluster.Groups;
import dev.millrace.cli.cluster.OffsetCsv;
import dev.millrace.cli.cluster.OffsetReset;
import dev.millrace.cli.cluster.Offsets;
import dev.millrace.cli.cluster.PartitionList;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

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
            String busy = busy(groups.find(id).orElse(null));
            if (busy == null) {
                plans.put(id, plan(id, ids));
            } else {
                terminal.line(
                        "\nError: Assignments can only be reset if the group '"
                                + id
                                + "' is inactive, but the current state is "
                                + busy
                                + ".");
                plans.put(id, Map.of());
                exitCode = CommandFailed.FAILED;
            }
        }
        if (arguments.has("execute")) {
            plans.forEach(this::commit);
        }
        if (arguments.has("export")) {
            export(plans);
        } else {
            print(plans);
        }
        return exitCode;
    }

    /// The state of a group that has members, or null when its offsets may be moved.
    private static @Nullable String busy(@Nullable ConsumerGroupDescription group) {
        if (group == null) {
            return null;
        }
        return switch (group.groupState()) {
            case EMPTY, DEAD -> null;
            default -> group.groupState().toString();
        };
    }

    private Map<TopicPartition, Long> plan(String group, List<String> ids) {
        var committed = groups.committed(group);
        var reset =
                new OffsetReset(new Offsets(connection.admin()), committed, new Warnings(terminal));
        var target = target(group, ids);
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
        return partitions;
    }

    private OffsetReset.Target target(String group, List<String> ids) {
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
        return new OffsetReset.ToGiven(fromFile(group, ids));
    }

    private Map<TopicPartition, Long> fromFile(String group, List<String> ids) {
        String file = arguments.required("from-file");
        try {
            var offsets = OffsetCsv.parse(Files.readAllLines(Path.of(file)), ids.getFirst());
            return offsets.getOrDefault(group, Map.of());
        } catch (NoSuchFileException missing) {
            throw CommandFailed.because("no such file: " + file);
        } catch (IOException unreadable) {
            throw CommandFailed.because("cannot read " + file + ": " + unreadable.getMessage());
        }
    }

    private void commit(String group, Map<TopicPartition, Long> plan) {
        var offsets = new HashMap<TopicPartition, OffsetAndMetadata>();
        plan.forEach((partition, offset) -> offsets.put(partition, new OffsetAndMetadata(offset)));
        if (!offsets.isEmpty()) {
            Connection.await(connection.admin().alterConsumerGroupOffsets(group, offsets).all());
        }
    }

    private void export(Map<String, Map<TopicPartition, Long>> plans) {
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

    private void print(Map<String, Map<TopicPartition, Long>> plans) {
        var table =
                new TextTable()
                        .column("GROUP", 15)
                        .column("TOPIC", 15)
                        .column("PARTITION", 10)
                        .column("NEW-OFFSET", 0);
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

    private record Warnings(Terminal terminal) implements OffsetReset.Warnings {
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
}
