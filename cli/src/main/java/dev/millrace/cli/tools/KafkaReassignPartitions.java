package dev.millrace.cli.tools;

import static dev.millrace.cli.cluster.Connection.await;

import dev.millrace.cli.Terminal;
import dev.millrace.cli.cluster.CommandFailed;
import dev.millrace.cli.cluster.Connection;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterPartitionReassignmentsOptions;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.admin.PartitionReassignment;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionReplica;

/// `kafka-reassign-partitions`: partitions to other brokers, and replicas to other log directories, as a JSON file says.
///
/// `--cancel` ends a reassignment that only adds replicas, too; Kafka's tool leaves that alone. What fails is told on standard
/// error, not on standard output.
final class KafkaReassignPartitions implements Tool {
    private static final List<String> ACTIONS =
            List.of("generate", "execute", "verify", "cancel", "list");

    /// What each action takes beside the address and the client's settings.
    private static final Map<String, List<String>> PERMITTED =
            Map.of(
                    "generate",
                    List.of("topics-to-move-json-file", "broker-list", "disable-rack-aware"),
                    "execute",
                    List.of(
                            "reassignment-json-file",
                            "additional",
                            "throttle",
                            "replica-alter-log-dirs-throttle",
                            "timeout",
                            "disallow-replication-factor-change"),
                    "verify",
                    List.of("reassignment-json-file", "preserve-throttles"),
                    "cancel",
                    List.of("reassignment-json-file", "preserve-throttles", "timeout"),
                    "list",
                    List.of());

    /// Actions that controllers can carry out without a broker.
    private static final Set<String> OF_CONTROLLERS = Set.of("cancel", "list");

    private static final long TIMEOUT_MS = 10_000;

    @Override
    public OptionTable options() {
        return new OptionTable(
                        "kafka-reassign-partitions",
                        "move partitions to other brokers and log directories.")
                .value(
                        "bootstrap-controller",
                        "host:port,...",
                        "A controller of the cluster, or several, in place of brokers, for --cancel and --list.")
                .flag("generate", "Propose where the partitions of topics could be; moves nothing.")
                .flag("execute", "Begin the moves of --reassignment-json-file.")
                .flag(
                        "verify",
                        "Show how far the moves of --reassignment-json-file are; takes throttles away once nothing moves.")
                .flag("cancel", "End the moves of --reassignment-json-file where they are.")
                .flag("list", "Show every move that is under way.")
                .value(
                        "reassignment-json-file",
                        "file",
                        "Where partitions are to be: {\"version\": 1, \"partitions\": [{\"topic\": \"orders\", \"partition\": 0,"
                                + " \"replicas\": [1,2], \"log_dirs\": [\"any\",\"/data2\"]}]}; log_dirs may be left out.")
                .value(
                        "topics-to-move-json-file",
                        "file",
                        "generate: which topics: {\"version\": 1, \"topics\": [{\"topic\": \"orders\"}]}.")
                .value("broker-list", "id,...", "generate: the brokers to use.")
                .flag("disable-rack-aware", "generate: take no notice of racks.")
                .value(
                        "throttle",
                        "bytes",
                        "execute: at most so many bytes a second between brokers.")
                .value(
                        "replica-alter-log-dirs-throttle",
                        "bytes",
                        "execute: at most so many bytes a second between log directories.")
                .value(
                        "timeout",
                        "ms",
                        "execute, cancel: how long to wait for moves between log directories to begin (10000).")
                .flag(
                        "additional",
                        "execute: although others are under way; also to change the throttle of one.")
                .flag("preserve-throttles", "verify, cancel: leave throttles as they are.")
                .flag(
                        "disallow-replication-factor-change",
                        "execute: refuse what changes how many replicas a partition has.")
                .example(
                        "kafka-reassign-partitions --bootstrap-server localhost:9092 --generate --topics-to-move-json-file topics.json --broker-list 1,2,3")
                .example(
                        "kafka-reassign-partitions --bootstrap-server localhost:9092 --execute --reassignment-json-file moves.json --throttle 50000000")
                .example(
                        "kafka-reassign-partitions --bootstrap-server localhost:9092 --verify --reassignment-json-file moves.json");
    }

