package dev.millrace.cli.tools;

import dev.millrace.cli.Terminal;
import dev.millrace.cli.cluster.CommandFailed;
import dev.millrace.cli.cluster.Connection;
import dev.millrace.cli.cluster.Explanation;
import java.time.Clock;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.QuorumInfo;
import org.apache.kafka.clients.admin.QuorumInfo.ReplicaState;
import org.apache.kafka.clients.admin.RaftVoterEndpoint;
import org.apache.kafka.common.Uuid;

/// `kafka-metadata-quorum`: who votes about the metadata and how far each has come, and the voters' coming and going (KIP-853).
final class KafkaMetadataQuorum implements Tool {
    @Override
    public OptionTable options() {
        return new OptionTable(
                        "kafka-metadata-quorum",
                        "describe the metadata quorum, and change its voters.")
                .value(
                        "bootstrap-controller",
                        "host:port,...",
                        "A controller of the cluster, or several, in place of brokers.")
                .command("describe", "Describe the quorum: --status or --replication.")
                .command(
                        "add-controller",
                        "Make the controller a voter whose server.properties is named by --command-config.")
                .command("remove-controller", "Make a controller an observer.")
                .flag("status", "describe: a short summary.")
                .flag("replication", "describe: how far each replica has come.")
                .flag("human-readable", "describe --replication: times as distances from now.")
                .value("controller-id", "id", "remove-controller: which; -i for short.")
                .letter("i", "controller-id")
                .value(
                        "controller-directory-id",
                        "id",
                        "remove-controller: its directory, as describe shows it; -d for short.")
                .letter("d", "controller-directory-id")
                .flag(
                        "unregister",
                        "remove-controller: forget its registration too; it is to be stopped.")
                .flag("dry-run", "Say what would be done, and do not do it.")
                .example(
                        "kafka-metadata-quorum --bootstrap-server localhost:9092 describe --status")
                .example(
                        "kafka-metadata-quorum --bootstrap-controller localhost:9093 --command-config controller.properties add-controller");
    }

    @Override
    public int run(Arguments arguments, Terminal terminal) {
        String command =
                List.of("describe", "add-controller", "remove-controller").stream()
                        .filter(arguments::has)
                        .findFirst()
                        .orElseThrow(() -> CommandFailed.usage("too few arguments"));
        try (Connection connection = connect(arguments)) {
            switch (command) {
                case "describe" -> describe(arguments, connection.admin(), terminal);
                case "add-controller" -> add(arguments, connection, terminal);
                default -> remove(arguments, connection, terminal);
            }
        }
        return 0;
    }

    /// To the brokers or to the controllers, whichever is named.
    static Connection connect(Arguments arguments) {
        arguments.refuse("bootstrap-server", "bootstrap-controller");
        String controllers = arguments.value("bootstrap-controller");
        return controllers == null
                ? arguments.connect()
                : Connection.toController(
                        controllers, arguments.properties(List.of("command-config"), List.of()));
    }

    private static void describe(Arguments arguments, Admin admin, Terminal terminal) {
        boolean replication = arguments.has("replication");
        if (arguments.has("status") && replication) {
            throw CommandFailed.because(
                    "Only one of --status or --replication should be specified with describe sub-command");
        }
        if (!arguments.has("status") && !replication) {
            throw CommandFailed.because(
                    "One of --status or --replication must be specified with describe sub-command");
        }
        if (arguments.has("human-readable") && !replication) {
            throw CommandFailed.because(
                    "The option --human-readable is only supported along with --replication");
        }
        if (replication) {
            replication(admin, arguments.has("human-readable"), terminal);
        } else {
            status(admin, terminal);
        }
    }

    private static ReplicaState leader(QuorumInfo quorum) {
        return quorum.voters().stream()
                .filter(voter -> voter.replicaId() == quorum.leaderId())
                .findFirst()
                .orElseThrow(() -> new NoSuchElementException("No value present"));
    }

    private static void replication(Admin admin, boolean readable, Terminal terminal) {
        QuorumInfo quorum = Connection.await(admin.describeMetadataQuorum().quorumInfo());
        ReplicaState leader = leader(quorum);
        var table =
                new KafkaTransactions.TabbedTable(
                        "NodeId",
                        "DirectoryId",
                        "LogEndOffset",
                        "Lag",
                        "LastFetchTimestamp",
                        "LastCaughtUpTimestamp",
                        "Status");
        table.row((Object[]) row(leader, leader, "Leader", readable));
        for (ReplicaState voter : quorum.voters()) {
            if (voter.replicaId() != leader.replicaId()) {
                table.row((Object[]) row(leader, voter, "Follower", readable));
            }
        }
        for (ReplicaState observer : quorum.observers()) {
            table.row((Object[]) row(leader, observer, "Observer", readable));
        }
        table.print(terminal);
    }

    private static String[] row(
            ReplicaState leader, ReplicaState replica, String status, boolean readable) {
        return new String[] {
            "" + replica.replicaId(),
            "" + replica.replicaDirectoryId(),
            "" + replica.logEndOffset(),
            "" + (leader.logEndOffset() - replica.logEndOffset()),
            time(replica.lastFetchTimestamp(), "last fetch", readable),
            time(replica.lastCaughtUpTimestamp(), "last caught up", readable),
            status
        };
    }

