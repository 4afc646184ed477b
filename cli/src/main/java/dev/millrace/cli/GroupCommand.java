package dev.millrace.cli;

import dev.millrace.cli.cluster.Groups;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.MemberDescription;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.core.JsonGenerator;

/// `millrace group list | describe`.
@Command(
        name = "group",
        description = "List and describe consumer groups.",
        footer = {
            "",
            "Examples:",
            "  millrace group list",
            "  millrace group describe billing",
            "  millrace group describe billing --output json"
        })
final class GroupCommand {
    private final Terminal terminal;

    GroupCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Command(
            name = "list",
            description = "Print the consumer groups with their types and states.",
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
            var groups = new Groups(connection.admin()).list(Set.of(), Set.of());
            if (output == OutputForm.json) {
                Json.print(
                        terminal,
                        json -> {
                            json.writeStartArray();
                            groups.forEach(group ->
                                    json.writeStartObject()
                                            .writeStringProperty("group", group.groupId())
                                            .writeStringProperty(
                                                    "type", text(group.type().orElse(null)))
                                            .writeStringProperty(
                                                    "state", text(group.groupState().orElse(null)))
                                            .writeEndObject());
                            json.writeEndArray();
                        });
            } else {
                groups.forEach(group ->
                        terminal.line(
                                String.format(
                                        "%-40s %-10s %s",
                                        group.groupId(),
                                        text(group.type().orElse(null)),
                                        text(group.groupState().orElse(null)))));
            }
        }
        return 0;
    }

    private static String text(@Nullable Object value) {
        return value == null ? "unknown" : value.toString().toLowerCase(Locale.ROOT);
    }

    @Command(
            name = "describe",
            description = "Show a group's members, positions and lag.",
            footer = {"", "Examples:", "  millrace group describe billing"})
    int describe(
            @Parameters(paramLabel = "GROUP", arity = "1..*", description = "The groups.")
                    List<String> ids,
            @Option(
                            names = "--output",
                            paramLabel = "FORM",
                            defaultValue = "text",
                            description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
                    OutputForm output,
            @Mixin ClusterOptions cluster) {
        try (var connection = cluster.connect()) {
            var groups = new Groups(connection.admin());
            var descriptions = groups.describe(ids);
            if (output == OutputForm.json) {
                Json.print(
                        terminal,
                        json -> {
                            json.writeStartArray();
                            descriptions.forEach(
                                    group -> write(group, groups.positions(group), json));
                            json.writeEndArray();
                        });
            } else {
                descriptions.forEach(group -> print(group, groups.positions(group)));
            }
        }
        return 0;
    }

    private void print(ConsumerGroupDescription group, List<Groups.Position> positions) {
        int members = group.members().size();
        terminal.line(
                group.groupId()
                        + ": "
                        + text(group.groupState())
                        + ", "
                        + members
                        + (members == 1 ? " member" : " members")
                        + ", coordinator "
                        + group.coordinator().idString());
        terminal.line(
                String.format(
                        "  %-32s %-9s %-12s %-12s %-12s %s",
                        "TOPIC", "PARTITION", "COMMITTED", "END", "LAG", "MEMBER"));
        for (Groups.Position position : positions) {
            terminal.line(
                    String.format(
                            "  %-32s %-9d %-12s %-12s %-12s %s",
                            position.partition().topic(),
                            position.partition().partition(),
                            position.committed().map(String::valueOf).orElse("-"),
                            position.logEnd().map(String::valueOf).orElse("-"),
                            position.lag().map(String::valueOf).orElse("-"),
                            position.member().map(MemberDescription::consumerId).orElse("-")));
        }
    }

    private static void write(
            ConsumerGroupDescription group, List<Groups.Position> positions, JsonGenerator json) {
        json.writeStartObject();
        json.writeStringProperty("group", group.groupId());
        json.writeStringProperty("type", text(group.type()));
        json.writeStringProperty("state", text(group.groupState()));
        json.writeNumberProperty("coordinator", group.coordinator().id());
        json.writeArrayPropertyStart("members");
        group.members()
                .forEach(member ->
                        json.writeStartObject()
                                .writeStringProperty("id", member.consumerId())
                                .writeStringProperty("clientId", member.clientId())
                                .writeStringProperty("host", member.host())
                                .writeEndObject());
        json.writeEndArray();
        json.writeArrayPropertyStart("positions");
        for (Groups.Position position : positions) {
            json.writeStartObject();
            json.writeStringProperty("topic", position.partition().topic());
            json.writeNumberProperty("partition", position.partition().partition());
            position.committed().ifPresent(offset -> json.writeNumberProperty("committed", offset));
            position.logEnd().ifPresent(offset -> json.writeNumberProperty("end", offset));
            position.lag().ifPresent(lag -> json.writeNumberProperty("lag", lag));
            position.member()
                    .ifPresent(member -> json.writeStringProperty("member", member.consumerId()));
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }
}
