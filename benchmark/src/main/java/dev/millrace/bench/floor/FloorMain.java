package dev.millrace.bench.floor;

import dev.millrace.bench.wire.FetchFrame;
import dev.millrace.bench.wire.ProduceFrame;
import dev.millrace.bench.wire.RecordBatches;
import dev.millrace.bench.wire.TopicRef;
import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/// The floor: one thread a connection, one file a topic and partition, no more work than the bytes ask for.
///
/// Arguments: port, directory. A topic whose id ends in an odd number is flushed before every answer. A fetch is answered
/// from a list of batch positions in memory, and waits for a record as long as it may. Runs until it is killed.
public final class FloorMain {
    private static final int MAX_FRAME_BYTES = 8 << 20;
    private static final int ID_AND_VERSION = 4;

    private final Path directory;
    private final Map<String, Partition> partitions = new ConcurrentHashMap<>();

    private FloorMain(Path directory) {
        this.directory = directory;
    }

    public static void main(String[] arguments) throws IOException {
        FloorMain floor = new FloorMain(Path.of(arguments[1]));
        try (ServerSocketChannel server = ServerSocketChannel.open()) {
            server.bind(
                    new InetSocketAddress(
                            InetAddress.getLoopbackAddress(), Integer.parseInt(arguments[0])));
            while (true) {
                SocketChannel connection = server.accept();
                Thread.ofPlatform().start(() -> floor.serve(connection));
            }
        }
    }

    private void serve(SocketChannel connection) {
        try (connection) {
            connection.setOption(StandardSocketOptions.TCP_NODELAY, true);
            ByteBuffer size = ByteBuffer.allocateDirect(Integer.BYTES);
            ByteBuffer frame = ByteBuffer.allocateDirect(MAX_FRAME_BYTES);
            while (true) {
                readFully(connection, size.clear());
                readFully(
                        connection,
                        frame.clear().limit(Math.clamp(size.flip().getInt(), 8, MAX_FRAME_BYTES)));
                frame.flip();
                if (frame.getShort(0) == ProduceFrame.API_KEY) {
                    produce(connection, frame);
                } else {
                    fetch(connection, frame);
                }
            }
        } catch (EOFException e) {
            // The generator is done with this connection.
        } catch (IOException e) {
            System.err.println("floor: " + e);
        }
    }

    private void produce(SocketChannel connection, ByteBuffer frame) throws IOException {
        ByteBuffer batch = ProduceFrame.batchOf(frame);
        int indexAt = ProduceFrame.partitionAt(frame);
        TopicRef topic = topicAt(frame, indexAt - 1 - 16);
        if (batch.getInt(batch.position() + RecordBatches.CRC_AT) != RecordBatches.crcOf(batch)) {
            throw new IOException("a batch with a wrong CRC-32C");
        }
        partition(topic, frame.getInt(indexAt)).append(batch, topic.idLow() % 2 != 0);
        ByteBuffer answer =
                ByteBuffer.allocate(96)
                        .putInt(0)
                        .putInt(frame.getInt(ID_AND_VERSION))
                        .put((byte) 0);
        answer.put((byte) 2).putLong(topic.idHigh()).putLong(topic.idLow()).put((byte) 2);
        answer.putInt(0)
                .putShort((short) 0)
                .putLong(0)
                .putLong(-1)
                .putLong(0)
                .put((byte) 1)
                .put((byte) 0);
        answer.put((byte) 0).put((byte) 0).putInt(0).put((byte) 0);
        answer.putInt(0, answer.position() - Integer.BYTES).flip();
        writeFully(connection, answer);
    }

    private void fetch(SocketChannel connection, ByteBuffer frame) throws IOException {
        int partitionAt = FetchFrame.partitionAt(frame);
        TopicRef topic = topicAt(frame, partitionAt - 1 - 16);
        Partition partition = partition(topic, frame.getInt(partitionAt));
        long offset = FetchFrame.offsetOf(frame);
        partition.await(offset, FetchFrame.maxWaitMsOf(frame));
        long from = partition.positionOf(offset);
        int length = (int) Math.min(FetchFrame.maxBytesOf(frame), partition.end() - from);
        writeFully(
                connection,
                FetchFrame.responseHead(
                        frame.getInt(ID_AND_VERSION), topic, partition.nextOffset(), length));
        for (long sent = 0; sent < length; ) {
            sent += partition.file.transferTo(from + sent, length - sent, connection);
        }
        writeFully(connection, ByteBuffer.wrap(FetchFrame.responseTail()));
    }

    private Partition partition(TopicRef topic, int index) throws IOException {
        String key =
                Long.toHexString(topic.idHigh()) + Long.toHexString(topic.idLow()) + "-" + index;
        Partition known = partitions.get(key);
        return known == null ? opened(key) : known;
    }

    private synchronized Partition opened(String key) throws IOException {
        Partition known = partitions.get(key);
        if (known == null) {
            known =
                    new Partition(
                            FileChannel.open(
                                    directory.resolve(key),
                                    StandardOpenOption.CREATE,
                                    StandardOpenOption.READ,
                                    StandardOpenOption.WRITE));
            partitions.put(key, known);
        }
        return known;
    }

    private static TopicRef topicAt(ByteBuffer frame, int index) {
        return new TopicRef("", frame.getLong(index), frame.getLong(index + Long.BYTES));
    }

    static void readFully(SocketChannel channel, ByteBuffer into) throws IOException {
        while (into.hasRemaining()) {
            if (channel.read(into) < 0) {
                throw new EOFException();
            }
        }
    }

    private static void writeFully(SocketChannel channel, ByteBuffer from) throws IOException {
        while (from.hasRemaining()) {
            channel.write(from);
        }
    }

    /// One file, and where each batch begins in it. Appends and reads may come from two connections.
    private static final class Partition {
        private final FileChannel file;
        private long[] baseOffsets = new long[1024];
        private long[] positions = new long[1024];
        private int batches;
        private long nextOffset;
        private long end;

        Partition(FileChannel file) {
            this.file = file;
        }

        synchronized void append(ByteBuffer batch, boolean flush) throws IOException {
            if (batches == positions.length) {
                baseOffsets = Arrays.copyOf(baseOffsets, batches * 2);
                positions = Arrays.copyOf(positions, batches * 2);
            }
            baseOffsets[batches] = nextOffset;
            positions[batches++] = end;
            batch.putLong(batch.position(), nextOffset);
            nextOffset = RecordBatches.nextOffsetAt(batch, batch.position());
            while (batch.hasRemaining()) {
                end += file.write(batch, end);
            }
            if (flush) {
                file.force(false);
            }
            notifyAll();
        }

        /// Until there is something at the offset, or the time is over.
        synchronized void await(long offset, int maxWaitMs) throws IOException {
            long endNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(maxWaitMs);
            try {
                for (long left = maxWaitMs; nextOffset <= offset && left > 0; ) {
                    wait(left);
                    left = TimeUnit.NANOSECONDS.toMillis(endNs - System.nanoTime());
                }
            } catch (InterruptedException e) {
                throw new InterruptedIOException();
            }
        }

        synchronized long positionOf(long offset) {
            int found = Arrays.binarySearch(baseOffsets, 0, batches, offset);
            int index = found >= 0 ? found : -found - 2;
            return offset >= nextOffset || index < 0 ? end : positions[index];
        }

        synchronized long nextOffset() {
            return nextOffset;
        }

        synchronized long end() {
            return end;
        }
    }
}
