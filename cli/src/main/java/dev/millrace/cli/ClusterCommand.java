package dev.millrace.cli;

import dev.millrace.cli.cluster.Balancing;
import dev.millrace.cli.cluster.BootstrapAddresses;
import dev.millrace.cli.cluster.ClusterView;
import dev.millrace.cli.cluster.CommandFailed;
import dev.millrace.cli.cluster.Connection;
import dev.millrace.cli.cluster.ControlSocket;
import dev.millrace.cli.placement.Placement;
import java.time.Duration;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.errors.ControllerIdNotRegisteredException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `millrace cluster status | add | drain | remove | rebalance | stop-broker | start-broker`.
@Command(
        name = "cluster",
        description = "Show a cluster's brokers, grow and shrink it, balance it.",
        footer = {
            "",
            "Examples:",
            "  millrace cluster status",
            "  millrace cluster rebalance             shows what it would move, and why",
            "  millrace cluster drain 3               moves everything off broker 3",
            "  millrace cluster stop-broker 2         of a cluster that `millrace up --brokers 3` runs"
        })
final class ClusterCommand {
    private static final Duration LOOK = Duration.ofMillis(500);

    private final Terminal terminal;

    ClusterCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    /// How replicas are moved.
    static final class MoveOptions {
        @Option(
                names = "--at-once",
                paramLabel = "COUNT",
                defaultValue = "20",
                description =
                        "How many partitions move at the same time (default: ${DEFAULT-VALUE}).")
        int atOnce = 20;

        @Option(
                names = "--throttle",
                paramLabel = "SIZE",
                description =
                        "At most so many bytes a second into and out of each broker, for example 50MB.")
        @Nullable String throttle;

        ClusterMoves of(Terminal terminal, Admin admin) {
            if (atOnce < 1) {
                throw CommandFailed.usage("--at-once takes a number from 1");
            }
            Long bytes = null;
            if (throttle != null) {
                bytes = (long) Quantity.bytes("--throttle", throttle);
                if (bytes == 0) {
                    throw CommandFailed.usage("--throttle takes a size of 1B or more");
                }
            }
            return new ClusterMoves(terminal, admin, atOnce, bytes);
        }
    }

    /// What the cluster does by itself: one of these, instead of a plan.
    static final class OwnBalancing {
        @Option(
                names = "--explain",
                description = "Show what the cluster has moved by itself, and why.")
        boolean explain;

        @Option(names = "--off", description = "The cluster moves nothing by itself any more.")
        boolean off;

        @Option(
                names = "--on",
                description = "The cluster balances by itself, as it does at first.")
        boolean on;

        void run(Terminal terminal, Admin admin) {
            var balancing = new Balancing(admin);
            if (!explain) {
                balancing.enable(on);
                terminal.line("the cluster balances by itself: " + (on ? "on" : "off"));
                return;
            }
            Balancing.Seen seen = balancing.look(ClusterView.of(admin));
            seen.done().forEach(terminal::line);
            terminal.line(
                    "the cluster balances by itself: "
                            + (seen.enabled() ? "on" : "off")
                            + (seen.now().isEmpty() ? "" : "; " + seen.now()));
        }
    }

    /// A cluster in one process of this user is reached by the brokers that run, whichever was named.
    private static Connection connect(ClusterOptions cluster) {
        var addresses = BootstrapAddresses.parse(cluster.bootstrapServers);
        String servers = ControlSocket.runningBrokers(addresses);
        return servers == null ? cluster.connect() : Connection.to(servers, cluster.settings());
    }

