package dev.millrace.broker;

import dev.millrace.broker.config.BrokerConfig;
import dev.millrace.broker.config.HttpAddress;
import dev.millrace.broker.config.ListenerSpec;
import dev.millrace.broker.config.QuorumVoters;
import dev.millrace.broker.host.Host;
import dev.millrace.broker.http.HttpDoor;
import dev.millrace.broker.http.Site;
import dev.millrace.broker.machine.MachineFacts;
import dev.millrace.broker.machine.ProcFiles;
import dev.millrace.broker.machine.SelfTest;
import dev.millrace.broker.metrics.BrokerSite;
import dev.millrace.broker.metrics.HealthSite;
import dev.millrace.broker.net.Connections;
import dev.millrace.broker.net.PeerConnections;
import dev.millrace.engine.Node;
import dev.millrace.engine.NodeSettings;
import dev.millrace.engine.check.Invariant;
import dev.millrace.engine.env.Timers;
import dev.millrace.engine.replica.LogDirectory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.security.auth.SecurityProtocol;
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
    private static final long CONTROLLER_MS = 120_000;
    private static final long FOUNDING_MS = 600_000;

    /// What a node without a controller listener is known by in the metadata log; nobody connects to it.
    private static final Endpoint LONE_CONTROLLER =
            new Endpoint("CONTROLLER", SecurityProtocol.PLAINTEXT, "localhost", 9093);

    private final Host host;
    private final PeerConnections peers;
    private final Connections connections;
    private final Doorstep doorstep;
    private final QuorumThread quorum = new QuorumThread(Broker::quorumFailed);
    private @Nullable DataDirectories directories;
    private final HealthSite health = new HealthSite(this::notReady);
    private @Nullable HttpDoor http;
    private boolean httpDecided;
    private volatile @Nullable Node node;
    private boolean stopped;
    private volatile boolean stopping;

    private Broker(Host host, PeerConnections peers, Connections connections) {
        this.host = host;
        this.peers = peers;
        this.connections = connections;
        this.doorstep = new Doorstep(connections, Broker::halt);
    }

    /// Starts a broker; when this returns it answers.
    ///
    /// @param memory keep everything in memory: for tests, gone at the end
    public static Broker start(BrokerConfig config, boolean memory) throws StartFailed {
        return start(config, memory ? new MemoryDirectories() : null);
    }

    /// As [#start(BrokerConfig, boolean)]; what is in memory is there again when the same directories are given to the next start.
    ///
    /// @param memory null for directories on disk
    public static Broker start(BrokerConfig config, @Nullable MemoryDirectories memory)
            throws StartFailed {
        var host = new Host(Broker::halt);
        var broker =
                new Broker(
                        host,
                        new PeerConnections(host.timers(), "node-" + config.nodeId()),
                        new Connections(config.network()));
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

    private void begin(BrokerConfig config, @Nullable MemoryDirectories memory)
            throws StartFailed, IOException {
        var taken =
                DataDirectories.take(
                        config,
                        memory,
                        host.entropy(),
                        () -> {
                            openHttp(config); // others may have to be waited for
                            return newClusterId(config);
                        });
        directories = taken;
        openHttp(config);
        var opened =
                Node.open(
                        settings(config, taken.clusterId(), httpAddress()),
                        host,
                        peers,
                        config.roles().broker() ? taken.logs() : List.of(),
                        taken.metadata(),
                        quorum::wake);
        if (config.roles().broker()) {
            opened.goWithout(taken.unusable());
        }
        node = opened;
        if (config.roles().broker()) {
            connections.limitedBy(new LimitsInForce(opened, config.network().connections()));
        }
        for (ListenerSpec spec : config.listeners()) {
            doorstep.bind(spec, spec.controller() ? opened.controllerRouter() : opened.router());
        }
        quorum.start(opened);
        doorstep.openForControllers();
        StartWait.USUAL.await(opened.ready(), StartWait.of(opened), LOG::warn);
        doorstep.openForClients();
        MinInSync.problem(config.settings(), opened.image().configs()).ifPresent(LOG::warn);
        health.serve(site(config, taken, opened));
        every(
                host.timers(),
                SWEEP_MS,
                () -> {
                    connections.sweep(System.nanoTime());
                    peers.sweep();
                });
        host.workers()
                .execute(
                        "look at the machine",
                        () -> lookAtTheMachine(config, memory == null ? taken.inUse() : List.of()));
    }

    /// Health is answered from here on.
    private void openHttp(BrokerConfig config) throws StartFailed {
        if (httpDecided) {
            return;
        }
        httpDecided = true;
        HttpDoor door = HttpStart.bind(config.http());
        http = door;
        if (door != null) {
            door.open(() -> health);
        }
    }

    private @Nullable String notReady() {
        Node opened = node;
        if (stopping) {
            return "it is stopping";
        }
        return opened == null ? "it has not found its cluster yet" : opened.notReady();
    }

    private Supplier<Site> site(BrokerConfig config, DataDirectories taken, Node opened) {
        return () ->
                new BrokerSite(
                        config.nodeId(),
                        taken.clusterId(),
                        connections::count,
                        opened.groups(),
                        opened.lags(),
                        opened.transactions(),
                        opened::lost,
                        opened::offline,
                        opened::compaction,
                        opened::balancing);
    }

    /// After the start, so that no client waits for it.
    private static void lookAtTheMachine(BrokerConfig config, List<Path> paths) {
        MachineFacts facts = new ProcFiles().read(paths);
        SelfTest.problems(facts, config).forEach(LOG::warn);
    }

    private static NodeSettings settings(
            BrokerConfig config, String clusterId, @Nullable HttpAddress http) {
        List<Endpoint> advertised = new ArrayList<>();
        Endpoint controller = null;
        for (ListenerSpec spec : config.listeners()) {
            if (spec.controller()) {
                controller = controllerEndpoint(config, spec);
            } else {
                advertised.add(
                        config.advertised()
                                .getOrDefault(
                                        spec.name(),
                                        new Endpoint(
                                                spec.name(),
                                                spec.security(),
                                                toldHost(spec),
                                                spec.port())));
            }
        }
        return new NodeSettings(
                clusterId,
                config.nodeId(),
                config.roles().broker(),
                config.roles().controller(),
                effective(config, http),
                advertised,
                config.settings().get("broker.rack"),
                controllerListener(config),
                controller != null ? controller : LONE_CONTROLLER,
                config.quorum().fixed(),
                config.quorum().bootstrap(),
                config.quorum().bootstrap().isEmpty() ? null : List.of());
    }

    /// Where the other members of the quorum reach this one: what is advertised, or what the voters' list or the listener says.
    private static Endpoint controllerEndpoint(BrokerConfig config, ListenerSpec spec) {
        Endpoint advertised = config.advertised().get(spec.name());
        if (advertised != null) {
            return advertised;
        }
        InetSocketAddress voter = config.quorum().fixed().get(config.nodeId());
        String host = voter == null ? hostOf(config, spec) : voter.getHostString();
        return new Endpoint(spec.name(), spec.security(), host, spec.port());
    }

    /// What was given, and where HTTP is answered when that is not what the key says or means: at another port, or nowhere.
    private static Map<String, String> effective(BrokerConfig config, @Nullable HttpAddress http) {
        if (String.valueOf(http).equals(String.valueOf(config.http()))) {
            return config.settings();
        }
        var effective = new TreeMap<>(config.settings());
        effective.put(HttpAddress.KEY, http == null ? "" : http.toString());
        return effective;
    }

    /// The controllers found a cluster; who comes later joins the one that they belong to.
    private String newClusterId(BrokerConfig config) throws StartFailed, IOException {
        QuorumVoters controllers = config.quorum();
        if (!config.roles().controller()) {
            return ClusterIdQuestion.ask(peers, controllers, CONTROLLER_MS, "");
        }
        if (controllers.fixed().size() > 1) {
            return new Founding(config, peers, () -> host.entropy().uuid().toString(), Broker::halt)
                    .clusterId(FOUNDING_MS);
        }
        return controllers.fixed().isEmpty() && !controllers.bootstrap().isEmpty()
                ? ClusterIdQuestion.ask(
                        peers,
                        controllers,
                        CONTROLLER_MS,
                        "; the first controllers of a new cluster are formatted with `millrace format`")
                : host.entropy().uuid().toString();
    }

    private static String controllerListener(BrokerConfig config) {
        String names = config.settings().getOrDefault("controller.listener.names", "");
        String first = names.split(",", -1)[0].strip();
        return first.isEmpty() ? LONE_CONTROLLER.listener() : first;
    }

    /// The host as written, as with Kafka; for every interface, or a port that is not known yet, the address that a client came by.
    private static String toldHost(ListenerSpec spec) {
        return spec.isEveryInterface() || spec.port() == 0 ? "" : spec.host();
    }

    /// A lone controller that listens at every interface is found at this machine; one of several, at this machine's name.
    private static String hostOf(BrokerConfig config, ListenerSpec spec) {
        if (!spec.isEveryInterface()) {
            return spec.host();
        }
        try {
            return config.quorum().bootstrap().isEmpty()
                    ? "localhost"
                    : InetAddress.getLocalHost().getCanonicalHostName();
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }

    /// Again and again, also after a run that failed; that is the timers' to tell of.
    static void every(Timers timers, long intervalMs, Runnable work) {
        timers.schedule(
                intervalMs,
                () -> {
                    try {
                        work.run();
                    } finally {
                        every(timers, intervalMs, work);
                    }
                });
    }

    /// The addresses that clients may use, in the order of the settings.
    public List<InetSocketAddress> addresses() throws IOException {
        return doorstep.addresses();
    }

    /// Absolute paths of the log directories in use: those of `log.dirs` without what cannot be used.
    public List<String> logDirs() {
        DataDirectories known = directories;
        return known == null ? List.of() : known.logs().stream().map(LogDirectory::path).toList();
    }

    /// Where HTTP is answered; null for nowhere.
    public @Nullable HttpAddress httpAddress() {
        HttpDoor door = http;
        return door == null ? null : door.address();
    }

    /// Stops in good order: accepts no more, answers what is in flight within a bound, gives the directories back. Idempotent.
    public synchronized void stop() {
        if (stopped) {
            return;
        }
        stopped = true;
        stopping = true;
        try {
            takeLeave();
            doorstep.close();
            closeHttp();
            connections.stop(GRACE_MS);
            closeNode();
            peers.close();
            host.stop(GRACE_MS);
            if (directories != null) {
                directories.close();
            }
        } catch (IOException e) {
            LOG.warn("The stop is not clean", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// While everything still works: the active controller lets other brokers lead what this one leads.
    private void takeLeave() throws InterruptedException {
        Node opened = node;
        if (opened != null) {
            try {
                opened.leave(GRACE_MS)
                        .toCompletableFuture()
                        .get(2 * GRACE_MS, TimeUnit.MILLISECONDS);
            } catch (ExecutionException | TimeoutException e) {
                LOG.warn("The controller was not told of the stop", e);
            }
        }
    }

    private void closeHttp() throws IOException {
        HttpDoor door = http;
        if (door != null) {
            door.close();
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
