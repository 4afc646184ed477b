package dev.millrace.cli.tools;

import dev.millrace.cli.Terminal;
import dev.millrace.cli.cluster.CommandFailed;
import dev.millrace.cli.cluster.Explanation;
import dev.millrace.cli.cluster.ReplicaAssignment;
import dev.millrace.cli.cluster.TopicFilter;
import dev.millrace.cli.cluster.TopicState;
import dev.millrace.cli.cluster.Topics;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.jspecify.annotations.Nullable;

/// `kafka-topics`: create, list, describe, grow and delete topics.
final class KafkaTopics implements Tool {
    private static final String[] ACTIONS = {"list", "describe", "create", "alter", "delete"};

    /// Reports that a description can be narrowed to; only one at a time.
    private static final String[] REPORTS = {
        "under-replicated-partitions",
        "unavailable-partitions",
        "under-min-isr-partitions",
        "at-min-isr-partitions",
        "topics-with-overrides"
    };

    @Override
    public OptionTable options() {
        return new OptionTable("kafka-topics", "create, list, describe, change and delete topics.")
                .flag("list", "List the topics.")
                .flag("describe", "Show partitions, leaders, replicas and settings.")
                .flag("create", "Create a topic.")
                .flag("alter", "Give topics more partitions.")
                .flag("delete", "Delete topics.")
                .value(
                        "topic",
                        "name",
                        "The topic; a regular expression, but for --create. Commas mean \"or\".")
                .value("topic-id", "id", "With --describe: the topic by its id.")
                .value(
                        "partitions",
                        "count",
                        "How many partitions; the cluster's default if absent.")
                .value(
                        "replication-factor",
                        "count",
                        "On how many brokers; the cluster's default if absent.")
                .value(
                        "replica-assignment",
                        "b:b,b:b,...",
                        "Brokers for each partition, chosen by hand.")
                .value(
                        "config",
                        "name=value",
                        "With --create: a setting of the topic. May be repeated.")
                .flag("if-not-exists", "With --create: an existing topic is no failure.")
                .flag(
                        "if-exists",
                        "With --describe, --alter, --delete: a missing topic is no failure.")
                .flag(
                        "exclude-internal",
                        "With --list, --describe: leave out the cluster's own topics.")
                .flag(
                        "under-replicated-partitions",
                        "With --describe: only partitions that miss replicas.")
                .flag(
                        "unavailable-partitions",
                        "With --describe: only partitions without a leader.")
                .flag(
                        "under-min-isr-partitions",
                        "With --describe: only partitions that refuse acks=all.")
                .flag(
                        "at-min-isr-partitions",
                        "With --describe: only partitions at min.insync.replicas.")
                .flag(
                        "topics-with-overrides",
                        "With --describe: only topics with settings of their own.")
                .value(
                        "partition-size-limit-per-response",
                        "count",
                        "Partitions per answer of the broker.")
                .formerly("delete-config")
                .example(
                        "kafka-topics --bootstrap-server localhost:9092 --create --topic orders --partitions 3")
                .example("kafka-topics --bootstrap-server localhost:9092 --list")
                .example("kafka-topics --bootstrap-server localhost:9092 --describe --topic orders")
                .example("kafka-topics --bootstrap-server localhost:9092 --delete --topic orders");
    }

    @Override
    public int run(Arguments arguments, Terminal terminal) {
        String action = arguments.action(ACTIONS);
        check(arguments);
        try (var connection = arguments.connect()) {
            var topics = new Topics(connection.admin());
            switch (action) {
                case "list" -> list(arguments, topics, terminal);
                case "describe" -> describe(arguments, topics, terminal);
                case "create" -> create(arguments, topics, terminal);
                case "alter" -> grow(arguments, topics);
                default -> delete(arguments, topics);
            }
            return 0;
        } catch (MissingTopic missing) {
            terminal.line("Error while executing topic command : " + missing.getMessage());
            return CommandFailed.FAILED;
        }
    }