    @Command(
            name = "status",
            description = "Show the brokers, the quorum, and the partitions that are not well.",
            footer = {
                "",
                "LAG is how many records of the metadata log a node is behind its leader.",
                "",
                "Examples:",
                "  millrace cluster status",
                "  millrace cluster status --output json"
            })
    int status(
            @Option(
                            names = "--output",
                            paramLabel = "FORM",
                            defaultValue = "text",
                            description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
                    OutputForm output,
            @Mixin ClusterOptions cluster) {
        try (var connection = connect(cluster)) {
            ClusterView view = ClusterView.of(connection.admin());
            var status = new ClusterStatus(view, Placement.of(connection.admin(), view));
            if (output == OutputForm.json) {
                Json.print(terminal, status::write);
            } else {
                status.print(terminal);
            }
        }
        return 0;
    }

    @Command(
            name = "add",
            description = "Print the settings with which one more broker joins the cluster.",
            footer = {
                "",
                "Examples:",
                "  millrace cluster add --host node4.example.com > server.properties",
                "  millrace up --config server.properties          (on that machine)",
                "  millrace cluster rebalance --execute            (gives it its share)"
            })
    int add(
            @Option(
                            names = "--host",
                            paramLabel = "HOST",
                            defaultValue = "localhost",
                            description =
                                    "The name by which the others will reach it (default: ${DEFAULT-VALUE}).")
                    String host,
            @Option(
                            names = "--port",
                            paramLabel = "PORT",
                            defaultValue = "9092",
                            description = "Its port (default: ${DEFAULT-VALUE}).")
                    int port,
            @Option(
                            names = "--id",
                            paramLabel = "ID",
                            description =
                                    "Its number (default: one more than the greatest there is).")
                    @Nullable Integer id,
            @Option(names = "--rack", paramLabel = "RACK", description = "The rack it stands in.")
                    @Nullable String rack,
            @Mixin ClusterOptions cluster) {
        try (var connection = connect(cluster)) {
            ClusterView view = ClusterView.of(connection.admin());
            NewNode.requireWayToControllers(connection.admin(), view);
            new NewNode(view, id, host, port, rack).properties().forEach(terminal::line);
        }
        return 0;
    }

    @Command(
            name = "drain",
            description = "Move everything off a broker; run again, it goes on where it was.",
            footer = {
                "",
                "Ctrl-C leaves what is under way to the cluster.",
                "",
                "Examples:",
                "  millrace cluster drain 3 --dry-run",
                "  millrace cluster drain 3 --throttle 50MB"
            })
    int drain(
            @Parameters(paramLabel = "ID", description = "Which broker.") int id,
            @Option(
                            names = "--undo",
                            description =
                                    "Let the cluster's own balancing put something there again.")
                    boolean undo,
            @Option(names = "--dry-run", description = "Only show what would move.") boolean dryRun,
            @Mixin MoveOptions moves,
            @Mixin ClusterOptions cluster)
            throws InterruptedException {
        try (var connection = connect(cluster)) {
            if (undo) {
                new Balancing(connection.admin()).fill(id);
                terminal.line("broker " + id + " takes its share again");
            } else {
                moves.of(terminal, connection.admin()).drain(id, dryRun);
            }
        }
        return 0;
    }

    @Command(
            name = "remove",
            description = "Drain a broker and, once it is stopped, forget it.",
            footer = {"", "Examples:", "  millrace cluster remove 3"})
    int remove(
            @Parameters(paramLabel = "ID", description = "Which broker.") int id,
            @Option(
                            names = "--wait",
                            paramLabel = "SECONDS",
                            defaultValue = "12",
                            description =
                                    "How long to wait for the broker to be stopped (default: ${DEFAULT-VALUE}).")
                    int waitSeconds,
            @Mixin MoveOptions moves,
            @Mixin ClusterOptions cluster)
            throws InterruptedException {
        try (var connection = connect(cluster)) {
            Admin admin = connection.admin();
            ClusterView view = ClusterView.of(admin);
            var quorum = view.quorum();
            if (quorum != null
                    && quorum.voters().stream().anyMatch(voter -> voter.replicaId() == id)) {
                throw CommandFailed.because(
                        "node "
                                + id
                                + " is a voter of the metadata quorum: the cluster cannot do without it until it is none; `millrace cluster drain "
                                + id
                                + "` empties its broker");
            }
            moves.of(terminal, admin).drain(id, false);
            awaitDown(admin, id, waitSeconds);
            if (ClusterView.of(admin).replicas().getOrDefault(id, 0) > 0) {
                terminal.line("broker " + id + " was given something while it was waited for");
                moves.of(terminal, admin).drain(id, false);
            }
            new Balancing(admin).fill(id);
            Connection.await(admin.unregisterBroker(id).all());
            forgetController(admin, id);
            terminal.line("broker " + id + " is forgotten");
        }
        return 0;
    }

    /// A node that was a controller too: its registration would hold up every newer level of a feature.
    private static void forgetController(Admin admin, int id) {
        try {
            Connection.await(admin.unregisterController(id).all());
        } catch (ControllerIdNotRegisteredException | UnsupportedVersionException none) {
            // It was none, or the cluster is at a level at which none can be forgotten.
            return;
        }
    }

    private void awaitDown(Admin admin, int id, int waitSeconds) throws InterruptedException {
        boolean up = isUp(admin, id);
        if (up) {
            terminal.line("waiting until broker " + id + " is seen to be down: stop it now");
            terminal.out().flush();
        }
        long end = System.nanoTime() + Duration.ofSeconds(waitSeconds).toNanos();
        while (up && System.nanoTime() < end) {
            Thread.sleep(LOOK);
            up = isUp(admin, id);
        }
        if (up) {
            throw CommandFailed.because(
                    "broker "
                            + id
                            + " still runs: stop it, then `millrace cluster remove "
                            + id
                            + "` again forgets it");
        }
    }

    private static boolean isUp(Admin admin, int id) {
        return ClusterView.brokers(admin).stream()
                .anyMatch((Node node) -> node.id() == id && !node.isFenced());
    }

    @Command(
            name = "rebalance",
            description =
                    "Even out leaders, then bytes, between the brokers; shows the plan, and carries it out with --execute.",
            footer = {
                "",
                "Examples:",
                "  millrace cluster rebalance",
                "  millrace cluster rebalance --execute --throttle 50MB",
                "  millrace cluster rebalance --explain      what the cluster moves by itself, and why",
                "  millrace cluster rebalance --off          it moves nothing by itself any more"
            })
    int rebalance(
            @Option(names = "--execute", description = "Carry the plan out.") boolean execute,
            @ArgGroup @Nullable OwnBalancing own,
            @Mixin MoveOptions moves,
            @Mixin ClusterOptions cluster)
            throws InterruptedException {
        if (own != null && execute) {
            throw CommandFailed.usage(
                    "--execute carries out a plan, and --explain, --off and --on are about what the cluster does by itself: use one of them");
        }
        try (var connection = connect(cluster)) {
            if (own != null) {
                own.run(terminal, connection.admin());
            } else {
                moves.of(terminal, connection.admin()).rebalance(execute);
            }
        }
        return 0;
    }

    @Command(
            name = "stop-broker",
            description =
                    "Stop one broker of a cluster that runs in one process (`millrace up --brokers 3`).",
            footer = {"", "Examples:", "  millrace cluster stop-broker 2"})
    int stopBroker(
            @Parameters(paramLabel = "ID", description = "Which broker.") int id,
            @Mixin ClusterOptions cluster) {
        new LocalBrokers(terminal, cluster).stop(id);
        return 0;
    }

    @Command(
            name = "start-broker",
            description = "Start one broker that `stop-broker` has stopped.",
            footer = {"", "Examples:", "  millrace cluster start-broker 2"})
    int startBroker(
            @Parameters(paramLabel = "ID", description = "Which broker.") int id,
            @Mixin ClusterOptions cluster) {
        new LocalBrokers(terminal, cluster).start(id);
        return 0;
    }
}
