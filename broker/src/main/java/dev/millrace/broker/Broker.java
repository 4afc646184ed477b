package dev.millrace.broker;

import dev.millrace.broker.config.BrokerConfig;
import dev.millrace.broker.config.ListenerSpec;
import dev.millrace.broker.host.Host;
import dev.millrace.broker.net.Connections;
import dev.millrace.broker.net.Listener;
import dev.millrace.broker.storage.DiskStorage;
import dev.millrace.broker.storage.MemoryStorage;
import dev.millrace.engine.Node;
import dev.millrace.engine.NodeSettings;
import dev.millrace.engine.api.Router;
import dev.millrace.engine.check.Invariant;
import dev.millrace.engine.replica.LogDirectory;
import java.io.IOException;
import java.net.BindException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.apache.kafka.raft.QuorumConfig;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A running broker.
///
/// **Owner.** The thread that starts it; [#stop] may be called by another (a signal's).
public final class Broker {
    private static final Logger LOG = LoggerFactory.getLogger(Broker.class);
    private static final long SWEEP_MS = 5_000;
    private static final long GRACE_MS = 5_000;
    private static final long READY_MS = 120_000;

    /// What a node without a controller listener is known by in the metadata log; nobody connects to it.
    private static final Endpoint LONE_CONTROLLER =
            new Endpoint("CONTROLLER", SecurityProtocol.PLAINTEXT, "localhost", 9093);

    private final Host host;
    private final Connections connections;
    private final List<DataDirectory> directories = new ArrayList<>();
    private final List<Listener> listeners = new ArrayList<>();
    private final QuorumThread quorum = new QuorumThread(Broker::quorumFailed);
    private @Nullable Node node;
    private boolean stopped;

    private Broker(Host host, Connections connections) {
        this.host = host;
        this.connections = connections;
    }

    /// Starts a broker; when this returns it answers.
    ///
    /// @param memory keep everything in memory: for tests, gone at the end
    public static Broker start(BrokerConfig config, boolean memory) throws StartFailed {
        var broker = new Broker(new Host(Broker::halt), new Connections(config.network()));
        boolean started = false;
        try {
            broker.begin(config, memory);
            started = true;
            return broker;
        } catch (IOException e) {
            throw new StartFailed("Cannot start: " + DataDirectory.reason(e) + ".", e);
        } finally {
            if (!started) {
                broker.stop();
            }
        }
    }

    private void begin(BrokerConfig config, boolean memory) throws StartFailed, IOException {
        Storages storages = memory ? inMemory(config) : onDisk(config);
        var opened =
                Node.open(
                        settings(config, storages.clusterId),
                        host,
                        storages.logs,
                        storages.metadata,
                        quorum::wake);
        node = opened;
        for (ListenerSpec spec : config.listeners()) {
            bind(spec, opened.router());
        }
        quorum.start(opened);
        awaitReady(opened);
        listeners.forEach(Listener::start);
        sweepLater();
    }

