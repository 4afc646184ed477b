package dev.millrace.cli;

import dev.millrace.cli.cluster.CommandFailed;
import dev.millrace.cli.cluster.Connection;
import dev.millrace.cli.cluster.GroupLag;
import dev.millrace.cli.cluster.GroupViews;
import dev.millrace.cli.cluster.OldestRecords;
import dev.millrace.cli.cluster.RebalanceHistory;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.apache.kafka.clients.admin.GroupListing;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `millrace group list | describe | reset | delete | why`: groups of every kind, consumers' of both protocols, Kafka Streams
/// applications', share groups.
@Command(
        name = "group",
        description = "List, describe, reset and delete groups; say why one rebalanced.",
        footer = {
            "",
            "Examples:",
            "  millrace group list",
            "  millrace group describe billing --watch",
            "  millrace group reset billing --topic orders --to-earliest --execute",
            "  millrace group why billing"
        })
final class GroupCommand {
    /// How long a look may wait for the oldest records of all partitions.
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private static final int REBALANCES = 10;

    private final Terminal terminal;

    GroupCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Command(
            name = "list",
            description = "Print the groups of every kind with their types, protocols and states.",
            footer = {
                "",
                "Examples:",
                "  millrace group list",
                "  millrace group list --output json"
            })
    int list(
            @Option(
                            names = "--output",
                            paramLabel = "FORM",
                            defaultValue = "text",
                            description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
                    OutputForm output,
            @Mixin ClusterOptions cluster) {
        try (var connection = cluster.connect()) {
            var groups = new GroupViews(connection.admin()).list();
            if (output == OutputForm.json) {
                printJson(groups);
            } else if (!groups.isEmpty()) {
                print(groups);
            }
        }
        return 0;
    }

    private void print(List<GroupListing> groups) {
        var table = new Table().left("GROUP").left("TYPE").left("PROTOCOL").left("STATE");
        groups.forEach(group ->
                table.row(
                        List.of(
                                group.groupId(),
                                text(group.type().orElse(null)),
                                group.protocol(),
                                text(group.groupState().orElse(null)))));
        table.lines("").forEach(terminal::line);
    }

    private void printJson(List<GroupListing> groups) {
        Json.print(
                terminal,
                json -> {
                    json.writeStartArray();
                    groups.forEach(group ->
                            json.writeStartObject()
                                    .writeStringProperty("group", group.groupId())
                                    .writeStringProperty("type", text(group.type().orElse(null)))
                                    .writeStringProperty("protocol", group.protocol())
                                    .writeStringProperty(
                                            "state", text(group.groupState().orElse(null)))
                                    .writeEndObject());
                    json.writeEndArray();
                });
    }

    private static String text(@Nullable Object value) {
        return value == null ? "unknown" : GroupReport.text(value);
    }

    @Command(
            name = "describe",
            description =
                    "Show who is in a group, where it is in each partition, and how far behind: in records, and in the time that the"
                            + " oldest unread record has been waiting.",
            footer = {
                "",
                "END is the last stable offset: open and aborted transactions do not count.",
                "\"retention overtook\": records were deleted before the group read them.",
                "READ/S, WRITTEN/S and DRAINED IN come with --watch, from its second look on.",
                "",
                "Examples:",
                "  millrace group describe billing",
                "  millrace group describe billing --watch --every 5",
                "  millrace group describe billing --output json"
            })
    int describe(
            @Parameters(paramLabel = "GROUP", arity = "1..*", description = "The groups.")
                    List<String> ids,
            @Option(
                            names = {"-w", "--watch"},
                            description = "Look again and again, until stopped.")
                    boolean watch,
            @Option(
                            names = "--every",
                            paramLabel = "SECONDS",
                            defaultValue = "2",
                            description = "With --watch: how often (default: ${DEFAULT-VALUE}).")
                    double everySeconds,
            @Option(
                            names = {"-n", "--count"},
                            paramLabel = "COUNT",
                            defaultValue = "0",
                            description = "With --watch: stop after so many looks.")
                    long count,
            @Option(
                            names = "--output",
                            paramLabel = "FORM",
                            defaultValue = "text",
                            description =
                                    "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}); json is one line a look.")
                    OutputForm output,
            @Mixin ClusterOptions cluster)
            throws InterruptedException {
        if (everySeconds < 0.1) {
            throw CommandFailed.usage("--every takes a number of seconds, 0.1 or more");
        }
        try (var connection = cluster.connect();
                var oldest = OldestRecords.of(connection, PATIENCE)) {
            var lag = new GroupLag(connection.admin(), oldest, InstantSource.system());
            var groups = new GroupViews(connection.admin());
            var looks = new GroupWatch(groups, lag, terminal, output);
            if (watch) {
                looks.repeatedly(ids, Duration.ofMillis((long) (everySeconds * 1e3)), count);
            } else {
                looks.once(ids);
            }
        }
        return 0;
    }

    @Command(
            name = "reset",
            description =
                    "Move a group that nobody is in to other offsets. Shows what would happen; --execute does it.",
            footer = {
                "",
                "Examples:",
                "  millrace group reset billing --to-earliest",
                "  millrace group reset billing --topic orders:0,2 --shift-by -100 --execute",
                "  millrace group reset billing --topic orders --by-duration PT2H --execute"
            })
    int reset(
            @Parameters(paramLabel = "GROUP", description = "The group.") String group,
            @Option(
                            names = {"-t", "--topic"},
                            paramLabel = "TOPIC[:0,1,...]",
                            description =
                                    "Only this topic, or some of its partitions. May be repeated (default: every partition that the"
                                            + " group has an offset for).")
                    @Nullable List<String> topics,
            @ArgGroup(multiplicity = "1", heading = "Where to, exactly one of:%n")
                    GroupResetTarget target,
            @Option(names = "--execute", description = "Do it.") boolean execute,
            @Option(
                            names = "--output",
                            paramLabel = "FORM",
                            defaultValue = "text",
                            description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
                    OutputForm output,
            @Mixin ClusterOptions cluster) {
        var where = target.target(group, Instant.now());
        try (var connection = cluster.connect()) {
            var named = topics == null ? List.<String>of() : topics;
            new GroupReset(connection.admin(), group, named, terminal).run(where, execute, output);
        }
        return 0;
    }

    @Command(
            name = "delete",
            description = "Delete groups that nobody is in, with their offsets.",
            footer = {"", "Examples:", "  millrace group delete billing"})
    int delete(
            @Parameters(paramLabel = "GROUP", arity = "1..*", description = "The groups.")
                    List<String> ids,
            @Mixin ClusterOptions cluster) {
        try (var connection = cluster.connect()) {
            new GroupDelete(connection.admin(), terminal).run(ids);
        }
        return 0;
    }

    @Command(
            name = "why",
            description =
                    "Say why a group rebalanced: what its coordinator, a Millrace broker, remembers of it.",
            footer = {
                "",
                "Asked over HTTP at the address that the coordinator's millrace.http.listener names.",
                "",
                "Examples:",
                "  millrace group why billing",
                "  millrace group why billing --last 3",
                "  millrace group why billing --output json"
            })
    int why(
            @Parameters(paramLabel = "GROUP", description = "The group.") String group,
            @Option(
                            names = "--last",
                            paramLabel = "COUNT",
                            description = "How many rebalances (default: 10; with json, all).")
                    @Nullable Integer last,
            @Option(
                            names = "--output",
                            paramLabel = "FORM",
                            defaultValue = "text",
                            description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
                    OutputForm output,
            @Mixin ClusterOptions cluster) {
        if (last != null && last < 1) {
            throw CommandFailed.usage("--last takes a number from 1 on");
        }
        try (Connection connection = cluster.connect()) {
            var answer = new RebalanceHistory(connection.admin()).of(group);
            if (output == OutputForm.json) {
                terminal.line(answer.json(last == null ? Integer.MAX_VALUE : last));
            } else {
                GroupWhy.print(
                        group, answer.rebalances(), last == null ? REBALANCES : last, terminal);
            }
        }
        return 0;
    }
}
