package dev.millrace.broker.http;

import io.helidon.common.buffers.DataReader;
import io.helidon.common.buffers.DataWriter;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.common.socket.PeerInfo;
import io.helidon.common.socket.PlainSocket;
import io.helidon.common.socket.SocketWriter;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.ListenerContext;
import io.helidon.webserver.Router;
import io.helidon.webserver.ServerConnectionException;
import java.io.UncheckedIOException;
import java.nio.channels.SocketChannel;
import java.util.concurrent.ExecutorService;

/// One connection as Helidon wants to see it.
///
/// **Owner.** The connection's thread.
final class HelidonConnection implements ConnectionContext {
    private final HelidonConnections all;
    private final HelidonSocket socket;
    private final DataReader reader;
    private final DataWriter writer;

    HelidonConnection(SocketChannel channel, HelidonConnections all) {
        this.all = all;
        this.socket =
                PlainSocket.server(
                        channel.socket(),
                        Integer.toHexString(System.identityHashCode(channel)),
                        "http");
        this.reader = DataReader.create(this::read);
        this.writer = SocketWriter.create(socket);
    }

    /// Bytes from the client; a connection that broke or was silent for too long has ended, and is no error of ours.
    private byte[] read() {
        try {
            return socket.get();
        } catch (UncheckedIOException e) {
            throw new ServerConnectionException("no more from the client", e);
        }
    }

    @Override
    public ListenerContext listenerContext() {
        return all;
    }

    @Override
    public ExecutorService executor() {
        return all.executor();
    }

    @Override
    public DataWriter dataWriter() {
        return writer;
    }

    @Override
    public DataReader dataReader() {
        return reader;
    }

    @Override
    public Router router() {
        return all.router();
    }

    @Override
    public HelidonSocket serverSocket() {
        return socket;
    }

    @Override
    public PeerInfo remotePeer() {
        return socket.remotePeer();
    }

    @Override
    public PeerInfo localPeer() {
        return socket.localPeer();
    }

    @Override
    public boolean isSecure() {
        return false;
    }

    @Override
    public String socketId() {
        return socket.socketId();
    }

    @Override
    public String childSocketId() {
        return socket.childSocketId();
    }
}
