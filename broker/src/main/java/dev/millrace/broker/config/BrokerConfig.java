package dev.millrace.broker.config;

import dev.millrace.broker.net.NetworkSettings;
import dev.millrace.engine.metadata.CordonedDirectories;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.common.Endpoint;
import org.jspecify.annotations.Nullable;

/// What the broker's edge needs to know to start. Everything else that was given goes on to the engine as it is
/// (`settings`): Kafka's keys of a broker's own configuration.
///
/// @param nodeId `node.id`, or its older name `broker.id`; 1 when neither was given
/// @param roles what the node does
/// @param listeners the addresses to listen on; never empty
/// @param advertised by listener name, what clients are told (`advertised.listeners`); where there is none: what the listeners say, or the address
///   that they came by on a node that is alone
/// @param interBrokerListener the listener that brokers use among themselves; on a node that is no broker it has no meaning
/// @param logDirs where the partitions lie (`log.dirs`); the first holds the metadata log unless `metadata.log.dir` is set
/// @param metadataDir where the metadata log lies
/// @param quorum who the controllers are
/// @param http where it answers HTTP; null for nowhere
/// @param settings Kafka's keys as given; cordoned directories by their absolute paths
public record BrokerConfig(
        int nodeId,
        Roles roles,
        List<ListenerSpec> listeners,
        Map<String, Endpoint> advertised,
        String interBrokerListener,
        List<Path> logDirs,
        Path metadataDir,
        NetworkSettings network,
        QuorumVoters quorum,
        @Nullable HttpAddress http,
        SortedMap<String, String> settings) {
    public static final int DEFAULT_PORT = 9092;
    public static final Path DEFAULT_DATA = Path.of("millrace-data");

    /// Checks and reads.
    ///
    /// @param warnings sentences to be logged once are added to it
    public static BrokerConfig from(Settings given, List<String> warnings) throws WrongSetting {
        BrokerConfig config = offline(given, warnings);
        AdvertisedHosts hosts = AdvertisedHosts.of(config);
        hosts.warn(warnings);
        return config.advertising(hosts.found());
    }

    /// The same for who starts no node: its file need not say yet where others reach it.
    public static BrokerConfig offline(Settings given, List<String> warnings) throws WrongSetting {
        if (!given.isEmpty()) {
            warnings.addAll(KnownKeys.check(given));
        }
        Roles roles = given.isEmpty() ? Roles.BOTH : Roles.of(given);
        var listeners = new Listeners(given, roles);
        List<ListenerSpec> bound = listeners.bound("PLAINTEXT://localhost:" + DEFAULT_PORT);
        List<Path> logDirs = logDirs(given);
        String metadata = given.text("metadata.log.dir");
        int nodeId = nodeId(given);
        Map<String, Endpoint> advertised = listeners.advertised(bound);
        return new BrokerConfig(
                nodeId,
                roles,
                bound,
                advertised,
                interBroker(given, bound),
                logDirs,
                metadata == null ? logDirs.getFirst() : Path.of(metadata),
                network(given),
                QuorumVoters.of(given, roles, nodeId, bound, advertised.values()),
                HttpAddress.of(given, roles),
                file(given, logDirs));
    }

    private BrokerConfig advertising(Map<String, Endpoint> told) {
        return new BrokerConfig(
                nodeId,
                roles,
                listeners,
                told,
                interBrokerListener,
                logDirs,
                metadataDir,
                network,
                quorum,
                http,
                settings);
    }

    private static int nodeId(Settings given) throws WrongSetting {
        int id = given.number("node.id", given.number("broker.id", 1));
        if (id < 0) {
            throw WrongSetting.of("node.id", "" + id, "0 or more is wanted");
        }
        if (given.number("broker.id", id) != id) {
            throw WrongSetting.of(
                    "broker.id",
                    given.text("broker.id", ""),
                    "it is another name of node.id, which is " + id);
        }
        return id;
    }

    private static String interBroker(Settings given, List<ListenerSpec> bound)
            throws WrongSetting {
        String name = given.text("inter.broker.listener.name");
        List<String> forClients =
                bound.stream().filter(l -> !l.controller()).map(ListenerSpec::name).toList();
        if (name == null) {
            String protocol = given.text("security.inter.broker.protocol", "PLAINTEXT");
            return forClients.contains(protocol) || forClients.isEmpty()
                    ? protocol
                    : forClients.getFirst();
        }
        String normalised = name.toUpperCase(Locale.ROOT); // as the listeners' names are
        if (!forClients.isEmpty() && !forClients.contains(normalised)) {
            throw WrongSetting.of(
                    "inter.broker.listener.name",
                    name,
                    "one of the listeners is wanted: " + forClients);
        }
        return normalised;
    }

    private static List<Path> logDirs(Settings given) {
        List<String> dirs = given.list("log.dirs");
        if (dirs.isEmpty()) {
            dirs = given.list("log.dir");
        }
        return dirs.isEmpty()
                ? List.of(DEFAULT_DATA)
                : dirs.stream().map(Path::of).distinct().toList();
    }

    /// What was given, with `cordoned.log.dirs` as the directories are called from then on: by their absolute paths.
    private static SortedMap<String, String> file(Settings given, List<Path> logDirs)
            throws WrongSetting {
        String key = CordonedDirectories.KEY;
        List<String> cordoned = given.list(key);
        if (cordoned.isEmpty() || cordoned.equals(List.of("*"))) {
            return given.asMap();
        }
        var names = new ArrayList<String>();
        for (String path : cordoned) {
            names.add(cordoned(path, given, logDirs));
        }
        var file = new TreeMap<>(given.asMap());
        file.put(key, String.join(",", names));
        return file;
    }

    private static String cordoned(String path, Settings given, List<Path> logDirs)
            throws WrongSetting {
        Path meant = Path.of(path).toAbsolutePath().normalize();
        for (Path directory : logDirs) {
            if (directory.toAbsolutePath().normalize().equals(meant)) {
                return directory.normalize().toAbsolutePath().toString();
            }
        }
        throw WrongSetting.of(
                CordonedDirectories.KEY,
                given.text(CordonedDirectories.KEY, ""),
                path.equals("*")
                        ? "* stands alone"
                        : path + " is not one of the log directories, which are " + logDirs);
    }

    private static NetworkSettings network(Settings given) throws WrongSetting {
        if (given.isEmpty()) {
            return NetworkSettings.DEFAULTS;
        }
        var d = NetworkSettings.DEFAULTS;
        int frame = given.number("socket.request.max.bytes", d.maxFrameBytes());
        long memory = given.number("queued.max.request.bytes", -1L);
        return new NetworkSettings(
                frame,
                Math.max(memory > 0 ? memory : d.requestMemoryBytes(), 2L * frame),
                ConnectionKeys.limits(given),
                given.number("connections.max.idle.ms", d.idleMs()),
                d.firstFrameMs(),
                d.stalledFrameMs(),
                d.wholeFrameMs(),
                d.pipelinedAnswers(),
                given.number("socket.listen.backlog.size", d.backlog()),
                given.number("socket.send.buffer.bytes", d.sendBufferBytes()),
                given.number("socket.receive.buffer.bytes", d.receiveBufferBytes()));
    }
}