    @Override
    public int run(Arguments arguments, Terminal terminal) {
        String action = action(arguments);
        try (Connection connection = connect(action, arguments)) {
            switch (action) {
                case "generate" -> generate(arguments, connection, terminal);
                case "list" -> list(connection.admin(), terminal);
                case "execute" -> {
                    ReassignmentFile file = file(arguments);
                    file.check();
                    execute(file, arguments, connection.admin(), terminal);
                }
                case "verify" -> verify(file(arguments), arguments, connection.admin(), terminal);
                default -> cancel(file(arguments), arguments, connection.admin(), terminal);
            }
        }
        return 0;
    }

    private static String action(Arguments arguments) {
        List<String> actions = ACTIONS.stream().filter(arguments::has).toList();
        if (actions.size() != 1) {
            throw CommandFailed.usage(
                    ACTIONS.stream()
                            .collect(
                                    Collectors.joining(
                                            ", --",
                                            "Command must include exactly one action: --",
                                            "")));
        }
        return actions.getFirst();
    }

    private static Connection connect(String action, Arguments arguments) {
        boolean brokers = arguments.has("bootstrap-server");
        boolean controllers = arguments.has("bootstrap-controller");
        if (brokers && controllers) {
            throw CommandFailed.usage(
                    "Please don't specify both --bootstrap-server and --bootstrap-controller");
        }
        if (!brokers && !controllers) {
            throw CommandFailed.usage(
                    "Please specify either --bootstrap-server or --bootstrap-controller");
        }
        check(action, arguments);
        Map<String, String> settings = arguments.properties(List.of("command-config"), List.of());
        return controllers
                ? Connection.toController(arguments.required("bootstrap-controller"), settings)
                : Connection.to(arguments.required("bootstrap-server"), settings);
    }

    private static void check(String action, Arguments arguments) {
        List<String> permitted = PERMITTED.getOrDefault(action, List.of());
        for (String required :
                List.of("topics-to-move-json-file", "broker-list", "reassignment-json-file")) {
            if (permitted.contains(required)) {
                arguments.required(required);
            }
        }
        for (String option : arguments.sequence()) {
            boolean always =
                    option.equals(action)
                            || option.equals("bootstrap-server")
                            || option.equals("command-config")
                            || (option.equals("bootstrap-controller")
                                    && OF_CONTROLLERS.contains(action));
            if (!always && !permitted.contains(option)) {
                throw CommandFailed.usage(
                        "Option \"[%s]\" can't be used with action \"[%s]\""
                                .formatted(option, action));
            }
        }
    }

    private static ReassignmentFile file(Arguments arguments) {
        return ReassignmentFile.read(Path.of(arguments.required("reassignment-json-file")));
    }

    private static long number(Arguments arguments, String option, long otherwise) {
        Long value = arguments.number(option);
        return value == null ? otherwise : value;
    }

    private static void generate(Arguments arguments, Connection connection, Terminal terminal) {
        Set<Integer> brokers = brokers(arguments.required("broker-list"));
        List<String> topics =
                ReassignmentFile.topics(Path.of(arguments.required("topics-to-move-json-file")));
        var places = new PartitionPlaces(connection.admin());
        var described = places.topics(topics);
        var now = PartitionPlaces.replicas(described.values());
        List<Node> nodes =
                places.brokers().stream().filter(node -> brokers.contains(node.id())).toList();
        var spread = new SpreadReplicas(nodes, !arguments.has("disable-rack-aware"));
        var proposed = new TreeMap<TopicPartition, List<Integer>>(KafkaDeleteRecords::compare);
        described.forEach((name, topic) ->
                spread.topic(
                        name,
                        topic.partitions().size(),
                        topic.partitions().getFirst().replicas().size(),
                        proposed));
        terminal.line("Current partition replica assignment");
        terminal.line(ReassignmentFile.json(now, places.directories(now)));
        terminal.line("");
        terminal.line("Proposed partition reassignment configuration");
        terminal.line(ReassignmentFile.json(proposed, Map.of()));
    }

