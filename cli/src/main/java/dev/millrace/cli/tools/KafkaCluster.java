package dev.millrace.cli.tools;

import static dev.millrace.cli.cluster.Connection.await;

import dev.millrace.cli.Terminal;
import dev.millrace.cli.cluster.CommandFailed;
import dev.millrace.cli.cluster.Connection;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.jspecify.annotations.Nullable;

/// `kafka-cluster`: the cluster's id, its nodes' addresses, and brokers that are gone for good.
final class KafkaCluster implements Tool {
    private static final String CONTROLLERS = "bootstrap-controller";
    private static final String FENCED = "include-fenced-brokers";

    @Override
    public OptionTable options() {
        return new OptionTable("kafka-cluster", "ask for a cluster's id and addresses.")
                .letter("b", "bootstrap-server")
                .value(
                        CONTROLLERS,
                        "host:port,...",
                        "A controller of the cluster, or several, in place of brokers; -C for short.")
                .letter("C", CONTROLLERS)
                .letter("c", "command-config")
                .formerly("config")
                .command("cluster-id", "Show the cluster's id.")
                .command("unregister", "Forget broker --id, which is gone for good.")
                .command("list-endpoints", "Show where the brokers, or the controllers, are.")
                .value("id", "id", "unregister: which broker; -i for short.")
                .letter("i", "id")
                .flag(FENCED, "list-endpoints: brokers that are down, too.")
                .example("kafka-cluster cluster-id --bootstrap-server localhost:9092")
                .example("kafka-cluster unregister --bootstrap-server localhost:9092 --id 3");
    }

    @Override
    public int run(Arguments arguments, Terminal terminal) {
        String command =
                List.of("cluster-id", "unregister", "list-endpoints").stream()
                        .filter(arguments::has)
                        .findFirst()
                        .orElseThrow(() -> CommandFailed.usage("too few arguments"));
        arguments.only("id", "unregister");
        arguments.only(FENCED, "list-endpoints");
        try (Connection connection = connect(arguments)) {
            switch (command) {
                case "cluster-id" -> id(connection.admin(), terminal);
                case "unregister" -> unregister(arguments.integer("id"), connection, terminal);
                default ->
                        endpoints(
                                connection.admin(),
                                arguments.has(CONTROLLERS),
                                arguments.has(FENCED),
                                terminal);
            }
        }
        return 0;
    }

    private static Connection connect(Arguments arguments) {
        arguments.refuse("bootstrap-server", CONTROLLERS);
        arguments.refuse("config", "command-config");
        String controllers = arguments.value(CONTROLLERS);
        if (controllers != null && arguments.has(FENCED)) {
            throw CommandFailed.because(
                    "The option --include-fenced-brokers is only supported with --bootstrap-server option");
        }
        var settings = arguments.properties(List.of("config", "command-config"), List.of());
        return controllers == null
                ? Connection.to(arguments.bootstrapServers(), settings)
                : Connection.toController(controllers, settings);
    }

    private static void id(Admin admin, Terminal terminal) {
        String id = await(admin.describeCluster().clusterId());
        terminal.line(
                id == null
                        ? "No cluster ID found. The Kafka version is probably too old."
                        : "Cluster ID: " + id);
    }

    private static void unregister(@Nullable Integer id, Connection connection, Terminal terminal) {
        if (id == null) {
            throw CommandFailed.usage("argument --id/-i is required");
        }
        try {
            await(connection.admin().unregisterBroker(id).all());
            terminal.line("Broker " + id + " is no longer registered.");
        } catch (UnsupportedVersionException old) {
            terminal.line("The target cluster does not support the broker unregistration API.");
        }
    }

    private static void endpoints(
            Admin admin, boolean controllers, boolean fenced, Terminal terminal) {
        try {
            print(
                    await(
                            admin.describeCluster(
                                            new DescribeClusterOptions()
                                                    .includeFencedBrokers(fenced))
                                    .nodes()),
                    controllers,
                    terminal);
        } catch (UnsupportedVersionException old) {
            terminal.line(String.valueOf(old.getMessage()));
        }
    }

    static void print(Collection<Node> nodes, boolean controllers, Terminal terminal) {
        int host = widest(nodes, Node::host, 100);
        int rack = widest(nodes, Node::rack, 10);
        var table = new TextTable().fixed("ID", 10).fixed("HOST", host).fixed("PORT", 10);
        table.fixed("RACK", rack);
        if (!controllers) {
            table.fixed("STATE", 10);
        }
        table.fixed("ENDPOINT_TYPE", 15);
        for (Node node : nodes) {
            var row = new ArrayList<String>();
            row.add(node.idString());
            row.add(node.host());
            row.add(Integer.toString(node.port()));
            row.add(String.valueOf(node.rack()));
            if (!controllers) {
                row.add(node.isFenced() ? "fenced" : "unfenced");
            }
            row.add(controllers ? "controller" : "broker");
            table.row(row);
        }
        table.print(terminal);
    }

    private static int widest(
            Collection<Node> nodes, Function<Node, @Nullable String> what, int otherwise) {
        return nodes.stream()
                .map(what)
                .filter(Objects::nonNull)
                .mapToInt(String::length)
                .max()
                .orElse(otherwise);
    }
}
