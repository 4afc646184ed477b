package dev.millrace.cli.tools;

import dev.millrace.cli.Terminal;
import dev.millrace.cli.cluster.CommandFailed;
import dev.millrace.cli.cluster.Explanation;
import dev.millrace.cli.cluster.Groups;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.ListGroupsOptions;
import org.apache.kafka.common.GroupType;
import org.jspecify.annotations.Nullable;

/// `kafka-groups`: every group of the cluster, whatever its kind.
final class KafkaGroups implements Tool {
    private static final int MINIMUM_WIDTH = 20;

    @Override
    public OptionTable options() {
        return new OptionTable("kafka-groups", "list the groups of all kinds.")
                .flag("list", "List the groups, with their types and protocols.")
                .value(
                        "group-type",
                        "type",
                        "Only groups of this type: classic, consumer, share, streams.")
                .value("protocol", "protocol", "Only groups of this protocol type.")
                .flag(
                        "consumer",
                        "Only groups of consumers: type consumer, and type classic with protocol consumer or none.")
                .flag("share", "Only share groups.")
                .flag("streams", "Only streams groups.")
                .example("kafka-groups --bootstrap-server localhost:9092 --list")
                .example("kafka-groups --bootstrap-server localhost:9092 --list --streams");
    }

    @Override
    public int run(Arguments arguments, Terminal terminal) {
        if (!arguments.has("list")) {
            throw CommandFailed.usage("Command must include exactly one action: --list.");
        }
        arguments.refuse("consumer", "group-type", "protocol", "share", "streams");
        arguments.refuse("share", "consumer", "group-type", "protocol", "streams");
        arguments.refuse("streams", "consumer", "group-type", "protocol", "share");
        var filter = filter(arguments);
        try (var connection = arguments.connect()) {
            var groups = new Groups(connection.admin()).list(new ListGroupsOptions());
            print(groups.stream().filter(filter).toList(), terminal);
        }
        return 0;
    }

    private static Predicate<GroupListing> filter(Arguments arguments) {
        if (arguments.has("share")) {
            return ofType(GroupType.SHARE);
        }
        if (arguments.has("streams")) {
            return ofType(GroupType.STREAMS);
        }
        if (arguments.has("consumer")) {
            return ofType(GroupType.CONSUMER)
                    .or(group -> List.of("consumer", "").contains(group.protocol()));
        }
        var type = type(arguments.value("group-type"));
        String protocol = arguments.value("protocol");
        return group ->
                type.map(ofType -> group.type().equals(type)).orElse(true)
                        && (protocol == null || protocol.equals(group.protocol()));
    }

    private static Predicate<GroupListing> ofType(GroupType type) {
        return group -> group.type().equals(Optional.of(type));
    }

    private static Optional<GroupType> type(@Nullable String name) {
        if (name == null) {
            return Optional.empty();
        }
        var type = GroupType.parse(name);
        if (type == GroupType.UNKNOWN) {
            throw CommandFailed.usage("--group-type must be a valid group type.");
        }
        return Optional.of(type);
    }

    /// All three columns are as wide as the widest cell of any.
    private static void print(List<GroupListing> groups, Terminal terminal) {
        var rows =
                groups.stream()
                        .map(group ->
                                List.of(
                                        group.groupId(),
                                        group.type().map(GroupType::toString).orElse(""),
                                        group.protocol()))
                        .toList();
        int width =
                rows.stream()
                        .flatMap(List::stream)
                        .mapToInt(String::length)
                        .reduce(MINIMUM_WIDTH, Math::max);
        String cell = "%-" + width + "s";
        terminal.line(String.format(cell + " " + cell + " " + cell, "GROUP", "TYPE", "PROTOCOL"));
        // Kafka's rows end with one space more than its header.
        String line = (cell + " ").repeat(3);
        rows.forEach(row -> terminal.line(String.format(line, row.toArray())));
    }

    @Override
    public void failed(Throwable failure, String address, Terminal terminal) {
        terminal.line("Error while executing groups command : " + Explanation.what(failure));
        terminal.out().flush();
        String advice = Explanation.advice(failure, address);
        if (advice != null) {
            terminal.err().println(advice);
        }
    }
}