    private static void check(Arguments arguments) {
        if (arguments.has("delete-config")) {
            throw CommandFailed.usage(
                    "--delete-config is gone from this tool: use kafka-configs --alter --delete-config");
        }
        if (!arguments.has("list") && !arguments.has("describe")) {
            arguments.required("topic");
        }
        if (arguments.has("alter")) {
            arguments.required("partitions");
        }
        if (arguments.has("create")) {
            creation(arguments.required("topic"), arguments);
        }
        arguments.only("config", "create");
        arguments.refuse("alter", "config", "replication-factor");
        arguments.only("partitions", "create", "alter");
        arguments.only("replication-factor", "create");
        arguments.only("replica-assignment", "create", "alter");
        if (arguments.has("create")) {
            arguments.refuse("replica-assignment", "partitions", "replication-factor");
        }
        for (String report : REPORTS) {
            arguments.only(report, "describe");
            for (String other : REPORTS) {
                if (!other.equals(report)) {
                    arguments.refuse(report, other);
                }
            }
        }
        arguments.refuse("create", "if-exists");
        arguments.refuse("list", "if-exists");
        arguments.only("if-not-exists", "create");
        arguments.only("exclude-internal", "list", "describe");
        arguments.only("topic-id", "describe");
        arguments.refuse("topic-id", "topic");
    }

    private static final class MissingTopic extends RuntimeException {
        MissingTopic(String sentence) {
            super(sentence, null, false, false);
        }
    }

    private static List<String> existing(Arguments arguments, Topics topics) {
        String expression = arguments.value("topic");
        var filter = expression == null ? TopicFilter.all() : TopicFilter.of(expression);
        var names = topics.names(filter, !arguments.has("exclude-internal"));
        if (names.isEmpty()
                && expression != null
                && !arguments.has("if-exists")
                && !arguments.has("list")) {
            throw new MissingTopic("Topic '" + expression + "' does not exist as expected");
        }
        return names;
    }

    private static void list(Arguments arguments, Topics topics, Terminal terminal) {
        existing(arguments, topics).forEach(terminal::line);
    }

    private static void describe(Arguments arguments, Topics topics, Terminal terminal) {
        String id = arguments.value("topic-id");
        for (TopicState topic :
                id == null ? byName(arguments, topics) : byId(id, arguments, topics)) {
            if (!arguments.has("topics-with-overrides")) {
                print(topic, report(arguments, topic), terminal);
            } else if (!topic.overrides().isEmpty()) {
                printHeader(topic, terminal);
            }
        }
    }

    private static List<TopicState> byName(Arguments arguments, Topics topics) {
        return topics.describe(
                existing(arguments, topics),
                arguments.integer("partition-size-limit-per-response"));
    }

    private static List<TopicState> byId(String text, Arguments arguments, Topics topics) {
        Uuid id;
        try {
            id = Uuid.fromString(text);
        } catch (IllegalArgumentException malformed) {
            throw CommandFailed.because(
                    "Error while executing topic command : " + malformed.getMessage());
        }
        var found = topics.describe(id);
        if (found.isEmpty() && !arguments.has("if-exists")) {
            throw new MissingTopic("TopicId '" + text + "' does not exist as expected");
        }
        return found.stream().toList();
    }

    /// The partitions to show when a report is asked for; null for the whole description.
    private static @Nullable Predicate<TopicPartitionInfo> report(
            Arguments arguments, TopicState topic) {
        if (arguments.has("under-replicated-partitions")) {
            return topic::underReplicated;
        }
        if (arguments.has("unavailable-partitions")) {
            return TopicState::unavailable;
        }
        if (arguments.has("under-min-isr-partitions")) {
            return topic::underMinIsr;
        }
        return arguments.has("at-min-isr-partitions") ? topic::atMinIsr : null;
    }

    private static void print(
            TopicState topic, @Nullable Predicate<TopicPartitionInfo> report, Terminal terminal) {
        if (report == null) {
            printHeader(topic, terminal);
        }
        for (TopicPartitionInfo partition : topic.description().partitions()) {
            if (report == null || report.test(partition)) {
                terminal.line(partitionLine(topic, partition));
            }
        }
    }

    private static void printHeader(TopicState topic, Terminal terminal) {
        var configs = new StringBuilder();
        for (ConfigEntry entry : topic.overrides()) {
            configs.append(configs.isEmpty() ? "" : ",")
                    .append(entry.name())
                    .append('=')
                    .append(entry.value());
        }
        terminal.line(
                "Topic: "
                        + topic.name()
                        + "\tTopicId: "
                        + topic.description().topicId()
                        + "\tPartitionCount: "
                        + topic.description().partitions().size()
                        + "\tReplicationFactor: "
                        + topic.replicationFactor()
                        + "\tConfigs: "
                        + configs);
    }

