package dev.millrace.cli;

import static dev.millrace.cli.cluster.Connection.await;

import dev.millrace.cli.cluster.CommandFailed;
import dev.millrace.cli.cluster.Explanation;
import dev.millrace.cli.cluster.GroupView;
import dev.millrace.cli.cluster.GroupViews;
import dev.millrace.cli.cluster.StreamsGroups;
import java.util.List;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.KafkaException;

/// `millrace group delete`: groups that nobody is in, with their offsets.
record GroupDelete(Admin admin, Terminal terminal) {
    /// Nothing is deleted when one of the groups does not exist or is in use.
    void run(List<String> ids) {
        var groups = new GroupViews(admin).describe(Set.copyOf(ids));
        groups.stream().filter(group -> !group.idle()).forEach(GroupReset::refuse);
        groups.forEach(this::delete);
    }

    private void delete(GroupView group) {
        var left =
                group.type() == GroupType.STREAMS
                        ? StreamsGroups.internalTopics(
                                new StreamsGroups(admin).describe(group.id()), true)
                        : Set.<String>of();
        try {
            if (group.type() == GroupType.SHARE) {
                await(admin.deleteShareGroups(List.of(group.id())).all());
            } else {
                await(admin.deleteConsumerGroups(List.of(group.id())).all());
            }
        } catch (KafkaException refused) {
            throw CommandFailed.because(
                    group.id() + " is not deleted: " + Explanation.what(refused));
        }
        terminal.line("deleted " + group.id());
        if (!left.isEmpty()) {
            terminal.line(
                    "its own topics are still there: `millrace topic delete "
                            + String.join(" ", left)
                            + "` deletes them");
        }
    }
}
