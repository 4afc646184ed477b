package dev.millrace.bench.load;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/// A blocking connection that sends ready frames and reads sized answers into one reused buffer.
final class RawConnection implements AutoCloseable {
    private final SocketChannel channel;
    private final ByteBuffer received;

    /// @param maxResponseBytes an answer beyond it is an error
    RawConnection(int port, int maxResponseBytes) throws IOException {
        channel = SocketChannel.open();
        try {
            channel.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
        received = ByteBuffer.allocateDirect(maxResponseBytes + Integer.BYTES);
        received.limit(0);
    }

    void send(ByteBuffer frame) throws IOException {
        ByteBuffer out = frame.duplicate();
        while (out.hasRemaining()) {
            channel.write(out);
        }
    }

    /// The next answer without its size field; valid until the next call.
    ByteBuffer receive() throws IOException {
        need(Integer.BYTES);
        int size = received.getInt();
        if (size < Integer.BYTES || size > received.capacity() - Integer.BYTES) {
            throw new IOException("an answer of " + size + " bytes");
        }
        need(size);
        ByteBuffer answer = received.slice(received.position(), size);
        received.position(received.position() + size);
        return answer;
    }

    private void need(int bytes) throws IOException {
        if (received.remaining() >= bytes) {
            return;
        }
        received.compact();
        while (received.position() < bytes) {
            if (channel.read(received) < 0) {
                throw new EOFException("the broker closed the connection");
            }
        }
        received.flip();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
