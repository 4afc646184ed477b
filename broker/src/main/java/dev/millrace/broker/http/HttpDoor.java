package dev.millrace.broker.http;

import dev.millrace.broker.config.HttpAddress;
import dev.millrace.broker.net.HostAddresses;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The sockets of the HTTP door. Holds nothing but them and a waiting thread until the first connection comes.
///
/// **Owner.** The thread that starts and stops the broker; connections are counted under a lock.
public final class HttpDoor implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HttpDoor.class);

    /// At the bound the oldest connection is closed for the new one: nobody locks others out by staying.
    static final int MOST_CONNECTIONS = 64;

    private static final int BACKLOG = 50;

    /// When the system refuses a socket (no file descriptors left), so long until the next try.
    private static final long RETRY_NS = TimeUnit.MILLISECONDS.toNanos(200);

    private static final long CLOSE_MS = 1_000;

    private final HttpAddress address;
    private final List<ServerSocketChannel> servers;
    private final List<Thread> accepting = new ArrayList<>();

    /// In the order in which they came; guarded by itself.
    private final Set<SocketChannel> connected = new LinkedHashSet<>();

    private HttpDoor(HttpAddress address, List<ServerSocketChannel> servers) {
        this.address = address;
        this.servers = servers;
    }

    /// Takes the address on all the interfaces that its host stands for. Who connects waits until [#open].
    public static HttpDoor bind(HttpAddress wanted) throws IOException {
        var servers = new ArrayList<ServerSocketChannel>();
        try {
            int port = wanted.port();
            for (InetAddress each : HostAddresses.of(wanted.host())) {
                try {
                    ServerSocketChannel server = listen(new InetSocketAddress(each, port));
                    servers.add(server);
                    port = ((InetSocketAddress) server.getLocalAddress()).getPort();
                } catch (IOException | UnsupportedOperationException e) {
                    if (!HostAddresses.isMissingIpv6(wanted.host(), each, e)) {
                        throw e;
                    }
                }
            }
            return new HttpDoor(wanted.withPort(port), servers);
        } catch (IOException | RuntimeException e) {
            for (ServerSocketChannel server : servers) {
                server.close();
            }
            throw e;
        }
    }

    private static ServerSocketChannel listen(InetSocketAddress address) throws IOException {
        ServerSocketChannel server = ServerSocketChannel.open();
        try {
            server.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            server.bind(address, BACKLOG);
            return server;
        } catch (IOException | RuntimeException e) {
            server.close();
            throw e;
        }
    }

    /// Where it listens; the port is the real one when 0 was asked for.
    public HttpAddress address() {
        return address;
    }

    /// Begins to accept.
    ///
    /// @param site asked for once, by the first connection
    public void open(Supplier<Site> site) {
        open(site, Thread.ofVirtual().name("http").factory());
    }

    /// @param threads that serve a connection each
    void open(Supplier<Site> site, ThreadFactory threads) {
        var connections = new FirstComer(site);
        for (ServerSocketChannel server : servers) {
            accepting.add(
                    Thread.ofPlatform()
                            .daemon()
                            .name("accept-http")
                            .start(() -> accept(server, connections, threads)));
        }
    }

    /// Loads Helidon for whoever comes first, while others who came at the same time wait.
    private static final class FirstComer {
        private final Supplier<Site> site;
        private @Nullable HelidonConnections made;

        FirstComer(Supplier<Site> site) {
            this.site = site;
        }

        synchronized HelidonConnections connections() {
            HelidonConnections connections = made;
            if (connections == null) {
                connections = new HelidonConnections(site.get());
                made = connections;
            }
            return connections;
        }
    }

    private void accept(ServerSocketChannel server, FirstComer connections, ThreadFactory threads) {
        while (true) {
            try {
                begin(server.accept(), connections, threads);
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException e) {
                LOG.warn("Cannot accept HTTP connections at the moment: {}", e.getMessage());
                LockSupport.parkNanos(RETRY_NS);
            } catch (RuntimeException | Error e) {
                // No memory, no thread, or a bug of ours: one connection is lost, not all that come
                // after it.
                LockSupport.parkNanos(RETRY_NS);
                LOG.warn("Could not begin an HTTP connection", e);
            }
        }
    }

    private void begin(SocketChannel channel, FirstComer connections, ThreadFactory threads) {
        boolean begun = false;
        try {
            admit(channel);
            threads.newThread(() -> serve(channel, connections)).start();
            begun = true;
        } finally {
            if (!begun) {
                leave(channel);
            }
        }
    }

    private void admit(SocketChannel channel) {
        SocketChannel oldest = null;
        synchronized (connected) {
            if (connected.size() >= MOST_CONNECTIONS) {
                oldest = connected.iterator().next();
                connected.remove(oldest);
            }
            connected.add(channel);
        }
        if (oldest != null) {
            closeQuietly(oldest);
        }
    }

    private void serve(SocketChannel channel, FirstComer connections) {
        try {
            connections.connections().serve(channel);
        } catch (IOException e) {
            LOG.debug("An HTTP connection has ended", e);
        } catch (RuntimeException | LinkageError e) {
            LOG.warn("An HTTP connection has failed", e);
        } finally {
            leave(channel);
        }
    }

    private void leave(SocketChannel channel) {
        synchronized (connected) {
            connected.remove(channel);
        }
        closeQuietly(channel);
    }

    private static void closeQuietly(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            LOG.debug("Cannot close an HTTP connection", e);
        }
    }

    /// Accepts no more and closes what is open; when this returns the port is free.
    @Override
    public void close() throws IOException {
        for (ServerSocketChannel server : servers) {
            server.close();
        }
        synchronized (connected) {
            connected.forEach(HttpDoor::closeQuietly);
        }
        try {
            for (Thread thread : accepting) {
                thread.join(CLOSE_MS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
