package dev.millrace.bench.wire;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/// The smallest client: asks whether a broker is ready, makes a topic and gets a first record acknowledged.
///
/// Old, non-flexible versions that every broker since 1.0 serves: ApiVersions v0, Metadata v1, CreateTopics v2,
/// Produce v7. One connection, one request at a time; every read is bounded by a socket time-out.
public final class Probe implements AutoCloseable {
    private static final int METADATA = 3;
    private static final int API_VERSIONS = 18;
    private static final int CREATE_TOPICS = 19;
    private static final int TIMEOUT_MS = 10_000;
    private static final int MAX_RESPONSE_BYTES = 1 << 20;

    private final Socket socket;
    private final DataInputStream in;
    private int correlationId;

    /// Connects, or fails at once when nobody listens yet.
    public Probe(int port) throws IOException {
        socket = new Socket();
        try {
            socket.connect(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), port), TIMEOUT_MS);
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(TIMEOUT_MS);
            in = new DataInputStream(socket.getInputStream());
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /// True when ApiVersions is answered without an error and Metadata lists a live broker and a controller.
    public boolean ready() throws IOException {
        return ready(1);
    }

    /// As `ready`, with so many live brokers.
    public boolean ready(int nodes) throws IOException {
        ByteBuffer versions = call(API_VERSIONS, 0, out -> {});
        if (versions.getShort() != 0) {
            return false;
        }
        ByteBuffer metadata = call(METADATA, 1, out -> out.putInt(0));
        int brokers = metadata.getInt();
        for (int i = 0; i < brokers; i++) {
            metadata.getInt();
            Wire.skipString(metadata);
            metadata.getInt();
            Wire.skipString(metadata);
        }
        return brokers >= nodes && metadata.getInt() >= 0;
    }

    /// Kafka's error code for making a topic of one partition; 0 is success.
    public short createTopic(String name) throws IOException {
        ByteBuffer response =
                call(
                        CREATE_TOPICS,
                        2,
                        out -> {
                            out.putInt(1);
                            Wire.putString(out, name);
                            out.putInt(1).putShort((short) 1).putInt(0).putInt(0);
                            out.putInt(TIMEOUT_MS).put((byte) 0);
                        });
        response.getInt();
        response.getInt();
        Wire.skipString(response);
        return response.getShort();
    }

    /// Kafka's error code for one small record with acks=1; 0 is success.
    public short produceOne(String topic) throws IOException {
        ByteBuffer batch =
                RecordBatches.build(1, 16, RecordBatches.Codec.NONE, System.currentTimeMillis(), 1);
        ByteBuffer response =
                call(
                        ProduceFrame.API_KEY,
                        7,
                        out -> {
                            out.putShort((short) -1)
                                    .putShort((short) 1)
                                    .putInt(TIMEOUT_MS)
                                    .putInt(1);
                            Wire.putString(out, topic);
                            out.putInt(1).putInt(0).putInt(batch.remaining()).put(batch);
                        });
        response.getInt();
        Wire.skipString(response);
        response.getInt();
        response.getInt();
        return response.getShort();
    }

    private ByteBuffer call(int apiKey, int version, Consumer<ByteBuffer> body) throws IOException {
        ByteBuffer out = ByteBuffer.allocate(4096).putInt(0);
        Wire.putRequestHeader(out, apiKey, version, ++correlationId, false);
        body.accept(out);
        out.putInt(0, out.position() - Integer.BYTES);
        socket.getOutputStream().write(out.array(), 0, out.position());
        int size = in.readInt();
        if (size < Integer.BYTES || size > MAX_RESPONSE_BYTES) {
            throw new IOException("a response of " + size + " bytes to API " + apiKey);
        }
        ByteBuffer response = ByteBuffer.wrap(in.readNBytes(size));
        if (response.remaining() < size || response.getInt() != correlationId) {
            throw new IOException("a cut or misplaced response to API " + apiKey);
        }
        return response;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
