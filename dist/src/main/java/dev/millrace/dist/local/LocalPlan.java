package dev.millrace.dist.local;

import dev.millrace.broker.config.BrokerConfig;
import dev.millrace.broker.config.Settings;
import dev.millrace.broker.config.WrongSetting;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;

/// What every node of a cluster in one process is told, from the one set of settings that a person gave.
///
/// Node 1 listens where it was asked to (9092), the others at the next free ports; then come the ports for HTTP and those of the
/// controllers. Everything is on this machine only. Each node has a folder of its own, `broker1`, `broker2`, ..., below the given one.
///
/// @param given the person's settings: they hold for all nodes
/// @param data the folder for all
/// @param ports of the Kafka listeners, then of HTTP, then of the controllers: as many of each as there are nodes
public record LocalPlan(Settings given, Path data, int brokers, List<Integer> ports) {
    /// More are possible, and teach nothing more.
    public static final int MOST_BROKERS = 9;

    private static final String HTTP = "millrace.http.listener";
    private static final String HOST = "localhost";
    private static final Set<String> THIS_MACHINE = Set.of("localhost", "127.0.0.1");

    /// What each node must be told differently, or what would keep the nodes from finding each other.
    private static final List<String> OURS =
            List.of(
                    "node.id",
                    "broker.id",
                    "process.roles",
                    "advertised.listeners",
                    "inter.broker.listener.name",
                    "listener.security.protocol.map",
                    "controller.listener.names",
                    "controller.quorum.voters",
                    "controller.quorum.bootstrap.servers",
                    "metadata.log.dir",
                    "broker.rack");

    /// Reads what was given and looks for ports.
    public static LocalPlan of(Settings given, int brokers) throws WrongSetting {
        if (brokers < 1 || brokers > MOST_BROKERS) {
            throw new WrongSetting(
                    "--brokers %d: 1 to %d run in one process".formatted(brokers, MOST_BROKERS));
        }
        for (String key : OURS) {
            if (given.text(key) != null) {
                throw new WrongSetting(
                        key + ": --brokers decides this for each of its brokers; leave it out");
            }
        }
        if (given.text(HTTP) != null) {
            throw new WrongSetting(
                    HTTP
                            + ": --brokers chooses a port for each of its brokers; leave it out, or empty for none");
        }
        return new LocalPlan(
                given, folder(given), brokers, FreePorts.from(firstPort(given), 3 * brokers));
    }

    private static Path folder(Settings given) throws WrongSetting {
        List<String> dirs = given.list(given.text("log.dirs") != null ? "log.dirs" : "log.dir");
        if (dirs.size() > 1) {
            throw new WrongSetting("log.dirs: --brokers makes a folder for each broker in one");
        }
        return dirs.isEmpty() ? BrokerConfig.DEFAULT_DATA : Path.of(dirs.getFirst());
    }

    private static int firstPort(Settings given) throws WrongSetting {
        String listeners =
                given.text("listeners", "PLAINTEXT://localhost:" + BrokerConfig.DEFAULT_PORT);
        int scheme = listeners.indexOf("://");
        int colon = listeners.lastIndexOf(':');
        if (scheme < 0
                || colon <= scheme
                || listeners.contains(",")
                || !THIS_MACHINE.contains(listeners.substring(scheme + 3, colon))) {
            throw new WrongSetting(
                    "listeners = %s: --brokers runs a cluster for this machine only; choose the first port with --port"
                            .formatted(listeners));
        }
        try {
            return Integer.parseInt(listeners.substring(colon + 1));
        } catch (NumberFormatException e) {
            throw new WrongSetting("listeners = " + listeners + ": a port is a number");
        }
    }

    /// Refuses a folder that holds something else: one broker, or a cluster of another size whose quorum would be another.
    ///
    /// @param brokers 1 for a broker that runs alone
    public static void checkFolder(Path data, int brokers) throws WrongSetting {
        int there = 0;
        while (Files.exists(data.resolve(folder(there + 1)).resolve("meta.properties"))) {
            there++;
        }
        if (brokers > 1 && Files.exists(data.resolve("meta.properties"))) {
            throw new WrongSetting(
                    "%s holds a single broker: choose another folder with --data DIR, or leave out --brokers."
                            .formatted(data));
        }
        boolean fits = there == 0 || (brokers >= there && voters(there) == voters(brokers));
        if (!fits) {
            throw new WrongSetting(
                    "%s holds a cluster of %d brokers: start it with --brokers %d%s, or choose another folder with --data DIR."
                            .formatted(data, there, there, there >= 3 ? " or more" : ""));
        }
    }

    private static String folder(int id) {
        return "broker" + id;
    }

    /// How many of the nodes are controllers too, the first ones: three, so that any one may be away, or one when there are not three.
    static int voters(int brokers) {
        return brokers < 3 ? 1 : 3;
    }

    /// Where node `id`, 1 or more, keeps its data.
    public Path directory(int id) {
        return data.resolve(folder(id));
    }

    /// Where clients reach node `id`.
    public String address(int id) {
        return HOST + ":" + ports.get(id - 1);
    }

    /// Where node `id` is meant to answer HTTP; empty for nowhere.
    public String http(int id) {
        boolean none = given.asMap().containsKey(HTTP);
        return none ? "" : HOST + ":" + ports.get(brokers + id - 1);
    }

    private String controller(int id) {
        return HOST + ":" + ports.get(2 * brokers + id - 1);
    }

    /// All addresses for clients, as `--bootstrap-server` wants them.
    public String bootstrapServers() {
        var all = new ArrayList<String>();
        for (int id = 1; id <= brokers; id++) {
            all.add(address(id));
        }
        return String.join(",", all);
    }

    private String quorum() {
        var all = new ArrayList<String>();
        for (int id = 1; id <= voters(brokers); id++) {
            all.add(id + "@" + controller(id));
        }
        return String.join(",", all);
    }

    /// What a topic is made with when nobody says.
    public int replicas() {
        return Math.min(3, brokers);
    }

    /// How many of the replicas must have a record before it is acknowledged with acks=all.
    public int inSync() {
        return replicas() < 3 ? 1 : 2;
    }

    /// What node `id` is told.
    Settings settings(int id) {
        boolean voter = id <= voters(brokers);
        String clients = "PLAINTEXT://" + address(id);
        String replicas = Integer.toString(replicas());
        var all = new TreeMap<String, String>();
        all.put("default.replication.factor", replicas);
        all.put("offsets.topic.replication.factor", replicas);
        all.put("transaction.state.log.replication.factor", replicas);
        all.put("min.insync.replicas", Integer.toString(inSync()));
        all.putAll(given.asMap());
        all.remove("log.dir");
        all.put("node.id", Integer.toString(id));
        all.put("process.roles", voter ? "broker,controller" : "broker");
        all.put("listeners", voter ? clients + ",CONTROLLER://" + controller(id) : clients);
        all.put("controller.listener.names", "CONTROLLER");
        all.put("controller.quorum.voters", quorum());
        all.put("log.dirs", directory(id).toString());
        all.put(HTTP, http(id));
        return Settings.of(all); // not flags: those alone would mean that nothing was said of roles
    }
}
