package dev.millrace.broker.net;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.MessageUtil;

/// A client that speaks frames, and nothing better.
final class Wire implements AutoCloseable {
    final Socket socket;
    private final DataInputStream in;

    Wire(InetSocketAddress address) throws IOException {
        socket = new Socket(address.getAddress(), address.getPort());
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(20_000);
        in = new DataInputStream(socket.getInputStream());
    }

    static byte[] frame(ApiKeys api, short version, int correlationId, ApiMessage message) {
        short headerVersion = api.requestHeaderVersion(version);
        var header =
                new RequestHeaderData()
                        .setRequestApiKey(api.id)
                        .setRequestApiVersion(version)
                        .setCorrelationId(correlationId)
                        .setClientId("test");
        ByteBuffer head = MessageUtil.toByteBufferAccessor(header, headerVersion).buffer();
        ByteBuffer body = MessageUtil.toByteBufferAccessor(message, version).buffer();
        return ByteBuffer.allocate(4 + head.remaining() + body.remaining())
                .putInt(head.remaining() + body.remaining())
                .put(head)
                .put(body)
                .array();
    }

    void send(ApiKeys api, int correlationId, ApiMessage message) throws IOException {
        send(frame(api, api.latestVersion(), correlationId, message));
    }

    void send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
    }

    /// The next answer as it came, without its length.
    ByteBuffer receive() throws IOException {
        byte[] bytes = new byte[in.readInt()];
        in.readFully(bytes);
        return ByteBuffer.wrap(bytes);
    }

    int receiveCorrelationId() throws IOException {
        return receive().getInt();
    }

    /// The next answer's message.
    ApiMessage receive(ApiKeys api, short version, int correlationId) throws IOException {
        var accessor = new ByteBufferAccessor(receive());
        var header = new ResponseHeaderData(accessor, api.responseHeaderVersion(version));
        if (header.correlationId() != correlationId) {
            throw new AssertionError(
                    "answer to " + header.correlationId() + " instead of " + correlationId);
        }
        ApiMessage message = api.messageType.newResponse();
        message.read(accessor, version);
        return message;
    }

    boolean closedByPeer() throws IOException {
        try {
            return in.read() < 0;
        } catch (EOFException | java.net.SocketException e) {
            return true;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    /// Bytes of which neighbours differ, and those of another size, too.
    static byte[] pattern(int size, int step) {
        byte[] bytes = new byte[size];
        for (int i = 0; i < size; i++) {
            bytes[i] = (byte) (i * step + size);
        }
        return bytes;
    }
}