    private void awaitReady(Node opened) throws StartFailed {
        try {
            opened.ready().toCompletableFuture().get(READY_MS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StartFailed("The start was interrupted.", e);
        } catch (ExecutionException | TimeoutException e) {
            throw new StartFailed("Cannot start: the metadata log has no leader (" + e + ").", e);
        }
    }

    private static NodeSettings settings(BrokerConfig config, String clusterId) {
        List<Endpoint> advertised = new ArrayList<>();
        Endpoint controller = null;
        for (ListenerSpec spec : config.listeners()) {
            if (spec.controller()) {
                controller = new Endpoint(spec.name(), spec.security(), hostOf(spec), spec.port());
            } else {
                advertised.add(
                        config.advertised()
                                .getOrDefault(
                                        spec.name(),
                                        new Endpoint(
                                                spec.name(), spec.security(), "", spec.port())));
            }
        }
        return new NodeSettings(
                clusterId,
                config.nodeId(),
                config.settings(),
                advertised,
                config.settings().get("broker.rack"),
                controller != null ? controller : LONE_CONTROLLER,
                voters(config));
    }

    private static String hostOf(ListenerSpec spec) {
        return spec.host().isEmpty() ? "localhost" : spec.host();
    }

    private static Map<Integer, InetSocketAddress> voters(BrokerConfig config) {
        String voters = config.settings().getOrDefault("controller.quorum.voters", "");
        return voters.isBlank()
                ? Map.of()
                : QuorumConfig.parseVoterConnections(List.of(voters.split(",")));
    }

    // ---- data directories
    // ---------------------------------------------------------------------------------------------

    /// What the node is given to write on.
    private record Storages(String clusterId, List<LogDirectory> logs, LogDirectory metadata) {}

    private Storages inMemory(BrokerConfig config) {
        var directory =
                new LogDirectory(
                        host.entropy().uuid(),
                        config.logDirs().getFirst() + " (memory)",
                        new MemoryStorage());
        return new Storages(newClusterId(), List.of(directory), directory);
    }

    private Storages onDisk(BrokerConfig config) throws StartFailed, IOException {
        var paths = new ArrayList<>(config.logDirs());
        if (!paths.contains(config.metadataDir())) {
            paths.add(config.metadataDir());
        }
        String clusterId = take(paths, config.nodeId());
        var byPath = new LinkedHashMap<Path, LogDirectory>();
        for (DataDirectory directory : directories) {
            byPath.put(
                    directory.path(),
                    new LogDirectory(
                            Objects.requireNonNull(directory.identity()).directoryId(),
                            directory.path().toAbsolutePath().normalize().toString(),
                            DiskStorage.open(directory.path())));
        }
        return new Storages(
                clusterId,
                config.logDirs().stream()
                        .map(path -> Objects.requireNonNull(byPath.get(path)))
                        .toList(),
                Objects.requireNonNull(byPath.get(config.metadataDir())));
    }

    /// Takes the directories, and formats those that are new.
    private String take(List<Path> paths, int nodeId) throws StartFailed {
        String clusterId = null;
        for (Path path : paths) {
            DataDirectory directory = DataDirectory.take(path);
            directories.add(directory);
            var found = directory.identity();
            if (found != null) {
                clusterId = checked(path, found, clusterId, nodeId);
            }
        }
        if (clusterId == null) {
            clusterId = newClusterId();
        }
        for (DataDirectory directory : directories) {
            if (directory.identity() == null) {
                directory.format(
                        new DataDirectory.Identity(clusterId, nodeId, host.entropy().uuid()));
            }
        }
        return clusterId;
    }

    private static String checked(
            Path path, DataDirectory.Identity found, @Nullable String clusterId, int nodeId)
            throws StartFailed {
        if (found.nodeId() != nodeId) {
            throw new StartFailed(
                    "node.id = %d: the data directory %s belongs to node %d."
                            .formatted(nodeId, path, found.nodeId()));
        }
        if (clusterId != null && !clusterId.equals(found.clusterId())) {
            throw new StartFailed(
                    "log.dirs: %s belongs to the cluster %s, the others to %s."
                            .formatted(path, found.clusterId(), clusterId));
        }
        return found.clusterId();
    }

    private String newClusterId() {
        return host.entropy().uuid().toString();
    }

    // ---- listeners
    // ----------------------------------------------------------------------------------------------------

    private void bind(ListenerSpec spec, Router router) throws StartFailed {
        int port = spec.port();
        for (InetAddress address : addresses(spec)) {
            try {
                var listener =
                        Listener.bind(
                                spec.name(),
                                new InetSocketAddress(address, port),
                                connections,
                                router,
                                Broker::halt);
                listeners.add(listener);
                port = listener.address().getPort(); // "localhost" has one port on both addresses
            } catch (IOException | UnsupportedOperationException e) {
                if (!isMissingIpv6(spec, address, e)) {
                    throw refused(spec, port, e);
                }
            }
        }
    }

    private static List<InetAddress> addresses(ListenerSpec spec) throws StartFailed {
        try {
            if (spec.host().isEmpty()) {
                return List.of(new InetSocketAddress(0).getAddress());
            }
            if (spec.host().equals("localhost")) {
                return List.of(InetAddress.ofLiteral("127.0.0.1"), InetAddress.ofLiteral("::1"));
            }
            return List.of(InetAddress.getAllByName(spec.host()));
        } catch (IOException e) {
            throw new StartFailed(
                    "listeners = " + spec + ": the host " + spec.host() + " is not known.", e);
        }
    }

    private static boolean isMissingIpv6(ListenerSpec spec, InetAddress address, Exception e) {
        return spec.host().equals("localhost")
                && address instanceof Inet6Address
                && !String.valueOf(e.getMessage()).contains("in use");
    }

    private static StartFailed refused(ListenerSpec spec, int port, Exception e) {
        String message = String.valueOf(e.getMessage());
        if (e instanceof BindException && message.contains("in use")) {
            return new StartFailed(
                    "Port "
                            + port
                            + " is in use by another program; stop it, or choose another with --port "
                            + (port + 10)
                            + ".",
                    e);
        }
        return new StartFailed(
                "listeners = " + spec + ": cannot listen there (" + message + ").", e);
    }

    private void sweepLater() {
        host.timers()
                .schedule(
                        SWEEP_MS,
                        () -> {
                            connections.sweep(System.nanoTime());
                            sweepLater();
                        });
    }

    /// The addresses that clients may use, in the order of the settings.
    public List<InetSocketAddress> addresses() throws IOException {
        var addresses = new ArrayList<InetSocketAddress>();
        for (Listener listener : listeners) {
            addresses.add(listener.address());
        }
        return addresses;
    }

    // ---- the end
    // ------------------------------------------------------------------------------------------------------

    /// Stops in good order: accepts no more, answers what is in flight within a bound, gives the directories back. Idempotent.
    public synchronized void stop() {
        if (stopped) {
            return;
        }
        stopped = true;
        try {
            for (Listener listener : listeners) {
                listener.close();
            }
            connections.stop(GRACE_MS);
            closeNode();
            host.stop(GRACE_MS);
            for (DataDirectory directory : directories) {
                directory.close();
            }
        } catch (IOException e) {
            LOG.warn("The stop is not clean", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void closeNode() throws InterruptedException {
        Node opened = node;
        if (opened != null) {
            quorum.stop();
            opened.close();
        }
    }

    private static void quorumFailed(Throwable cause) {
        LOG.error("Stopping at once: the metadata log failed", cause);
        System.err.println("millrace: stopping at once: the metadata log failed: " + cause);
        Runtime.getRuntime().halt(71);
    }

    /// A rule of ours is broken: whatever would come next could damage data. Stops without another step.
    private static void halt(Invariant.Broken broken) {
        LOG.error("Stopping at once: {}", broken.getMessage(), broken);
        System.err.println("millrace: stopping at once: " + broken.getMessage());
        Runtime.getRuntime().halt(70);
    }
}
