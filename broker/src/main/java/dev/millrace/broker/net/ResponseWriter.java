package dev.millrace.broker.net;

import dev.millrace.engine.api.RequestContext;
import dev.millrace.engine.log.SerializationCache;
import dev.millrace.engine.log.StoredRecords;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.MessageSizeAccumulator;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.protocol.Writable;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.UnalignedMemoryRecords;
import org.apache.kafka.common.utils.internals.ByteUtils;
import org.jspecify.annotations.Nullable;

/// Encodes answers and sends them.
///
/// Header and message are written into one buffer of the exact size; records are not copied: a slice of a file stays a slice
/// and is sent by the system from file to socket. Slices and memory below [#COPIED] bytes are cheaper copied into the buffer,
/// where they leave with everything else in one system call. Several answers may be encoded before [#send()].
///
/// **Owner.** One thread at a time. Holds a buffer only between the first `encode` and `send`.
final class ResponseWriter implements Writable, AutoCloseable {
    /// Below so many bytes a copy costs less than another system call and another packet.
    static final int COPIED = 32 << 10;

    /// No more copies once so much is waiting to be sent.
    private static final int COPIED_IN_ALL = 256 << 10;

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final SocketSender socket;
    private final FrameBuffers buffers;
    private FrameBuffers.@Nullable Lent lent;
    private ByteBuffer out = NOTHING;
    private final List<Piece> pieces = new ArrayList<>(0);

    /// Where the answer that is being encoded will end, but for records still to be copied into it.
    private int reservedEnd;

    /// What goes between two parts of the buffer, at `position`.
    private sealed interface Piece {
        int position();

        record Slice(int position, StoredRecords records) implements Piece {}

        record Memory(int position, ByteBuffer bytes) implements Piece {}
    }

    ResponseWriter(SocketSender socket, FrameBuffers buffers) {
        this.socket = socket;
        this.buffers = buffers;
    }

    /// Encodes one answer behind those that wait already. When it throws, nothing of this answer stays.
    void encode(RequestContext context, ApiMessage message) throws IOException {
        short headerVersion = context.api().responseHeaderVersion(context.version());
        var header = new ResponseHeaderData().setCorrelationId(context.correlationId());
        // One that a failure leaves half used does not come back.
        SerializationCache sizes = buffers.takeSizes();
        ObjectSerializationCache cache = sizes.table();
        var size = new MessageSizeAccumulator();
        header.addSize(size, cache, headerVersion);
        message.addSize(size, cache, context.version());

        int start = out.position();
        int piecesBefore = pieces.size();
        try {
            reservedEnd = start;
            makeRoom(Integer.BYTES + size.sizeExcludingZeroCopy());
            out.putInt(size.totalSize());
            header.write(this, cache, headerVersion);
            message.write(this, cache, context.version());
            sizes.written(size.sizeExcludingZeroCopy());
            buffers.giveBack(sizes);
        } catch (UncheckedIOException e) {
            takeBack(start, piecesBefore);
            throw e.getCause();
        } catch (IOException | RuntimeException e) {
            takeBack(start, piecesBefore);
            throw e;
        }
    }

    private void takeBack(int start, int piecesBefore) {
        out.limit(out.capacity()).position(start);
        pieces.subList(piecesBefore, pieces.size()).clear();
    }

    /// Bytes of the buffer that wait to be sent; 0 when nothing waits.
    int waiting() {
        return out.position();
    }

    /// Sends everything encoded. Waits while the peer takes nothing; no more memory is held for it than what is encoded.
    void send() throws IOException {
        if (lent == null) {
            return;
        }
        try {
            out.flip();
            if (pieces.isEmpty()) {
                socket.send(out);
            } else {
                sendPieces();
            }
        } finally {
            close();
        }
    }

    private void sendPieces() throws IOException {
        var parts = new ArrayList<ByteBuffer>();
        int from = 0;
        for (Piece piece : pieces) {
            if (piece.position() > from) {
                parts.add(out.slice(from, piece.position() - from));
                from = piece.position();
            }
            switch (piece) {
                case Piece.Memory(_, var bytes) -> parts.add(bytes);
                case Piece.Slice(_, var records) -> {
                    sendAll(parts);
                    socket.send(records);
                }
            }
        }
        if (out.limit() > from) {
            parts.add(out.slice(from, out.limit() - from));
        }
        sendAll(parts);
    }

    private void sendAll(List<ByteBuffer> parts) throws IOException {
        socket.send(parts.toArray(ByteBuffer[]::new));
        parts.clear();
    }

    /// Makes room for so many bytes beyond what is reserved already.
    private void makeRoom(int more) throws IOException {
        reservedEnd += more;
        var before = lent;
        if (before != null && reservedEnd <= before.size()) {
            return;
        }
        var larger = buffers.take(reservedEnd);
        if (before != null) {
            larger.bytes.put(out.flip());
            buffers.giveBack(before);
        }
        lent = larger;
        out = larger.bytes;
    }

    /// Forgets what was encoded and not sent.
    @Override
    public void close() {
        pieces.clear();
        if (lent != null) {
            buffers.giveBack(lent);
            lent = null;
            out = NOTHING;
        }
    }

    private boolean worthCopying(int size) {
        return size <= COPIED && out.position() + size <= COPIED_IN_ALL;
    }

    @Override
    public void writeRecords(BaseRecords records) {
        switch (records) {
            case StoredRecords stored -> writeStored(stored);
            case MemoryRecords memory -> writeByteBuffer(memory.buffer());
            case UnalignedMemoryRecords slice -> writeByteBuffer(slice.buffer());
            default ->
                    throw new IllegalArgumentException(
                            "no way to send records of " + records.getClass());
        }
    }

    private void writeStored(StoredRecords records) {
        if (records.sizeInBytes() == 0) {
            return;
        }
        if (!worthCopying(records.sizeInBytes())) {
            pieces.add(new Piece.Slice(out.position(), records));
            return;
        }
        try {
            makeRoom(records.sizeInBytes());
            out.limit(out.position() + records.sizeInBytes());
            int read = records.file().read(records.position(), out);
            out.limit(out.capacity());
            if (read != records.sizeInBytes()) {
                throw SocketSender.shortened(records.file());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void writeByteBuffer(ByteBuffer bytes) {
        if (!worthCopying(bytes.remaining())) {
            pieces.add(new Piece.Memory(out.position(), bytes.duplicate()));
            return;
        }
        try {
            makeRoom(bytes.remaining());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        out.put(bytes.duplicate());
    }

    @Override
    public void writeByte(byte value) {
        out.put(value);
    }

    @Override
    public void writeShort(short value) {
        out.putShort(value);
    }

    @Override
    public void writeInt(int value) {
        out.putInt(value);
    }

    @Override
    public void writeLong(long value) {
        out.putLong(value);
    }

    @Override
    public void writeDouble(double value) {
        out.putDouble(value);
    }

    @Override
    public void writeByteArray(byte[] bytes) {
        out.put(bytes);
    }

    @Override
    public void writeUnsignedVarint(int value) {
        ByteUtils.writeUnsignedVarint(value, out);
    }

    @Override
    public void writeVarint(int value) {
        ByteUtils.writeVarint(value, out);
    }

    @Override
    public void writeVarlong(long value) {
        ByteUtils.writeVarlong(value, out);
    }
}