    private static String time(OptionalLong time, String what, boolean readable) {
        if (time.isEmpty()) {
            return "-1";
        }
        long ms = time.getAsLong();
        if (!readable) {
            return Long.toString(ms);
        }
        long now = Clock.systemUTC().millis();
        if (ms <= 0 || ms > now) {
            throw CommandFailed.because(
                    "Error while computing relative time, possible drift in system clock.%nCurrent timestamp is %d, %s timestamp is %d"
                            .formatted(now, what, ms));
        }
        return (now - ms) + " ms ago";
    }

    private static void status(Admin admin, Terminal terminal) {
        String clusterId = Connection.await(admin.describeCluster().clusterId());
        QuorumInfo quorum = Connection.await(admin.describeMetadataQuorum().quorumInfo());
        ReplicaState leader = leader(quorum);
        ReplicaState last =
                quorum.voters().stream()
                        .min(Comparator.comparingLong(ReplicaState::logEndOffset))
                        .orElse(leader);
        terminal.line("ClusterId:              " + clusterId);
        terminal.line("LeaderId:               " + quorum.leaderId());
        terminal.line("LeaderEpoch:            " + quorum.leaderEpoch());
        terminal.line("HighWatermark:          " + quorum.highWatermark());
        terminal.line("MaxFollowerLag:         " + (leader.logEndOffset() - last.logEndOffset()));
        terminal.line("MaxFollowerLagTimeMs:   " + lagMs(leader, last));
        terminal.line("CurrentVoters:          " + replicas(quorum, quorum.voters()));
        terminal.line("CurrentObservers:       " + replicas(quorum, quorum.observers()));
    }

    private static long lagMs(ReplicaState leader, ReplicaState last) {
        if (leader.replicaId() == last.replicaId()) {
            return 0;
        }
        return leader.lastCaughtUpTimestamp().isPresent()
                        && last.lastCaughtUpTimestamp().isPresent()
                ? leader.lastCaughtUpTimestamp().getAsLong()
                        - last.lastCaughtUpTimestamp().getAsLong()
                : -1;
    }

    private static String replicas(QuorumInfo quorum, List<ReplicaState> replicas) {
        return replicas.stream()
                .map(replica -> replica(quorum, replica))
                .collect(Collectors.joining(", ", "[", "]"));
    }

    private static String replica(QuorumInfo quorum, ReplicaState replica) {
        Uuid directory = replica.replicaDirectoryId();
        QuorumInfo.Node node = quorum.nodes().get(replica.replicaId());
        List<RaftVoterEndpoint> endpoints = node == null ? List.of() : node.endpoints();
        return "{\"id\": "
                + replica.replicaId()
                + ", \"directoryId\": "
                + (directory.equals(Uuid.ZERO_UUID) ? "null" : "\"" + directory + "\"")
                + (endpoints.isEmpty()
                        ? ""
                        : endpoints.stream()
                                .map(endpoint -> "\"" + endpoint + "\"")
                                .collect(Collectors.joining(", ", ", \"endpoints\": [", "]")))
                + "}";
    }

    private static void add(Arguments arguments, Connection connection, Terminal terminal) {
        if (!arguments.has("command-config")) {
            throw CommandFailed.because(
                    "You must supply the configuration file of the controller you are adding when using add-controller.");
        }
        Map<String, String> file = arguments.properties(List.of("command-config"), List.of());
        NewVoter voter = NewVoter.of(file);
        boolean dry = arguments.has("dry-run");
        if (!dry) {
            Connection.await(
                    connection
                            .admin()
                            .addRaftVoter(voter.id(), voter.directory(), voter.endpoints())
                            .all());
        }
        terminal.line(
                "%s controller %d with directory id %s and endpoints: %s"
                        .formatted(
                                dry ? "DRY RUN of adding" : "Added",
                                voter.id(),
                                voter.directory(),
                                voter.endpoints().stream()
                                        .map(KafkaMetadataQuorum::url)
                                        .collect(Collectors.joining(", "))));
    }

    private static String url(RaftVoterEndpoint endpoint) {
        String host = endpoint.host();
        return endpoint.listener()
                + "://"
                + (host.contains(":") ? "[" + host + "]" : host)
                + ":"
                + endpoint.port();
    }

    private static void remove(Arguments arguments, Connection connection, Terminal terminal) {
        Integer id = arguments.integer("controller-id");
        String directory = arguments.value("controller-directory-id");
        if (id == null || directory == null) {
            throw CommandFailed.usage(
                    "argument --controller-id/-i and --controller-directory-id/-d are required");
        }
        if (id < 0) {
            throw CommandFailed.because("Invalid negative --controller-id: " + id);
        }
        Uuid directoryId;
        try {
            directoryId = Uuid.fromString(directory);
        } catch (IllegalArgumentException wrong) {
            throw CommandFailed.because(
                    "Failed to parse --controller-directory-id: " + wrong.getMessage());
        }
        boolean dry = arguments.has("dry-run");
        if (!dry) {
            Connection.await(connection.admin().removeRaftVoter(id, directoryId).all());
        }
        terminal.line(
                "%s KRaft controller %d with directory id %s"
                        .formatted(dry ? "DRY RUN of removing" : "Removed", id, directoryId));
        if (arguments.has("unregister")) {
            if (!dry) {
                Connection.await(connection.admin().unregisterController(id).all());
            }
            terminal.line(
                    "%s KRaft controller %d"
                            .formatted(dry ? "DRY RUN of unregistering" : "Unregistered", id));
        }
    }

    @Override
    public void failed(Throwable failure, String address, Terminal terminal) {
        terminal.err().println(Explanation.of(failure, address));
    }
}
