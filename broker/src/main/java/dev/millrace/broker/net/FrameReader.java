package dev.millrace.broker.net;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import org.apache.kafka.common.protocol.ApiKeys;
import org.jspecify.annotations.Nullable;

/// Cuts the bytes of a connection into frames: 4 bytes of length, then that many bytes.
///
/// Between frames it holds only a small buffer, in which most requests arrive whole with one system call; a longer frame
/// gets a buffer of its own from the pool until it is released. A frame's length is what a stranger claims: beyond 1 MB,
/// memory is taken as the bytes really arrive.
///
/// **Owner.** The connection's thread; only one frame is out at a time. [#readAhead] may run on another thread while no other
/// method does.
final class FrameReader implements AutoCloseable {
    private static final int TAKEN_ON_TRUST = 1 << 20;

    private final ReadableByteChannel channel;
    private final FrameBuffers buffers;
    private final int maxFrameBytes;
    private final int maxOtherFrameBytes;
    private final Progress progress;

    /// Bytes that have arrived and belong to no frame yet lie between `from` and the position of `small`.
    private final FrameBuffers.Lent small;

    private int from;
    private volatile FrameBuffers.@Nullable Lent large;
    private volatile boolean waitsForMemory;
    private boolean sharesSmall;

    /// Told of every step, so that somebody can notice when there are none.
    interface Progress {
        /// @param length that the peer claims
        void frameBegun(int length);

        void bytesRead();
    }

    /// Bytes that cannot be a request of Kafka's protocol.
    static final class NotARequest extends Exception {
        private static final long serialVersionUID = 1;

        NotARequest(String what) {
            super(what);
        }
    }

    /// @param maxFrameBytes of a Produce request
    /// @param maxOtherFrameBytes of any other
    FrameReader(
            ReadableByteChannel channel,
            FrameBuffers buffers,
            int maxFrameBytes,
            int maxOtherFrameBytes,
            Progress progress)
            throws IOException {
        this.channel = channel;
        this.buffers = buffers;
        this.maxFrameBytes = maxFrameBytes;
        this.maxOtherFrameBytes = maxOtherFrameBytes;
        this.progress = progress;
        this.small = buffers.takeAtOnce(FrameBuffers.SMALLEST); // the thread that accepts is here
    }

    /// Waits for the next frame. It is valid until the next call of [#release()].
    ///
    /// @return null when the peer has closed in good order, between frames
    /// @throws EOFException when it closed in the midst of one
    @Nullable ByteBuffer next() throws IOException, NotARequest {
        if (buffered() == 0) {
            from = 0;
            small.bytes.clear();
        }
        while (buffered() < Integer.BYTES) {
            makeRoom();
            if (channel.read(small.bytes) < 0) {
                if (buffered() == 0) {
                    return null;
                }
                throw new EOFException("closed within a frame's length");
            }
            progress.bytesRead();
        }
        int length = small.bytes.getInt(from);
        if (length < 0 || length > maxFrameBytes) {
            throw new NotARequest(describe(length));
        }
        progress.frameBegun(length);
        if (length > maxOtherFrameBytes) {
            refuseWithoutRecords(length);
        }
        return length <= small.size() - Integer.BYTES ? readSmall(length) : readLarge(length);
    }

    /// Looks at the API key, before there is memory for the rest.
    private void refuseWithoutRecords(int length) throws IOException, NotARequest {
        while (buffered() < Integer.BYTES + Short.BYTES) {
            makeRoom();
            readInto(small.bytes);
        }
        short key = small.bytes.getShort(from + Integer.BYTES);
        if (key != ApiKeys.PRODUCE.id) {
            throw new NotARequest(
                    "a request of %d bytes for API key %d; only Produce may have more than %d"
                            .formatted(length, key, maxOtherFrameBytes));
        }
    }

    private ByteBuffer readSmall(int length) throws IOException {
        if (from + Integer.BYTES + length > small.size()) {
            makeRoom();
        }
        while (buffered() < Integer.BYTES + length) {
            readInto(small.bytes);
        }
        ByteBuffer frame = small.bytes.slice(from + Integer.BYTES, length);
        from += Integer.BYTES + length;
        sharesSmall = true;
        return frame;
    }

    private ByteBuffer readLarge(int length) throws IOException {
        var lent = taken(Math.min(length, TAKEN_ON_TRUST));
        large = lent;
        ByteBuffer arrived = small.bytes.slice(from + Integer.BYTES, buffered() - Integer.BYTES);
        lent.bytes.put(arrived);
        from = 0;
        small.bytes.clear();
        while (lent.bytes.position() < length) {
            if (lent.bytes.position() == lent.size()) {
                lent = grown(lent, length);
            }
            lent.bytes.limit(
                    Math.min(
                            lent.size(),
                            length)); // never beyond this frame: nothing is left to be moved
            readInto(lent.bytes);
        }
        return lent.bytes.slice(0, length);
    }

    private FrameBuffers.Lent grown(FrameBuffers.Lent full, int length) throws IOException {
        var larger = taken((int) Math.min(length, 2L * full.size()));
        larger.bytes.put(full.bytes.flip());
        large = larger;
        buffers.giveBack(full);
        return larger;
    }

    private FrameBuffers.Lent taken(int size) throws FrameBuffers.Exhausted {
        waitsForMemory = true;
        try {
            return buffers.take(size);
        } finally {
            waitsForMemory = false;
        }
    }

    private void readInto(ByteBuffer into) throws IOException {
        if (channel.read(into) < 0) {
            throw new EOFException("closed within a frame");
        }
        progress.bytesRead();
    }

    /// The last frame is done with; its bytes may be overwritten from now on. (Leaves the small buffer alone: [#readAhead]
    /// may still be at it.)
    void release() {
        sharesSmall = false;
        var held = large;
        if (held != null) {
            large = null;
            buffers.giveBack(held);
        }
    }

    /// Bytes of memory that are held for a long frame; any thread.
    int held() {
        var held = large;
        return held == null ? 0 : held.size();
    }

    /// Whether it is us for whom the frame waits; any thread.
    boolean waitsForMemory() {
        return waitsForMemory;
    }

    /// True when the next frame has arrived whole, so that [#next()] will not wait.
    boolean hasNext() {
        return buffered() >= Integer.BYTES
                && buffered() - Integer.BYTES >= small.bytes.getInt(from);
    }

    /// True when bytes of the next frame have been read.
    boolean hasBytes() {
        return buffered() > 0;
    }

    /// Waits for bytes of the next frame while the present one is still in use, to notice when the peer goes away.
    ///
    /// @return false when it has gone
    boolean readAhead() {
        if (!small.bytes.hasRemaining()) {
            return true;
        }
        try {
            return channel.read(small.bytes) >= 0;
        } catch (IOException e) {
            return false;
        }
    }

    private int buffered() {
        return small.bytes.position() - from;
    }

    /// Moves what has arrived to the front. No frame is out, so nobody looks at the bytes before it.
    private void makeRoom() {
        if (from > 0 && !sharesSmall) {
            small.bytes.limit(small.bytes.position()).position(from);
            small.bytes.compact();
            from = 0;
        }
    }

    /// Says what else speaks like this. The first bytes of HTTP and TLS are impossible lengths.
    private String describe(int length) {
        byte[] first = new byte[Math.min(buffered(), 8)];
        small.bytes.get(from, first);
        return ForeignBytes.describe(first, length, maxFrameBytes);
    }

    @Override
    public void close() {
        release();
        buffers.giveBack(small);
    }
}
