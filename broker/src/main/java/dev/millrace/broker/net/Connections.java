package dev.millrace.broker.net;

import java.lang.foreign.Arena;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The open connections of a broker, over all its listeners, and the bounds that they share.
///
/// **Owner.** Any thread; locks for itself.
public final class Connections {
    private final NetworkSettings settings;

    /// Requests in progress may need one part in so many of the heap.
    private static final int HEAP_SHARE = 4;

    /// A request that has been arriving for longer goes when others find no memory.
    private static final long SLOW_NS = TimeUnit.SECONDS.toNanos(15);

    private final FrameBuffers buffers;
    private final HeapBudget heap = new HeapBudget(Runtime.getRuntime().maxMemory() / HEAP_SHARE);
    private final ConnectionThreads threads;
    private final WarningLimit warnings;
    private final Set<Connection> open = new LinkedHashSet<>();
    private final Map<String, Integer> perAddress = new HashMap<>();
    private volatile Supplier<ConnectionLimits> limits;
    private int admitted;
    private boolean stopping;

    public Connections(NetworkSettings settings) {
        this(settings, ConnectionThreads.forThisMachine());
    }

    Connections(NetworkSettings settings, ConnectionThreads threads) {
        this(settings, threads, Arena::ofShared, new WarningLimit());
    }

    /// @param arenas where the memory for requests is allocated
    Connections(
            NetworkSettings settings,
            ConnectionThreads threads,
            Supplier<Arena> arenas,
            WarningLimit warnings) {
        this.settings = settings;
        this.threads = threads;
        this.warnings = warnings;
        this.limits = settings::connections;
        this.buffers =
                new FrameBuffers(
                        settings.requestMemoryBytes(),
                        FrameBuffers.PATIENCE_NS,
                        () -> closeSlowest(System.nanoTime()),
                        arenas);
    }

    NetworkSettings settings() {
        return settings;
    }

    FrameBuffers buffers() {
        return buffers;
    }

    ConnectionThreads threads() {
        return threads;
    }

    HeapBudget heap() {
        return heap;
    }

    /// That do not tell of whom they refuse: those who come cannot know yet that they will be.
    public static Connections quiet(NetworkSettings settings) {
        return new Connections(
                settings, ConnectionThreads.forThisMachine(), Arena::ofShared, new WarningLimit(0));
    }

    /// Bounds the connections from now on otherwise than the settings do; those that are open stay.
    ///
    /// @param limits asked whenever a connection comes
    public void limitedBy(Supplier<ConnectionLimits> limits) {
        this.limits = limits;
    }

    WarningLimit warnings() {
        return warnings;
    }

    /// Open connections.
    public synchronized int count() {
        return open.size();
    }

    /// Asks for a place; whoever gets one gives it back with [#leave], or through [#ended].
    ///
    /// @return why there is none, or null when there is
    synchronized @Nullable String admit(String address) {
        if (stopping) {
            return "the broker stops";
        }
        ConnectionLimits now = limits.get();
        if (admitted >= now.all()) {
            return "max.connections = " + now.all() + " is reached";
        }
        int fromThere = perAddress.getOrDefault(address, 0);
        if (fromThere >= now.of(address)) {
            return "max.connections.per.ip = " + now.of(address) + " is reached";
        }
        admitted++;
        perAddress.put(address, fromThere + 1);
        return null;
    }

    synchronized void leave(String address) {
        admitted--;
        perAddress.computeIfPresent(address, (_, count) -> count == 1 ? null : count - 1);
        notifyAll();
    }

    synchronized void started(Connection connection) {
        open.add(connection);
        notifyAll();
        if (stopping) {
            connection.stop();
        }
    }

    synchronized void ended(Connection connection) {
        if (open.remove(connection)) {
            leave(connection.client().clientHost());
        }
    }

    synchronized List<Connection> snapshot() {
        return List.copyOf(open);
    }

    /// Closes what has outstayed its bound, looks after peers that have waited long, and frees memory that nobody needs; the host
    /// calls it every few seconds.
    public void sweep(long nowNs) {
        for (Connection connection : snapshot()) {
            if (connection.overdue(nowNs)) {
                connection.close();
            } else {
                connection.lookIfParked(nowNs);
            }
        }
        buffers.trim();
    }

    /// Closes the connection whose request holds memory and has been arriving for the longest time.
    ///
    /// @return false when there is none that is slow
    boolean closeSlowest(long nowNs) {
        Connection slowest = null;
        long longestNs = SLOW_NS;
        for (Connection connection : snapshot()) {
            long forNs = connection.holdsMemoryNs(nowNs);
            if (forNs > longestNs) {
                slowest = connection;
                longestNs = forNs;
            }
        }
        if (slowest == null) {
            return false;
        }
        warnings.warn(
                "Closed the connection from %s: memory for requests is short, and its request has been arriving for %d seconds"
                        .formatted(slowest.peer(), TimeUnit.NANOSECONDS.toSeconds(longestNs)));
        slowest.close();
        return true;
    }

    /// Ends every connection: lets them answer what they have handled for so long, then closes them.
    public void stop(long graceMs) throws InterruptedException {
        synchronized (this) {
            stopping = true;
        }
        snapshot().forEach(Connection::stop);
        awaitNone(graceMs);
        snapshot().forEach(Connection::close);
        awaitNone(1_000);
    }

    private synchronized void awaitNone(long timeoutMs) throws InterruptedException {
        long endNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        for (long left = endNs - System.nanoTime();
                !open.isEmpty() && left > 0;
                left = endNs - System.nanoTime()) {
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
    }
}
