package dev.millrace.cli;

import dev.millrace.cli.cluster.CommandFailed;
import dev.millrace.cli.cluster.GroupOffsets;
import dev.millrace.cli.cluster.GroupView;
import dev.millrace.cli.cluster.GroupViews;
import dev.millrace.cli.cluster.OffsetReset;
import dev.millrace.cli.cluster.Offsets;
import dev.millrace.cli.cluster.PartitionList;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.TopicPartition;
import tools.jackson.core.JsonGenerator;

/// `millrace group reset`: a plan, shown; done when asked.
///
/// A group with members keeps its offsets: the members would commit theirs over ours.
///
/// @param topics as `orders` or `orders:0,2`; empty for every partition that the group has an offset for
record GroupReset(Admin admin, String group, List<String> topics, Terminal terminal) {
    void run(OffsetReset.Target target, boolean execute, OutputForm output) {
        var view = new GroupViews(admin).find(group);
        view.filter(found -> !found.idle()).ifPresent(GroupReset::refuse);
        var offsets = new GroupOffsets(admin, group, view.map(GroupView::type));
        var now = offsets.committed();
        var reset = new OffsetReset(new Offsets(admin), offsets.asMetadata(), new Warnings());
        var plan = reset.plan(target, partitions(target, offsets));
        if (view.isEmpty()) {
            terminal.err().println("there is no group " + group + " yet: this makes it");
        }
        if (execute) {
            offsets.commit(plan);
        }
        if (output == OutputForm.json) {
            Json.print(terminal, json -> write(plan, now, execute, json));
        } else {
            print(plan, now, execute);
        }
    }

    static void refuse(GroupView group) {
        var members =
                group.members().stream()
                        .map(m -> m.clientId() + " at " + m.host().replaceFirst("^/", ""));
        throw CommandFailed.because(
                group.id()
                        + " is in use by "
                        + String.join(", ", members.distinct().limit(5).toList())
                        + (group.members().size() > 5 ? " and others" : "")
                        + ": stop its members first");
    }

    private Collection<TopicPartition> partitions(OffsetReset.Target target, GroupOffsets offsets) {
        if (target instanceof OffsetReset.ToGiven(var given)) {
            PartitionList.requireExisting(given.keySet(), admin);
            return given.keySet();
        }
        var partitions = new ArrayList<TopicPartition>();
        topics.forEach(topic -> partitions.addAll(PartitionList.parse(topic).resolve(admin)));
        if (!partitions.isEmpty()) {
            PartitionList.requireExisting(partitions, admin);
            return partitions;
        }
        var input = offsets.input();
        if (input.isEmpty()) {
            throw CommandFailed.because(
                    group + " has committed nothing: say which topics, with --topic");
        }
        return input;
    }

    private void print(
            Map<TopicPartition, Long> plan, Map<TopicPartition, Long> now, boolean done) {
        var table = new Table().left("TOPIC").right("PARTITION").right("NOW").right("NEW");
        table.left("THEN");
        plan.forEach((partition, offset) -> {
            var from = Optional.ofNullable(now.get(partition));
            table.row(
                    List.of(
                            partition.topic(),
                            String.valueOf(partition.partition()),
                            from.map(String::valueOf).orElse("-"),
                            String.valueOf(offset),
                            from.map(at -> change(offset - at)).orElse("")));
        });
        table.lines("").forEach(terminal::line);
        terminal.out().flush();
        if (!done) {
            terminal.err().println("nothing is changed yet: add --execute to do it");
        }
    }

    private static String change(long by) {
        return by == 0 ? "stays" : by > 0 ? by + " skipped" : -by + " again";
    }

    private void write(
            Map<TopicPartition, Long> plan,
            Map<TopicPartition, Long> now,
            boolean done,
            JsonGenerator json) {
        json.writeStartObject();
        json.writeStringProperty("group", group);
        json.writeBooleanProperty("executed", done);
        json.writeArrayPropertyStart("offsets");
        plan.forEach((partition, offset) -> {
            json.writeStartObject();
            json.writeStringProperty("topic", partition.topic());
            json.writeNumberProperty("partition", partition.partition());
            Optional.ofNullable(now.get(partition))
                    .ifPresent(at -> json.writeNumberProperty("now", at));
            json.writeNumberProperty("new", offset);
            json.writeEndObject();
        });
        json.writeEndArray();
        json.writeEndObject();
    }

    private final class Warnings implements OffsetReset.Warnings {
        @Override
        public void moved(String sentence) {
            terminal.err().println(sentence);
        }

        @Override
        public void nothingSince(TopicPartition partition) {
            terminal.err().println(partition + " has no record that young: to its end");
        }
    }
}