    private static Set<Integer> brokers(String list) {
        var brokers = new ArrayList<Integer>();
        for (String id : list.split(",", -1)) {
            try {
                brokers.add(Integer.valueOf(id.strip()));
            } catch (NumberFormatException wrong) {
                throw CommandFailed.because("'" + id + "' of --broker-list is no broker id");
            }
        }
        Collection<Integer> twice = ReassignmentFile.duplicates(brokers);
        if (!twice.isEmpty()) {
            throw CommandFailed.because("Broker list contains duplicate entries: " + twice);
        }
        return new HashSet<>(brokers);
    }

    private static Map<TopicPartition, PartitionReassignment> underWay(Admin admin) {
        return await(admin.listPartitionReassignments().reassignments());
    }

    private static void execute(
            ReassignmentFile file, Arguments arguments, Admin admin, Terminal terminal) {
        Map<TopicPartition, PartitionReassignment> underWay = underWay(admin);
        if (!arguments.has("additional") && !underWay.isEmpty()) {
            throw CommandFailed.because(
                    "Cannot execute because there is an existing partition assignment.  Use --additional to override this and create a new partition"
                            + " assignment in addition to the existing one. The --additional flag can also be used to change the throttle by"
                            + " resubmitting the current reassignment.");
        }
        SortedMap<TopicPartition, List<Integer>> wanted = file.replicas();
        var places = new PartitionPlaces(admin);
        places.require(wanted.values());
        SortedMap<TopicPartition, List<Integer>> now = places.of(file);
        terminal.line("Current partition replica assignment");
        terminal.line("");
        terminal.line(ReassignmentFile.json(now, places.directories(now)));
        terminal.line("");
        terminal.line("Save this to use as the --reassignment-json-file option during rollback");
        Map<TopicPartitionReplica, String> directories = file.directories();
        throttle(
                ReassignmentThrottle.copies(underWay, wanted, now),
                directories.keySet(),
                arguments,
                new ReassignmentThrottle(admin, terminal));
        var moves = new HashMap<TopicPartition, Optional<NewPartitionReassignment>>();
        wanted.forEach((partition, replicas) ->
                moves.put(partition, Optional.of(new NewPartitionReassignment(replicas))));
        alter(
                admin,
                moves,
                !arguments.has("disallow-replication-factor-change"),
                "Error reassigning partition(s):");
        terminal.line(
                "Successfully started partition reassignment%s for %s"
                        .formatted(
                                wanted.size() == 1 ? "" : "s",
                                ReassignmentFile.text(wanted.keySet())));
        new DirectoryMoves(admin, terminal)
                .begin(directories, number(arguments, "timeout", TIMEOUT_MS));
    }

    private static void throttle(
            SortedMap<TopicPartition, ReassignmentThrottle.Copy> copies,
            Set<TopicPartitionReplica> directories,
            Arguments arguments,
            ReassignmentThrottle throttle) {
        long rate = number(arguments, "throttle", -1);
        long directoryRate = number(arguments, "replica-alter-log-dirs-throttle", -1);
        if (rate < 0 && directoryRate < 0) {
            return;
        }
        throttle.terminal()
                .line(
                        "Warning: You must run --verify periodically, until the reassignment completes, to ensure the throttle is removed.");
        if (rate >= 0) {
            throttle.betweenBrokers(copies, rate);
        }
        if (directoryRate >= 0) {
            throttle.betweenDirectories(
                    directories.stream()
                            .map(TopicPartitionReplica::brokerId)
                            .collect(Collectors.toCollection(TreeSet::new)),
                    directoryRate);
        }
    }

    /// What the cluster refuses is told for each partition.
    private static void alter(
            Admin admin,
            Map<TopicPartition, Optional<NewPartitionReassignment>> moves,
            boolean anyCount,
            String failed) {
        var options = new AlterPartitionReassignmentsOptions();
        if (!anyCount) {
            options.allowReplicationFactorChange(false);
        }
        var refused = new TreeMap<TopicPartition, String>(KafkaDeleteRecords::compare);
        admin.alterPartitionReassignments(moves, options)
                .values()
                .forEach((partition, answer) -> {
                    try {
                        await(answer);
                    } catch (KafkaException no) {
                        refused.put(partition, partition + ": " + no.getMessage());
                    }
                });
        if (!refused.isEmpty()) {
            throw CommandFailed.because(
                    failed
                            + System.lineSeparator()
                            + String.join(System.lineSeparator(), refused.values()));
        }
    }

