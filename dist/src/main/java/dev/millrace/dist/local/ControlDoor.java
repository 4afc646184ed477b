package dev.millrace.dist.local;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.millrace.broker.StartFailed;
import dev.millrace.cli.cluster.ControlSocket;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Where `millrace cluster stop-broker` and `start-broker` of the same user on the same machine come in: a socket in the file
/// system ([ControlSocket] says where, and what is said there), which no other user and no network reaches.
///
/// **Owner.** One thread accepts, a virtual one serves each connection.
public final class ControlDoor implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ControlDoor.class);

    /// At the bound the next one waits: they are all of one user, who waits for his own commands.
    private static final int MOST_CONNECTIONS = 16;

    private static final int LONGEST_REQUEST = 256;

    private final LocalCluster cluster;
    private final Path path;
    private final ServerSocketChannel server;
    private final Semaphore permits = new Semaphore(MOST_CONNECTIONS);

    private ControlDoor(LocalCluster cluster, Path path, ServerSocketChannel server) {
        this.cluster = cluster;
        this.path = path;
        this.server = server;
    }

    /// Begins to listen; null, and one line in the log, when that is not possible: the cluster runs all the same.
    public static @Nullable ControlDoor open(LocalCluster cluster) {
        try {
            Path path = ControlSocket.path(cluster.plan().ports().getFirst());
            ControlSocket.makeDirectory();
            Files.deleteIfExists(path); // of a process that was killed: the port is ours now
            ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            server.bind(UnixDomainSocketAddress.of(path));
            var door = new ControlDoor(cluster, path, server);
            Thread.ofPlatform().daemon().name("accept-control").start(door::accept);
            return door;
        } catch (IOException | UnsupportedOperationException e) {
            LOG.warn("Brokers cannot be stopped and started from other terminals: {}", "" + e);
            return null;
        }
    }

    private void accept() {
        while (true) {
            try {
                permits.acquire();
                SocketChannel client = server.accept();
                Thread.ofVirtual().name("control").start(() -> serve(client));
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException e) {
                LOG.warn("No commands are taken any more: {}", e.getMessage());
                return;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private void serve(SocketChannel client) {
        try (client) {
            String answer = answer(readLine(client));
            ByteBuffer bytes = UTF_8.encode(answer);
            while (bytes.hasRemaining()) {
                client.write(bytes);
            }
        } catch (IOException e) {
            LOG.debug("A command's connection has ended", e);
        } finally {
            permits.release();
        }
    }

    private static String readLine(SocketChannel client) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(LONGEST_REQUEST);
        while (buffer.hasRemaining() && client.read(buffer) >= 0) {
            String text = UTF_8.decode(buffer.duplicate().flip()).toString();
            if (text.indexOf('\n') >= 0) {
                return text.substring(0, text.indexOf('\n')).strip();
            }
        }
        return "";
    }

    private String answer(String request) {
        String[] words = request.split(" ", 2);
        try {
            switch (words[0]) {
                case "stop" -> cluster.stopBroker(Integer.parseInt(words[1]));
                case "start" -> cluster.startBroker(Integer.parseInt(words[1]));
                case "state" -> {}
                default -> {
                    return "error What is '" + words[0] + "'?\n";
                }
            }
            return state() + "ok\n";
        } catch (StartFailed e) {
            return "error " + e.getMessage() + "\n";
        } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
            return "error A broker's number is missing.\n";
        }
    }

    private String state() {
        var text = new StringBuilder();
        var running = cluster.running();
        var starting = cluster.starting();
        for (int id = 1; id <= cluster.plan().brokers(); id++) {
            text.append(id)
                    .append(' ')
                    .append(
                            running.contains(id)
                                    ? "running"
                                    : starting.contains(id) ? "starting" : "stopped")
                    .append(' ')
                    .append(cluster.plan().address(id))
                    .append('\n');
        }
        return text.toString();
    }

    @Override
    public void close() {
        try {
            server.close();
            Files.deleteIfExists(path);
        } catch (IOException e) {
            LOG.debug("Cannot remove {}", path, e);
        }
    }
}
