package dev.millrace.cli;

import dev.millrace.cli.cluster.BootstrapAddresses;
import dev.millrace.cli.cluster.ClusterView;
import dev.millrace.cli.cluster.Connection;
import dev.millrace.cli.cluster.ControlSocket;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// `millrace cluster stop-broker` and `start-broker`: brokers of a cluster that runs in one process of this user.
final class LocalBrokers {
    private final Terminal terminal;
    private final ControlSocket socket;
    private final Map<String, String> settings;

    LocalBrokers(Terminal terminal, ClusterOptions cluster) {
        this.terminal = terminal;
        this.socket = ControlSocket.find(BootstrapAddresses.parse(cluster.bootstrapServers));
        this.settings = cluster.settings();
    }

    void stop(int id) {
        after("broker " + id + " is stopped", socket.stop(id));
    }

    void start(int id) {
        List<ControlSocket.Node> nodes = socket.start(id);
        if (nodes.stream().anyMatch(node -> node.id() == id && !node.running())) {
            terminal.line(
                    "broker "
                            + id
                            + " starts; it is ready when another controller runs: `millrace cluster start-broker` starts one more of them");
            return;
        }
        after("broker " + id + " runs", nodes);
        terminal.line("`millrace cluster rebalance --execute` lets it lead again what it led");
    }

    /// What has become of the partitions; the brokers that are left are asked.
    private void after(String what, List<ControlSocket.Node> nodes) {
        List<ControlSocket.Node> running =
                nodes.stream().filter(ControlSocket.Node::running).toList();
        if (running.isEmpty()) {
            terminal.line(what + "; none runs now");
            return;
        }
        String servers =
                running.stream().map(ControlSocket.Node::address).collect(Collectors.joining(","));
        try (var connection = Connection.to(servers, settings)) {
            ClusterView view = ClusterView.of(connection.admin());
            terminal.line(what + "; partitions led now: " + leaders(view));
            int offline = view.offline().size();
            if (offline > 0) {
                terminal.line(offline + " have no leader until a broker with their records runs");
            }
        }
        if (running.size() < nodes.size()) {
            terminal.line("commands reach the others with --bootstrap-server " + servers);
        }
    }

    private static String leaders(ClusterView view) {
        return view.leaders().entrySet().stream()
                .map(entry -> "broker " + entry.getKey() + ": " + entry.getValue())
                .collect(Collectors.joining(", "));
    }
}
