package dev.millrace.cli;

import dev.millrace.cli.cluster.CommandFailed;
import dev.millrace.cli.cluster.Explanation;
import dev.millrace.cli.cluster.TopicFilter;
import dev.millrace.cli.cluster.TopicState;
import dev.millrace.cli.cluster.Topics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.core.JsonGenerator;

/// `millrace topic list | describe | create | grow | delete`.
@Command(
        name = "topic",
        description = "List, describe, create, grow and delete topics.",
        footer = {
            "",
            "Examples:",
            "  millrace topic create orders --partitions 3",
            "  millrace topic list",
            "  millrace topic describe orders --output json",
            "  millrace topic delete orders"
        })
final class TopicCommand {
    private final Terminal terminal;

    TopicCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Command(
            name = "list",
            description = "Print the names of the topics.",
            footer = {
                "",
                "Examples:",
                "  millrace topic list",
                "  millrace topic list 'orders.*' --output json"
            })
    int list(
            @Parameters(
                            paramLabel = "REGEX",
                            arity = "0..1",
                            description = "Only topics that match.")
                    @Nullable String regex,
            @Option(names = "--internal", description = "The cluster's own topics, too.")
                    boolean internal,
            @Option(
                            names = "--output",
                            paramLabel = "FORM",
                            defaultValue = "text",
                            description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
                    OutputForm output,
            @Mixin ClusterOptions cluster) {
        try (var connection = cluster.connect()) {
            var filter = regex == null ? TopicFilter.all() : TopicFilter.of(regex);
            var names = new Topics(connection.admin()).names(filter, internal);
            if (output == OutputForm.json) {
                Json.print(
                        terminal,
                        json -> {
                            json.writeStartArray();
                            names.forEach(json::writeString);
                            json.writeEndArray();
                        });
            } else {
                names.forEach(terminal::line);
            }
        }
        return 0;
    }

    @Command(
            name = "describe",
            description = "Show a topic's partitions, leaders, replicas and settings.",
            footer = {
                "",
                "Examples:",
                "  millrace topic describe orders",
                "  millrace topic describe orders --output json"
            })
    int describe(
            @Parameters(paramLabel = "TOPIC", arity = "1..*", description = "The topics.")
                    List<String> names,
            @Option(
                            names = "--output",
                            paramLabel = "FORM",
                            defaultValue = "text",
                            description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
                    OutputForm output,
            @Mixin ClusterOptions cluster) {
        try (var connection = cluster.connect()) {
            var topics = new Topics(connection.admin()).describe(names, null);
            if (output == OutputForm.json) {
                Json.print(
                        terminal,
                        json -> {
                            json.writeStartArray();
                            topics.forEach(topic -> write(topic, json));
                            json.writeEndArray();
                        });
            } else {
                topics.forEach(this::print);
            }
        }
        return 0;
    }

    private void print(TopicState topic) {
        terminal.line(
                topic.name()
                        + ": "
                        + count(topic.description().partitions().size(), "partition")
                        + ", "
                        + count(topic.replicationFactor(), "replica")
                        + " each, id "
                        + topic.description().topicId());
        for (var entry : topic.overrides()) {
            terminal.line("  " + entry.name() + "=" + entry.value());
        }
        terminal.line(
                String.format(
                                "  %-10s %-7s %-16s %-16s",
                                "PARTITION", "LEADER", "REPLICAS", "IN-SYNC")
                        .stripTrailing());
        for (TopicPartitionInfo partition : topic.description().partitions()) {
            terminal.line(
                    String.format(
                                    "  %-10d %-7s %-16s %-16s",
                                    partition.partition(),
                                    leader(partition) == null ? "none" : leader(partition),
                                    ids(TopicState.ids(partition.replicas())),
                                    ids(TopicState.ids(partition.isr())))
                            .stripTrailing());
        }
    }

    private static String count(int count, String what) {
        return count + " " + what + (count == 1 ? "" : "s");
    }

    private static String ids(List<Integer> ids) {
        return String.join(",", ids.stream().map(String::valueOf).toList());
    }

    private static @Nullable Integer leader(TopicPartitionInfo partition) {
        var leader = partition.leader();
        return leader == null || leader.isEmpty() ? null : leader.id();
    }

    private static void write(TopicState topic, JsonGenerator json) {
        json.writeStartObject();
        json.writeStringProperty("name", topic.name());
        json.writeStringProperty("id", topic.description().topicId().toString());
        json.writeBooleanProperty("internal", topic.description().isInternal());
        json.writeNumberProperty("replicationFactor", topic.replicationFactor());
        json.writeObjectPropertyStart("configs");
        topic.overrides().forEach(entry -> json.writeStringProperty(entry.name(), entry.value()));
        json.writeEndObject();
        json.writeArrayPropertyStart("partitions");
        for (TopicPartitionInfo partition : topic.description().partitions()) {
            json.writeStartObject();
            json.writeNumberProperty("partition", partition.partition());
            Integer leader = leader(partition);
            if (leader == null) {
                json.writeNullProperty("leader");
            } else {
                json.writeNumberProperty("leader", leader);
            }
            write("replicas", TopicState.ids(partition.replicas()), json);
            write("inSync", TopicState.ids(partition.isr()), json);
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void write(String name, List<Integer> ids, JsonGenerator json) {
        json.writeArrayPropertyStart(name);
        ids.forEach(json::writeNumber);
        json.writeEndArray();
    }

    @Command(
            name = "create",
            description = "Create topics.",
            footer = {
                "",
                "Examples:",
                "  millrace topic create orders",
                "  millrace topic create orders --partitions 6 -c retention.ms=3600000 -c cleanup.policy=compact"
            })
    int create(
            @Parameters(paramLabel = "TOPIC", arity = "1..*", description = "The names.")
                    List<String> names,
            @Option(
                            names = {"-p", "--partitions"},
                            paramLabel = "COUNT",
                            description =
                                    "How many partitions (default: the broker's num.partitions).")
                    @Nullable Integer partitions,
            @Option(
                            names = {"-r", "--replication-factor"},
                            paramLabel = "COUNT",
                            description =
                                    "On how many brokers (default: the broker's default.replication.factor).")
                    @Nullable Short replicas,
            @Option(
                            names = {"-c", "--config"},
                            paramLabel = "KEY=VALUE",
                            description = "A setting of the topic. May be repeated.")
                    @Nullable Map<String, String> configs,
            @Option(names = "--if-not-exists", description = "An existing topic is no failure.")
                    boolean ifNotExists,
            @Mixin ClusterOptions cluster) {
        if (partitions != null && partitions < 1) {
            throw CommandFailed.usage("--partitions takes a number from 1");
        }
        if (replicas != null && replicas < 1) {
            throw CommandFailed.usage("--replication-factor takes a number from 1");
        }
        try (var connection = cluster.connect()) {
            var topics = new Topics(connection.admin());
            for (String name : names) {
                var creation =
                        new Topics.Creation(
                                name,
                                Optional.ofNullable(partitions),
                                Optional.ofNullable(replicas),
                                Map.of(),
                                configs == null ? Map.of() : new LinkedHashMap<>(configs));
                terminal.line(
                        (create(topics, creation, ifNotExists) ? "created " : "exists already: ")
                                + name);
            }
        }
        return 0;
    }

    private static boolean create(Topics topics, Topics.Creation creation, boolean ifNotExists) {
        try {
            return topics.create(creation, ifNotExists);
        } catch (InvalidReplicationFactorException refused) {
            String advice =
                    Explanation.replicationAdvice(
                            refused,
                            topics.brokers(),
                            creation.replicationFactor().orElse((short) -1));
            throw CommandFailed.because(
                    Explanation.what(refused) + (advice == null ? "" : "; " + advice));
        }
    }

    @Command(
            name = "grow",
            description =
                    "Give a topic more partitions. Keys may then go to other partitions than before.",
            footer = {"", "Examples:", "  millrace topic grow orders --partitions 12"})
    int grow(
            @Parameters(paramLabel = "TOPIC", arity = "1..*", description = "The topics.")
                    List<String> names,
            @Option(
                            names = {"-p", "--partitions"},
                            paramLabel = "COUNT",
                            required = true,
                            description = "How many partitions in all.")
                    int partitions,
            @Mixin ClusterOptions cluster) {
        try (var connection = cluster.connect()) {
            new Topics(connection.admin()).grow(names, partitions, Map.of());
        }
        names.forEach(name -> terminal.line(name + " has " + count(partitions, "partition")));
        return 0;
    }

    @Command(
            name = "delete",
            description = "Delete topics with everything in them.",
            footer = {"", "Examples:", "  millrace topic delete orders payments"})
    int delete(
            @Parameters(
                            paramLabel = "TOPIC",
                            arity = "1..*",
                            description = "The topics, by their full names.")
                    List<String> names,
            @Mixin ClusterOptions cluster) {
        try (var connection = cluster.connect()) {
            new Topics(connection.admin()).delete(names);
        }
        names.forEach(name -> terminal.line("deleted " + name));
        return 0;
    }
}
