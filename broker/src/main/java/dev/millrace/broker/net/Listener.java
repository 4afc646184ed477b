package dev.millrace.broker.net;

import dev.millrace.engine.api.ClientConnection;
import dev.millrace.engine.api.Router;
import dev.millrace.engine.check.Invariant;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One bound address: accepts connections and starts a thread for each.
///
/// **Owner.** Its accepting thread; [#close] may be called by any.
public final class Listener implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Listener.class);
    private static final AtomicLong NEXT_ID = new AtomicLong(1);

    /// When the system refuses a socket (no file descriptors left), so long until the next try.
    private static final long RETRY_NS = TimeUnit.MILLISECONDS.toNanos(200);

    private static final long CLOSE_MS = 1_000;

    private final String name;
    private final ServerSocketChannel server;
    private final Connections connections;
    private final Dispatcher dispatcher;
    private volatile @Nullable Thread accepting;

    private Listener(
            String name,
            ServerSocketChannel server,
            Connections connections,
            Dispatcher dispatcher) {
        this.name = name;
        this.server = server;
        this.connections = connections;
        this.dispatcher = dispatcher;
    }

    /// Takes the address. Connections queue in the system until [#start].
    ///
    /// @param name of the listener, as Kafka's `listeners` gives it
    /// @throws java.net.BindException when the port is in use, or the address is not this machine's
    public static Listener bind(
            String name,
            InetSocketAddress address,
            Connections connections,
            Router router,
            Consumer<Invariant.Broken> stopTheProcess)
            throws IOException {
        NetworkSettings settings = connections.settings();
        ServerSocketChannel server = ServerSocketChannel.open();
        try {
            server.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            if (settings.receiveBufferBytes() >= 0) {
                server.setOption(StandardSocketOptions.SO_RCVBUF, settings.receiveBufferBytes());
            }
            server.bind(address, settings.backlog());
        } catch (IOException | RuntimeException e) {
            server.close();
            throw e;
        }
        return new Listener(name, server, connections, new Dispatcher(router, stopTheProcess));
    }

    public String name() {
        return name;
    }

    /// Where it listens; the port is the real one when 0 was asked for.
    public InetSocketAddress address() throws IOException {
        return (InetSocketAddress) server.getLocalAddress();
    }

    public void start() {
        accepting = Thread.ofPlatform().daemon().name("accept-" + name).start(this::accept);
    }

    private void accept() {
        while (true) {
            try {
                greet(server.accept());
            } catch (AsynchronousCloseException e) {
                return;
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException e) {
                connections
                        .warnings()
                        .warn("Cannot accept connections at the moment: " + e.getMessage());
                LockSupport.parkNanos(RETRY_NS);
            } catch (RuntimeException | Error e) {
                // No memory, no thread, or a bug of ours: one connection is lost, not all that come
                // after it.
                LockSupport.parkNanos(RETRY_NS);
                connections.warnings().warn("Could not begin a connection", e);
            }
        }
    }

    private void greet(SocketChannel channel) {
        String host = "";
        boolean admitted = false;
        boolean begun = false;
        try {
            var peer = (InetSocketAddress) channel.getRemoteAddress();
            host = peer.getAddress().getHostAddress();
            String refused = connections.admit(host);
            admitted = refused == null;
            if (refused != null) {
                connections.warnings().warn("Refused a connection from " + host + ": " + refused);
                return;
            }
            prepare(channel);
            var connection =
                    new Connection(channel, client(channel, host), connections, dispatcher);
            connections.started(connection);
            begun = true; // gives its place back by itself
            connection.start();
        } catch (FrameBuffers.Exhausted e) {
            connections
                    .warnings()
                    .warn("Refused a connection from " + host + ": " + e.getMessage());
        } catch (IOException e) {
            LOG.debug("A connection ended before it began", e);
        } finally {
            if (!begun) {
                if (admitted) {
                    connections.leave(host);
                }
                closeQuietly(channel);
            }
        }
    }

    private void prepare(SocketChannel channel) throws IOException {
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
        int sendBuffer = connections.settings().sendBufferBytes();
        if (sendBuffer >= 0) {
            channel.setOption(StandardSocketOptions.SO_SNDBUF, sendBuffer);
        }
    }

    private ClientConnection client(SocketChannel channel, String host) throws IOException {
        var local = (InetSocketAddress) channel.getLocalAddress();
        return new ClientConnection(
                NEXT_ID.getAndIncrement(),
                name,
                SecurityProtocol.PLAINTEXT,
                host,
                connectedHost(local.getAddress()),
                local.getPort(),
                KafkaPrincipal.ANONYMOUS);
    }

    /// The address as a client can use it. A scope ("%eth0") means something on this machine only, and not every client can
    /// read a bare `::1`: whoever came that way can also resolve "localhost".
    private static String connectedHost(InetAddress address) {
        if (address instanceof Inet6Address && address.isLoopbackAddress()) {
            return "localhost";
        }
        String text = address.getHostAddress();
        int scope = text.indexOf('%');
        return scope < 0 ? text : text.substring(0, scope);
    }

    private static void closeQuietly(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            LOG.debug("Cannot close a connection that never began", e);
        }
    }

    /// Accepts no more; open connections live on. When this returns the port is free: the socket is really closed by the thread that
    /// waits in `accept`.
    @Override
    public void close() throws IOException {
        server.close();
        Thread thread = accepting;
        if (thread != null) {
            try {
                thread.join(CLOSE_MS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
