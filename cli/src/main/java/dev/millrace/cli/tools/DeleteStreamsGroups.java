package dev.millrace.cli.tools;

import dev.millrace.cli.Terminal;
import dev.millrace.cli.cluster.CommandFailed;
import dev.millrace.cli.cluster.Connection;
import dev.millrace.cli.cluster.Groups;
import dev.millrace.cli.cluster.StreamsGroups;
import dev.millrace.cli.cluster.Topics;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.ListGroupsOptions;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.GroupNotEmptyException;

/// `kafka-streams-groups --delete`: groups that nobody runs, and with them, when asked, the topics that they made.
final class DeleteStreamsGroups {
    private final Connection connection;
    private final Groups groups;
    private final Terminal terminal;

    DeleteStreamsGroups(Connection connection, Terminal terminal) {
        this.connection = connection;
        this.groups = new Groups(connection.admin());
        this.terminal = terminal;
    }

    /// @param withTopics their repartition topics and changelogs too
    int run(List<String> ids, boolean withTopics) {
        var failed = refused(new LinkedHashSet<>(ids));
        var remaining = new LinkedHashSet<>(ids);
        remaining.removeAll(failed.keySet());
        var topics = withTopics ? internalTopics(remaining) : Map.<String, Set<String>>of();
        if (!remaining.isEmpty()) {
            failed.putAll(groups.delete(remaining));
            remaining.removeAll(failed.keySet());
        }
        tell(failed, remaining);
        int left = topics.isEmpty() ? 0 : deleteTopics(remaining, topics);
        return failed.isEmpty() && left == 0 ? 0 : CommandFailed.FAILED;
    }

    /// Why groups cannot be deleted, as far as that is known without trying.
    private Map<String, Throwable> refused(Collection<String> ids) {
        var states = new TreeMap<String, GroupState>();
        for (GroupListing group : groups.list(ListGroupsOptions.forStreamsGroups())) {
            states.put(group.groupId(), group.groupState().orElse(GroupState.UNKNOWN));
        }
        var refused = new TreeMap<String, Throwable>();
        for (String id : ids) {
            var state = states.get(id);
            if (state == null) {
                refused.put(
                        id,
                        new IllegalArgumentException(
                                "Group '" + id + "' does not exist or is not a streams group."));
            } else if (state == GroupState.DEAD) {
                refused.put(
                        id,
                        new IllegalStateException(
                                "Streams group '" + id + "' group state is DEAD."));
            } else if (state != GroupState.EMPTY) {
                refused.put(
                        id, new GroupNotEmptyException("Streams group '" + id + "' is not EMPTY."));
            }
        }
        return refused;
    }

    private Map<String, Set<String>> internalTopics(Collection<String> ids) {
        var topics = new TreeMap<String, Set<String>>();
        for (String id : ids) {
            var internal = internalTopics(id, connection, terminal);
            if (!internal.isEmpty()) {
                topics.put(id, internal);
            }
        }
        return topics;
    }

    /// A group's own topics, but those that are not named so: they may be somebody else's, and that is said.
    static Set<String> internalTopics(String id, Connection connection, Terminal terminal) {
        var group = new StreamsGroups(connection.admin()).describe(id);
        StreamsGroups.internalTopics(group, false)
                .forEach(topic ->
                        terminal.line(
                                "\nError: The internal topic '"
                                        + topic
                                        + "' is not inferred as internal and thus will not be deleted with the group '"
                                        + id
                                        + "'."));
        return StreamsGroups.internalTopics(group, true);
    }

    private void tell(Map<String, Throwable> failed, Collection<String> deleted) {
        String names = "'" + String.join("', '", deleted) + "'";
        if (failed.isEmpty()) {
            terminal.line("Deletion of requested streams groups (" + names + ") was successful.");
            return;
        }
        terminal.line("\nError: Deletion of some streams groups failed:");
        failed.forEach((id, why) ->
                terminal.line("* Group '" + id + "' could not be deleted due to: " + why));
        if (!deleted.isEmpty()) {
            terminal.line("\nThese streams groups were deleted successfully: " + names + ".");
        }
    }

    /// @return how many groups have topics left
    private int deleteTopics(Collection<String> deleted, Map<String, Set<String>> topics) {
        var failed = new TreeMap<String, Throwable>();
        for (String id : deleted) {
            try {
                new Topics(connection.admin()).delete(topics.getOrDefault(id, Set.of()));
            } catch (KafkaException refused) {
                failed.put(id, refused);
            }
        }
        if (failed.isEmpty() && !deleted.isEmpty()) {
            var names = deleted.stream().filter(topics::containsKey).toList();
            terminal.line(
                    "Deletion of associated internal topics of the streams groups ('"
                            + String.join("', '", names)
                            + "') was successful.");
        } else if (!failed.isEmpty()) {
            terminal.line("Deletion of some associated internal topics failed:");
            failed.forEach((id, why) ->
                    terminal.line(
                            "* Internal topics of the streams group '"
                                    + id
                                    + "' could not be deleted due to: "
                                    + why));
        }
        return failed.size();
    }
}