    private static String partitionLine(TopicState topic, TopicPartitionInfo partition) {
        var moving = topic.reassignments().get(partition.partition());
        return "\tTopic: "
                + topic.name()
                + "\tPartition: "
                + partition.partition()
                + "\tLeader: "
                + (TopicState.unavailable(partition) ? "none" : String.valueOf(leader(partition)))
                + "\tReplicas: "
                + ids(partition.replicas())
                + "\tIsr: "
                + ids(partition.isr())
                + (moving == null
                        ? ""
                        : "\tAdding Replicas: "
                                + join(moving.addingReplicas())
                                + "\tRemoving Replicas: "
                                + join(moving.removingReplicas()))
                + "\tElr: "
                + ids(partition.elr())
                + "\tLastKnownElr: "
                + ids(partition.lastKnownElr());
    }

    private static int leader(TopicPartitionInfo partition) {
        Node leader = partition.leader();
        return leader == null ? -1 : leader.id();
    }

    private static String ids(@Nullable List<Node> nodes) {
        return nodes == null ? "N/A" : join(TopicState.ids(nodes));
    }

    private static String join(List<Integer> ids) {
        return String.join(",", ids.stream().map(String::valueOf).toList());
    }

    private static void create(Arguments arguments, Topics topics, Terminal terminal) {
        String name = arguments.required("topic");
        if (Topics.mayCollide(name)) {
            terminal.line(
                    "WARNING: Due to limitations in metric names, topics with a period ('.') or underscore ('_') could"
                            + " collide. To avoid issues it is best to use either, but not both.");
        }
        var creation = creation(name, arguments);
        try {
            if (topics.create(creation, arguments.has("if-not-exists"))) {
                terminal.line("Created topic " + name + ".");
            }
        } catch (InvalidReplicationFactorException refused) {
            terminal.line("Error while executing topic command : " + refused.getMessage());
            terminal.out().flush();
            String advice =
                    Explanation.replicationAdvice(
                            refused,
                            topics.brokers(),
                            creation.replicationFactor().orElse((short) -1));
            throw CommandFailed.because(advice == null ? Explanation.what(refused) : advice);
        }
    }

    private static Topics.Creation creation(String name, Arguments arguments) {
        var partitions = arguments.integer("partitions");
        var replicas = arguments.integer("replication-factor");
        if (partitions != null && partitions < 1) {
            throw CommandFailed.usage("The partitions must be greater than 0");
        }
        if (replicas != null && (replicas < 1 || replicas > Short.MAX_VALUE)) {
            throw CommandFailed.usage(
                    "The replication factor must be between 1 and "
                            + Short.MAX_VALUE
                            + " inclusive");
        }
        return new Topics.Creation(
                name,
                Optional.ofNullable(partitions),
                Optional.ofNullable(replicas).map(Integer::shortValue),
                assignment(arguments),
                Arguments.pairs(arguments.values("config")));
    }

    private static Map<Integer, List<Integer>> assignment(Arguments arguments) {
        String text = arguments.value("replica-assignment");
        return text == null ? Map.of() : ReplicaAssignment.parse(text);
    }

    private static void grow(Arguments arguments, Topics topics) {
        var names = existing(arguments, topics);
        Integer partitions = arguments.integer("partitions");
        if (partitions == null || partitions < 1) {
            throw CommandFailed.usage("The partitions must be greater than 0");
        }
        if (!names.isEmpty()) {
            topics.grow(names, partitions, assignment(arguments));
        }
    }

    private static void delete(Arguments arguments, Topics topics) {
        var names = existing(arguments, topics);
        if (!names.isEmpty()) {
            topics.delete(names);
        }
    }

    @Override
    public void failed(Throwable failure, String address, Terminal terminal) {
        terminal.line("Error while executing topic command : " + failure.getMessage());
        terminal.out().flush();
        String advice = Explanation.advice(failure, address);
        if (advice != null) {
            terminal.err().println(advice);
        }
    }
}
