package dev.millrace.cli;

import static dev.millrace.cli.cluster.Connection.await;

import dev.millrace.cli.cluster.BootstrapAddresses;
import dev.millrace.cli.cluster.ClusterView;
import dev.millrace.cli.cluster.CommandFailed;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.QuorumInfo;
import org.apache.kafka.clients.admin.RaftVoterEndpoint;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.jspecify.annotations.Nullable;

/// The settings with which another broker joins a cluster: what `millrace cluster add` prints.
///
/// @param host where the new broker will be reached
/// @param rack null for none
record NewNode(
        ClusterView view, @Nullable Integer id, String host, int port, @Nullable String rack) {
    private static final String LISTENERS = "controller.listener.names";
    private static final Pattern EVERY_INTERFACE = Pattern.compile("://(0\\.0\\.0\\.0|\\[?::]?)?:");
    private static final int HIGHEST_PORT = 65_535;
    private static final int HTTP_AFTER = 3; // 9092 and 9095

    NewNode {
        if (port < 1 || port > HIGHEST_PORT) {
            throw CommandFailed.usage("--port takes a number from 1 to " + HIGHEST_PORT);
        }
    }

    /// A controller that began alone, with no listener for others, is in the quorum by an address where nobody listens.
    static void requireWayToControllers(Admin admin, ClusterView view) {
        QuorumInfo quorum = view.quorum();
        if (quorum == null
                || view.brokers().stream().noneMatch(each -> each.id() == quorum.leaderId())) {
            return; // a controller that is no broker has a listener, or would not be there
        }
        var leader =
                new ConfigResource(ConfigResource.Type.BROKER, Integer.toString(quorum.leaderId()));
        Config config =
                await(admin.describeConfigs(List.of(leader)).all())
                        .getOrDefault(leader, new Config(List.of()));
        var names = config.get(LISTENERS);
        if (names == null || names.source() != ConfigEntry.ConfigSource.STATIC_BROKER_CONFIG) {
            throw noListener();
        }
        if (view.brokers().size() == 1) {
            requireAddress(config);
        }
    }

    /// A broker of Millrace that is alone tells clients the address that they came by, unless its settings name one: others would not find it.
    private static void requireAddress(Config config) {
        boolean named =
                config.get("millrace.http.listener") == null // Kafka's tell the machine's name
                        || !value(config, "advertised.listeners").isEmpty()
                        || !value(config, "controller.quorum.bootstrap.servers").isEmpty()
                        || value(config, "controller.quorum.voters").contains(",");
        List<String> controllers = List.of(value(config, LISTENERS).split(" *, *"));
        boolean anywhere =
                Stream.of(value(config, "listeners").split(" *, *"))
                        .filter(each -> !controllers.contains(each.replaceFirst("://.*", "")))
                        .anyMatch(each -> EVERY_INTERFACE.matcher(each).find());
        if (!named && anywhere) {
            throw CommandFailed.because(
                    "others could not reach the broker that this cluster has: set advertised.listeners=PLAINTEXT://HOST:PORT there, and start it again, first");
        }
    }

    private static String value(Config config, String key) {
        var entry = config.get(key);
        return entry == null || entry.value() == null ? "" : entry.value().strip();
    }

    private static CommandFailed noListener() {
        return CommandFailed.because(
                "the controllers of this cluster have no listener of their own: give them "
                        + LISTENERS
                        + " and controller.quorum.voters first");
    }

    List<String> properties() {
        QuorumInfo quorum = view.quorum();
        if (quorum == null) {
            throw CommandFailed.because("this cluster does not tell who its controllers are");
        }
        var voters = new ArrayList<String>();
        var addresses = new ArrayList<String>();
        String listener = "CONTROLLER";
        String local = null;
        for (var node : new TreeMap<>(quorum.nodes()).entrySet()) {
            for (RaftVoterEndpoint endpoint :
                    node.getValue().endpoints().stream().limit(1).toList()) {
                String address = endpoint.host() + ":" + endpoint.port();
                addresses.add(address);
                if (isLoopback(endpoint.host())) {
                    local = address;
                }
                voters.add(node.getKey() + "@" + address);
                listener = endpoint.listener();
            }
        }
        if (voters.isEmpty()) {
            throw noListener();
        }
        var lines =
                new ArrayList<>(
                        List.of(
                                "# another broker of cluster " + view.clusterId(),
                                "node.id=" + nodeId(),
                                "process.roles=broker",
                                "listeners=PLAINTEXT://0.0.0.0:" + port,
                                "advertised.listeners=PLAINTEXT://" + host + ":" + port,
                                LISTENERS + "=" + listener,
                                votersMayChange(quorum)
                                        ? "controller.quorum.bootstrap.servers="
                                                + String.join(",", addresses)
                                        : "controller.quorum.voters=" + String.join(",", voters)));
        if (rack != null) {
            lines.add("broker.rack=" + rack);
        }
        if (local != null && !isLoopback(host)) {
            lines.add(
                    "# %s will not find the controller at %s, which is each machine's own: give the controller a name that others know"
                            .formatted(host, local));
            lines.add(
                    "# (advertised.listeners, and controller.quorum.voters where it is set), start it again, and run this again");
        }
        lines.add(
                "# metrics, and what `millrace` asks beyond Kafka; 0.0.0.0 for other machines too");
        lines.add("millrace.http.listener=localhost:" + httpPort());
        lines.add("# change this to a directory on that machine's disk");
        lines.add("log.dirs=/var/lib/millrace");
        return lines;
    }

    private static boolean isLoopback(String host) {
        return new BootstrapAddresses.Address(host, 0).isLoopback();
    }

    /// Another than 9095 where the broker has another port than usual: there may be several on the machine.
    private int httpPort() {
        return port <= HIGHEST_PORT - HTTP_AFTER ? port + HTTP_AFTER : port - HTTP_AFTER;
    }

    /// Voters that are kept in the metadata log are known by their directories too (KIP-853); fixed ones are not.
    private static boolean votersMayChange(QuorumInfo quorum) {
        return quorum.voters().stream()
                .anyMatch(voter -> !voter.replicaDirectoryId().equals(Uuid.ZERO_UUID));
    }

    int nodeId() {
        var taken = new ArrayList<>(view.brokers().stream().map(node -> node.id()).toList());
        QuorumInfo quorum = view.quorum();
        if (quorum != null) {
            quorum.voters().forEach(voter -> taken.add(voter.replicaId()));
        }
        if (id != null && taken.contains(id)) {
            throw CommandFailed.because("node " + id + " is in this cluster already");
        }
        return id != null ? id : taken.stream().mapToInt(i -> i).max().orElse(0) + 1;
    }
}
