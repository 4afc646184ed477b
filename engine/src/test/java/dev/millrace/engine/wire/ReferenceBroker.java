package dev.millrace.engine.wire;

import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.MessageUtil;

/// One connection to a running broker, most often Apache Kafka itself, asked message by message.
public final class ReferenceBroker implements Closeable {
    private static final int TIMEOUT_MS = 30_000;

    private final Socket socket;
    private final DataInputStream in;
    private final DataOutputStream out;
    private int correlationId;

    public ReferenceBroker(String host, int port) throws IOException {
        socket = new Socket(host, port);
        socket.setSoTimeout(TIMEOUT_MS);
        socket.setTcpNoDelay(true);
        in = new DataInputStream(socket.getInputStream());
        out = new DataOutputStream(socket.getOutputStream());
    }

    /// @throws java.io.EOFException when the broker closes the connection instead of answering
    public ApiMessage ask(ApiKeys api, short version, ApiMessage request) throws IOException {
        var header =
                new RequestHeaderData()
                        .setRequestApiKey(api.id)
                        .setRequestApiVersion(version)
                        .setCorrelationId(++correlationId)
                        .setClientId("reference");
        ByteBuffer head =
                MessageUtil.toByteBufferAccessor(header, api.requestHeaderVersion(version))
                        .buffer();
        ByteBuffer body = MessageUtil.toByteBufferAccessor(request, version).buffer();
        ByteBuffer frame = ByteBuffer.allocate(head.remaining() + body.remaining());
        ByteBuffer answer = exchange(frame.put(head).put(body).flip());
        var reader = new ByteBufferAccessor(answer);
        var _ = new ResponseHeaderData(reader, api.responseHeaderVersion(version));
        ApiMessage response = api.messageType.newResponse();
        response.read(reader, version);
        return response;
    }

    /// Sends any bytes as one frame and returns the next frame that comes back.
    public ByteBuffer exchange(ByteBuffer frame) throws IOException {
        var bytes = new byte[frame.remaining()];
        frame.get(bytes);
        out.writeInt(bytes.length);
        out.write(bytes);
        out.flush();
        return ByteBuffer.wrap(in.readNBytes(in.readInt()));
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
