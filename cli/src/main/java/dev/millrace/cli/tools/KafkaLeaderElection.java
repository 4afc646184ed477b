package dev.millrace.cli.tools;

import static dev.millrace.cli.cluster.Connection.await;

import dev.millrace.cli.Terminal;
import dev.millrace.cli.cluster.CommandFailed;
import dev.millrace.cli.cluster.Connection;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ElectionNotNeededException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// `kafka-leader-election`: lets the preferred replica lead again, or, where none in sync is left, one that may have lost records.
final class KafkaLeaderElection implements Tool {
    @Override
    public OptionTable options() {
        return new OptionTable("kafka-leader-election", "elect leaders of partitions.")
                .value(
                        "election-type",
                        "preferred|unclean",
                        "preferred: the first replica, where another leads. unclean: any that lives, where nobody leads; what only others had is lost.")
                .value("topic", "topic", "The partition's topic.")
                .value("partition", "number", "The partition of --topic.")
                .flag("all-topic-partitions", "All partitions for which there is something to do.")
                .value(
                        "path-to-json-file",
                        "file",
                        "Which partitions: {\"partitions\": [{\"topic\": \"orders\", \"partition\": 0}]}.")
                .formerly("admin.config")
                .example(
                        "kafka-leader-election --bootstrap-server localhost:9092 --election-type preferred --all-topic-partitions");
    }

    @Override
    public int run(Arguments arguments, Terminal terminal) {
        check(arguments);
        ElectionType type = type(arguments.required("election-type"));
        Set<TopicPartition> partitions = partitions(arguments);
        try (var connection =
                Connection.to(
                        arguments.required("bootstrap-server"),
                        arguments.properties(
                                List.of("admin.config", "command-config"), List.of()))) {
            return elect(connection.admin(), type, partitions, terminal);
        }
    }

    private static void check(Arguments arguments) {
        List<String> missing =
                Stream.of("bootstrap-server", "election-type")
                        .filter(option -> !arguments.has(option))
                        .toList();
        if (!missing.isEmpty()) {
            throw CommandFailed.because(
                    "Missing required option(s): " + String.join(", ", missing));
        }
        List<String> scopes = List.of("topic", "all-topic-partitions", "path-to-json-file");
        if (scopes.stream().filter(arguments::has).count() != 1) {
            throw CommandFailed.because(
                    "One and only one of the following options is required: "
                            + String.join(", ", scopes));
        }
        if (arguments.has("topic") && !arguments.has("partition")) {
            throw CommandFailed.because("Missing required option(s): partition");
        }
        if (!arguments.has("topic") && arguments.has("partition")) {
            throw CommandFailed.because("Option partition is only allowed if topic is used");
        }
    }

    private static ElectionType type(String name) {
        for (ElectionType type : ElectionType.values()) {
            if (type.name().equalsIgnoreCase(name)) {
                return type;
            }
        }
        throw CommandFailed.usage("Cannot parse argument '" + name + "' of option election-type");
    }

    /// Null for all.
    private static @Nullable Set<TopicPartition> partitions(Arguments arguments) {
        String file = arguments.value("path-to-json-file");
        if (file != null) {
            return partitions(Path.of(file));
        }
        String topic = arguments.value("topic");
        Integer partition = arguments.integer("partition");
        return topic == null || partition == null
                ? null
                : Set.of(new TopicPartition(topic, partition));
    }

    static Set<TopicPartition> partitions(Path file) {
        JsonNode root = JsonFile.read(file);
        if (!root.path("partitions").isArray()) {
            throw CommandFailed.because("Replica election data is missing \"partitions\" field");
        }
        var partitions = new TreeSet<TopicPartition>(KafkaDeleteRecords::compare);
        var twice = new ArrayList<TopicPartition>();
        for (JsonNode each : root.path("partitions")) {
            if (!each.path("topic").isString() || !each.path("partition").isInt()) {
                throw CommandFailed.because(
                        file + ": each partition needs topic and partition, but got " + each);
            }
            var partition =
                    new TopicPartition(
                            each.path("topic").asString(), each.path("partition").asInt());
            if (!partitions.add(partition)) {
                twice.add(partition);
            }
        }
        if (!twice.isEmpty()) {
            throw CommandFailed.because(
                    "Replica election data contains duplicate partitions: " + twice);
        }
        return partitions;
    }

    private static int elect(
            Admin admin,
            ElectionType type,
            @Nullable Set<TopicPartition> partitions,
            Terminal terminal) {
        Map<TopicPartition, Optional<Throwable>> results =
                await(admin.electLeaders(type, partitions).partitions());
        var elected = new TreeSet<TopicPartition>(KafkaDeleteRecords::compare);
        var valid = new TreeSet<TopicPartition>(KafkaDeleteRecords::compare);
        var failed = new TreeMap<TopicPartition, Throwable>(KafkaDeleteRecords::compare);
        results.forEach((partition, failure) -> {
            Throwable why = failure.orElse(null);
            if (why == null) {
                elected.add(partition);
            } else if (why instanceof ElectionNotNeededException) {
                valid.add(partition);
            } else {
                failed.put(partition, why);
            }
        });
        if (!elected.isEmpty()) {
            terminal.line(
                    "Successfully completed leader election (%s) for partitions %s"
                            .formatted(type, text(elected)));
        }
        if (!valid.isEmpty()) {
            terminal.line("Valid replica already elected for partitions " + text(valid));
        }
        failed.forEach((partition, why) ->
                terminal.line(
                        "Error completing leader election (%s) for partition: %s: %s"
                                .formatted(type, partition, why)));
        if (!failed.isEmpty()) {
            throw CommandFailed.because(failed.size() + " replica(s) could not be elected");
        }
        return 0;
    }

    private static String text(Set<TopicPartition> partitions) {
        return partitions.stream().map(TopicPartition::toString).collect(Collectors.joining(", "));
    }
}
