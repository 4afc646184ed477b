package dev.millrace.broker.net;

import dev.millrace.engine.api.RequestContext;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import org.apache.kafka.common.protocol.ApiMessage;

/// Encodes answers as a connection does, and sends them to nobody.
public final class EncodedAnswer implements AutoCloseable {
    private final SocketChannel unconnected;
    private final ResponseWriter writer;

    public EncodedAnswer() throws IOException {
        unconnected = SocketChannel.open();
        var buffers = new FrameBuffers(64 << 20);
        writer = new ResponseWriter(new SocketSender(unconnected, buffers, () -> {}), buffers);
    }

    /// @return bytes that were encoded, without records that would be sent from their file
    public int encode(RequestContext context, ApiMessage message) throws IOException {
        writer.encode(context, message);
        int bytes = writer.waiting();
        writer.close();
        return bytes;
    }

    @Override
    public void close() throws IOException {
        writer.close();
        unconnected.close();
    }
}