    private static void verify(
            ReassignmentFile file, Arguments arguments, Admin admin, Terminal terminal) {
        Map<TopicPartition, PartitionReassignment> underWay = underWay(admin);
        var now =
                PartitionPlaces.replicas(
                        Connection.there(admin.describeTopics(file.topics()).topicNameValues())
                                .values());
        terminal.line("Status of partition reassignment:");
        file.replicas()
                .forEach((partition, wanted) ->
                        terminal.line(
                                status(
                                        partition,
                                        wanted,
                                        now.getOrDefault(partition, List.of()),
                                        underWay.containsKey(partition))));
        var states = new DirectoryMoves(admin, terminal).states(file.directories());
        var lines = new ArrayList<String>();
        states.forEach((replica, state) -> lines.add(state.text(replica)));
        terminal.line(String.join(System.lineSeparator(), lines));
        boolean moving =
                !underWay.isEmpty()
                        || states.values().stream().anyMatch(DirectoryMoves.State::isUnderWay);
        if (!moving && !arguments.has("preserve-throttles")) {
            new ReassignmentThrottle(admin, terminal).clear(file);
        }
    }

    private static String status(
            TopicPartition partition, List<Integer> wanted, List<Integer> now, boolean moving) {
        if (moving) {
            return "Reassignment of partition " + partition + " is still in progress.";
        }
        return now.equals(wanted)
                ? "Reassignment of partition " + partition + " is completed."
                : "There is no active reassignment of partition %s, but replica set is %s rather than %s."
                        .formatted(
                                partition,
                                ReassignmentFile.text(now),
                                ReassignmentFile.text(wanted));
    }

    private static void list(Admin admin, Terminal terminal) {
        var underWay =
                new TreeMap<TopicPartition, PartitionReassignment>(KafkaDeleteRecords::compare);
        underWay.putAll(underWay(admin));
        terminal.line(
                underWay.isEmpty()
                        ? "No partition reassignments found."
                        : "Current partition reassignments:");
        underWay.forEach((partition, move) ->
                terminal.line(
                        "%s: replicas: %s.%s%s"
                                .formatted(
                                        partition,
                                        ReassignmentFile.text(move.replicas()),
                                        some(" adding: ", move.addingReplicas()),
                                        some(" removing: ", move.removingReplicas()))));
    }

    private static String some(String what, List<Integer> replicas) {
        return replicas.isEmpty() ? "" : what + ReassignmentFile.text(replicas) + ".";
    }

    private static void cancel(
            ReassignmentFile file, Arguments arguments, Admin admin, Terminal terminal) {
        var active =
                new TreeMap<TopicPartition, PartitionReassignment>(KafkaDeleteRecords::compare);
        active.putAll(underWay(admin));
        active.keySet().retainAll(file.replicas().keySet());
        if (active.isEmpty()) {
            terminal.line("None of the specified partition reassignments are active.");
        } else {
            var none = new HashMap<TopicPartition, Optional<NewPartitionReassignment>>();
            active.keySet().forEach(partition -> none.put(partition, Optional.empty()));
            String plural = active.size() == 1 ? "" : "s";
            alter(admin, none, true, "Error cancelling partition reassignment" + plural + " for:");
            terminal.line(
                    "Successfully cancelled partition reassignment%s for: %s"
                            .formatted(plural, ReassignmentFile.text(active.keySet())));
        }
        var directories = new DirectoryMoves(admin, terminal);
        var back = new HashMap<TopicPartitionReplica, String>();
        directories
                .states(file.directories())
                .forEach((replica, state) -> {
                    String current = state.current();
                    if (state.isUnderWay() && current != null) {
                        back.put(replica, current);
                    }
                });
        if (back.isEmpty()) {
            // without an end of line, as Kafka's
            terminal.out().print("None of the specified partition moves are active.");
        } else {
            directories.begin(back, number(arguments, "timeout", TIMEOUT_MS));
        }
        if (!arguments.has("preserve-throttles")) {
            new ReassignmentThrottle(admin, terminal).clear(file);
        }
    }
}
