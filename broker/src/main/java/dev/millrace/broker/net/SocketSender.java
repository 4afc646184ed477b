package dev.millrace.broker.net;

import dev.millrace.broker.storage.TransferableFile;
import dev.millrace.engine.env.StoredFile;
import dev.millrace.engine.log.StoredRecords;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/// Puts bytes on one connection, waiting while the peer takes nothing: from memory, or from a file without a copy.
///
/// A socket that a virtual thread has used never blocks in the system: `transferTo` then answers 0 when the peer has to read
/// first, which says nothing about the file. The next few bytes are then written from memory, because that is what the JDK can
/// wait for; after them the system goes on by itself.
///
/// **Owner.** One thread at a time.
final class SocketSender {
    private static final int CHUNK = 64 << 10;

    /// What the system is asked to send in one call: a slow peer must be seen to make progress.
    private static final int SENT_AT_ONCE = 4 << 20;

    private final SocketChannel channel;
    private final FrameBuffers buffers;
    private final Runnable progress;

    /// @param progress called whenever the peer has taken some bytes
    SocketSender(SocketChannel channel, FrameBuffers buffers, Runnable progress) {
        this.channel = channel;
        this.buffers = buffers;
        this.progress = progress;
    }

    void send(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
            progress.run();
        }
    }

    void send(ByteBuffer[] parts) throws IOException {
        for (int first = 0; first < parts.length; ) {
            channel.write(parts, first, parts.length - first);
            progress.run();
            while (first < parts.length && !parts[first].hasRemaining()) {
                first++;
            }
        }
    }

    /// @throws EOFException when the file has become shorter than planned (a replica that truncates): the length has been
    ///     promised to the peer, so only closing is left
    void send(StoredRecords records) throws IOException {
        long position = records.position();
        long end = position + records.sizeInBytes();
        while (position < end) {
            long sent = 0;
            if (records.file() instanceof TransferableFile file) {
                sent = file.transferTo(position, Math.min(SENT_AT_ONCE, end - position), channel);
            }
            if (sent > 0) {
                progress.run();
            } else {
                sent = copy(records.file(), position, (int) Math.min(CHUNK, end - position));
            }
            position += sent;
        }
    }

    private int copy(StoredFile file, long position, int size) throws IOException {
        var chunk = buffers.take(size);
        try {
            chunk.bytes.clear().limit(size);
            if (file.read(position, chunk.bytes) != size) {
                throw shortened(file);
            }
            send(chunk.bytes.flip());
            return size;
        } finally {
            buffers.giveBack(chunk);
        }
    }

    static EOFException shortened(StoredFile file) {
        return new EOFException(file.name() + " has become shorter while it was being sent");
    }
}
