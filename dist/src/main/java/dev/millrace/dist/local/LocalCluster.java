package dev.millrace.dist.local;

import dev.millrace.broker.Broker;
import dev.millrace.broker.DataDirectory;
import dev.millrace.broker.MemoryDirectories;
import dev.millrace.broker.StartFailed;
import dev.millrace.broker.config.BrokerConfig;
import dev.millrace.broker.config.WrongSetting;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.IntStream;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/// The nodes of one cluster in this process, each of which can be stopped and started.
///
/// ```
/// start: directories of one cluster --> all nodes at once --> running
/// node:  running --stop--> stopping --> stopped --start--> starting --> running     close: all stop at once, none starts any more
/// ```
/// **Owner.** Any thread. Nodes stop and start independently: the controllers among them wait for each other. [#close] waits for those
/// that stop; those that still start end with the process.
public final class LocalCluster implements AutoCloseable {
    private static final String META = "meta.properties";

    private final LocalPlan plan;
    private final Map<Integer, Broker> running = new TreeMap<>();
    private final Map<Integer, MemoryDirectories> memory = new TreeMap<>();

    /// Under way, in this object's monitor as all else.
    private final Set<Integer> starting = new TreeSet<>();

    private final Set<Integer> stopping = new TreeSet<>();
    private boolean closed;

    private LocalCluster(LocalPlan plan) {
        this.plan = plan;
    }

    /// Starts all nodes; when this returns they answer. When one fails, all are stopped.
    ///
    /// @param inMemory keep everything in memory: gone at the end of the process, not of a node
    public static LocalCluster start(LocalPlan plan, boolean inMemory)
            throws StartFailed, WrongSetting {
        var cluster = new LocalCluster(plan);
        cluster.prepare(inMemory);
        boolean started = false;
        try {
            cluster.startAll();
            started = true;
            return cluster;
        } finally {
            if (!started) {
                cluster.close();
            }
        }
    }

    /// All directories belong to one cluster before any node starts, so that several controllers need not agree on who founds it.
    private void prepare(boolean inMemory) throws StartFailed {
        String clusterId = inMemory ? null : knownClusterId();
        if (clusterId == null) {
            clusterId = Uuid.randomUuid().toString();
        }
        for (int id = 1; id <= plan.brokers(); id++) {
            if (inMemory) {
                memory.put(id, new MemoryDirectories(clusterId));
            } else if (!Files.exists(plan.directory(id).resolve(META))) {
                format(id, clusterId);
            }
        }
    }

    private @Nullable String knownClusterId() throws StartFailed {
        Path file = plan.directory(1).resolve(META);
        if (!Files.exists(file)) {
            return null;
        }
        try (Reader reader = Files.newBufferedReader(file)) {
            var properties = new Properties();
            properties.load(reader);
            return properties.getProperty("cluster.id");
        } catch (IOException | IllegalArgumentException e) {
            throw new StartFailed("Cannot read " + file + ": " + e.getMessage() + ".", e);
        }
    }

    private void format(int id, String clusterId) throws StartFailed {
        try (DataDirectory directory = DataDirectory.take(plan.directory(id))) {
            directory.format(new DataDirectory.Identity(clusterId, id, Uuid.randomUuid()));
        } catch (IOException e) {
            throw new StartFailed("Cannot prepare " + plan.directory(id) + ": " + e + ".", e);
        }
    }

    private record Outcome(int id, @Nullable Broker broker, @Nullable Throwable failure) {}

    /// The first failure ends it; nodes that are still starting then end with the process.
    private void startAll() throws StartFailed, WrongSetting {
        var warnings = new ArrayList<String>(); // the same for all
        var outcomes = new LinkedBlockingQueue<Outcome>();
        for (int id = 1; id <= plan.brokers(); id++) {
            int node = id;
            BrokerConfig config = BrokerConfig.from(plan.settings(node), warnings);
            MemoryDirectories in = memory.get(node);
            Thread.ofPlatform()
                    .name("start-" + node)
                    .daemon()
                    .start(() -> outcomes.add(started(node, config, in)));
        }
        warnings.stream()
                .distinct()
                .forEach(text -> LoggerFactory.getLogger("settings").warn("{}", text));
        try {
            while (running.size() < plan.brokers()) {
                Outcome outcome = outcomes.take();
                Broker broker = outcome.broker();
                if (broker == null) {
                    throw failed(outcome.id(), outcome.failure());
                }
                running.put(outcome.id(), broker);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StartFailed("The start was interrupted.", e);
        }
    }

    private static Outcome started(int id, BrokerConfig config, @Nullable MemoryDirectories in) {
        try {
            return new Outcome(id, Broker.start(config, in), null);
        } catch (StartFailed | RuntimeException | Error e) {
            return new Outcome(id, null, e);
        }
    }

    private static StartFailed failed(int id, @Nullable Throwable cause) {
        return cause instanceof StartFailed known
                ? known
                : new StartFailed("Broker " + id + " cannot start: " + cause, cause);
    }

    private static <T> FutureTask<T> inBackground(String name, Callable<T> work) {
        var task = new FutureTask<>(work);
        Thread.ofPlatform().name(name).daemon().start(task);
        return task;
    }

    public LocalPlan plan() {
        return plan;
    }

    /// The nodes that run, by id.
    public synchronized List<Integer> running() {
        return List.copyOf(running.keySet());
    }

    /// The nodes that are not ready yet, by id.
    public synchronized List<Integer> starting() {
        return List.copyOf(starting);
    }

    /// Stops one node in good order: others lead what it led, then its ports are closed.
    ///
    /// @throws StartFailed a sentence why it cannot be stopped
    public void stopBroker(int id) throws StartFailed {
        Broker broker;
        synchronized (this) {
            check(id);
            broker = running.remove(id);
            if (broker == null) {
                throw new StartFailed("Broker " + id + " is stopped already.");
            }
            stopping.add(id);
        }
        try {
            broker.stop();
        } finally {
            synchronized (this) {
                stopping.remove(id);
                notifyAll();
            }
        }
    }

    /// Starts a node that was stopped, where and with what it was. Returns when it is ready, but for one that cannot be before another
    /// controller runs: that one goes on in the background.
    ///
    /// @throws StartFailed a sentence why it cannot be started
    public void startBroker(int id) throws StartFailed {
        boolean quorum;
        synchronized (this) {
            check(id);
            if (running.containsKey(id)) {
                throw new StartFailed("Broker " + id + " runs already.");
            }
            starting.add(id);
            quorum = hasQuorum();
        }
        FutureTask<Boolean> start = inBackground("start-" + id, () -> begin(id));
        if (!quorum) {
            var _ = inBackground("started-" + id, () -> awaited(id, start));
            return;
        }
        try {
            start.get();
        } catch (ExecutionException e) {
            throw failed(id, e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StartFailed("The start was interrupted.", e);
        }
    }

    private boolean hasQuorum() {
        int voters = LocalPlan.voters(plan.brokers());
        long up =
                IntStream.rangeClosed(1, voters)
                        .filter(id -> running.containsKey(id) || starting.contains(id))
                        .count();
        return up > voters / 2;
    }

    private static boolean awaited(int id, FutureTask<Boolean> start) throws InterruptedException {
        try {
            return start.get();
        } catch (ExecutionException e) {
            LoggerFactory.getLogger(LocalCluster.class)
                    .error("{}", failed(id, e.getCause()).getMessage());
            return false;
        }
    }

    private boolean begin(int id) throws StartFailed {
        Broker broker = null;
        try {
            BrokerConfig config = BrokerConfig.from(plan.settings(id), new ArrayList<>());
            broker = Broker.start(config, memory.get(id));
        } catch (WrongSetting e) {
            throw new StartFailed(String.valueOf(e.getMessage()), e);
        } finally {
            synchronized (this) {
                starting.remove(id);
                if (broker != null && !closed) {
                    running.put(id, broker);
                    broker = null;
                }
            }
        }
        if (broker != null) { // the cluster was closed meanwhile
            broker.stop();
        }
        return true;
    }

    private void check(int id) throws StartFailed {
        if (closed) {
            throw new StartFailed("The cluster is being stopped.");
        }
        if (id < 1 || id > plan.brokers()) {
            throw new StartFailed(
                    "There is no broker %d here: they are 1 to %d.".formatted(id, plan.brokers()));
        }
        if (starting.contains(id) || stopping.contains(id)) {
            throw new StartFailed(
                    "Broker %d is %s at the moment."
                            .formatted(id, starting.contains(id) ? "starting" : "being stopped"));
        }
    }

    /// Stops all nodes at the same time. Idempotent.
    @Override
    public synchronized void close() {
        closed = true;
        List<FutureTask<Boolean>> stops =
                running.entrySet().stream()
                        .map(node ->
                                inBackground(
                                        "stop-" + node.getKey(),
                                        () -> {
                                            node.getValue().stop();
                                            return true;
                                        }))
                        .toList();
        running.clear();
        for (FutureTask<Boolean> stop : stops) {
            try {
                stop.get();
            } catch (ExecutionException e) {
                LoggerFactory.getLogger(LocalCluster.class).warn("The stop is not clean", e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
        while (!stopping.isEmpty()) {
            try {
                wait();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
