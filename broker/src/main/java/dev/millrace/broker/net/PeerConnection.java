package dev.millrace.broker.net;

import dev.millrace.engine.api.DeletedTopics;
import dev.millrace.engine.env.Peers;
import dev.millrace.engine.env.Peers.Borrowed;
import dev.millrace.engine.env.Timers;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.jspecify.annotations.Nullable;

/// Requests to one address over one socket, pipelined by correlation id.
///
/// ```
/// send --queue--> writer (virtual thread, connects first) --socket--> peer --socket--> reader (virtual thread) --> stages
/// ```
/// When the socket fails, or one request is not answered in time, everything under way fails, and the next request makes a
/// new socket: not before a pause that doubles with every failure, up to a second. Within the pause a request fails at once, but one that
/// is sent at once.
///
/// **Owner.** The fields are guarded by this object; each [Wire] belongs to its two threads.
final class PeerConnection {
    static final int MOST_PENDING = 1_000;

    private static final int CONNECT_MS = 2_000;
    private static final int LONGEST_FRAME = 100 << 20;
    private static final long FIRST_PAUSE_MS = 20;
    private static final long LONGEST_PAUSE_MS = 1_000;

    private final Peers.Address to;
    private final Timers timers;
    private final String clientId;
    private final FrameBuffers buffers;
    private final AtomicInteger correlation = new AtomicInteger();
    private @Nullable Wire wire;
    private long pauseMs = FIRST_PAUSE_MS;
    private long notBeforeNs = System.nanoTime();
    private boolean closed;

    /// @param buffers for answers that are lent
    PeerConnection(Peers.Address to, Timers timers, String clientId, FrameBuffers buffers) {
        this.to = to;
        this.timers = timers;
        this.clientId = clientId;
        this.buffers = buffers;
    }

    /// @param lends whether the answer may stand in memory that is used again
    private record Request(
            int id,
            ApiKeys api,
            short version,
            ByteBuffer frame,
            boolean lends,
            CompletableFuture<Borrowed> answer) {
        void answer(Borrowed found) {
            if (!answer.complete(found)) {
                found.giveBack().run(); // it was late, and nobody waits for it
            }
        }
    }

    CompletionStage<ApiMessage> send(
            ApiKeys api, short version, ApiMessage message, long timeoutMs) {
        return send(api, version, message, false, timeoutMs).thenApply(Borrowed::message);
    }

    /// As [#send], and within the pause too.
    CompletionStage<ApiMessage> sendAtOnce(
            ApiKeys api, short version, ApiMessage message, long timeoutMs) {
        endPause();
        return send(api, version, message, timeoutMs);
    }

    private synchronized void endPause() {
        notBeforeNs = System.nanoTime();
    }

    CompletionStage<Borrowed> borrow(
            ApiKeys api, short version, ApiMessage message, long timeoutMs) {
        return send(api, version, message, true, timeoutMs);
    }

    private CompletionStage<Borrowed> send(
            ApiKeys api, short version, ApiMessage message, boolean lends, long timeoutMs) {
        int id = correlation.getAndIncrement();
        var answer = new CompletableFuture<Borrowed>();
        ByteBuffer frame = frame(id, api, version, message);
        var request = new Request(id, api, version, frame, lends, answer);
        Wire taken;
        try {
            taken = enqueue(request);
        } catch (IOException refused) {
            answer.completeExceptionally(refused);
            return answer;
        }
        var timer = timers.schedule(timeoutMs, () -> late(taken, request, timeoutMs));
        return answer.whenComplete((_, _) -> timer.cancel());
    }

    private ByteBuffer frame(int id, ApiKeys api, short version, ApiMessage message) {
        short headerVersion = api.requestHeaderVersion(version);
        var header =
                new RequestHeaderData()
                        .setRequestApiKey(api.id)
                        .setRequestApiVersion(version)
                        .setCorrelationId(id)
                        .setClientId(clientId);
        ByteBuffer head = MessageUtil.toByteBufferAccessor(header, headerVersion).buffer();
        var cache = new ObjectSerializationCache();
        int bodySize = message.size(cache, version);
        ByteBuffer frame = ByteBuffer.allocate(4 + head.remaining() + bodySize);
        frame.putInt(head.remaining() + bodySize).put(head);
        message.write(new ByteBufferAccessor(frame), cache, version);
        return frame.flip();
    }

    private synchronized Wire enqueue(Request request) throws IOException {
        if (closed) {
            throw new IOException("this node stops");
        }
        Wire open = wire;
        if (open == null) {
            if (System.nanoTime() - notBeforeNs < 0) {
                throw new IOException(to + " could not be reached a moment ago");
            }
            open = new Wire();
            wire = open;
            Thread.ofVirtual().name("to " + to).start(open::write);
        }
        if (open.pending.size() >= MOST_PENDING) {
            throw new IOException(MOST_PENDING + " requests to " + to + " are under way");
        }
        open.pending.put(request.id, request);
        open.queue.add(request);
        return open;
    }

    private void late(Wire on, Request request, long timeoutMs) {
        if (!request.answer.isDone()) {
            var late =
                    new TimeoutException(
                            "%s did not answer %s within %d ms"
                                    .formatted(to, request.api.name, timeoutMs));
            request.answer.completeExceptionally(late);
            lost(on, new IOException(late));
        }
    }

    /// Nothing more goes over this wire, and what is under way on it fails.
    private void lost(Wire broken, IOException why) {
        synchronized (this) {
            if (wire == broken) {
                wire = null;
                notBeforeNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(pauseMs);
                pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
            }
        }
        broken.close();
        for (Request request : broken.pending.values()) {
            request.answer.completeExceptionally(why);
        }
        broken.pending.clear();
    }

    private synchronized void answered() {
        pauseMs = FIRST_PAUSE_MS;
    }

    void close() {
        Wire open;
        synchronized (this) {
            closed = true;
            open = wire;
        }
        if (open != null) {
            lost(open, new IOException("this node stops"));
        }
    }

    /// One socket's life.
    private final class Wire {
        private final ConcurrentHashMap<Integer, Request> pending = new ConcurrentHashMap<>();
        private final LinkedBlockingQueue<Request> queue = new LinkedBlockingQueue<>();
        private volatile @Nullable SocketChannel socket;
        private volatile @Nullable Thread writer;
        private volatile boolean ended;

        private void write() {
            writer = Thread.currentThread();
            try {
                SocketChannel open = connect();
                socket = open;
                if (ended) {
                    throw new IOException("the connection was given up");
                }
                Thread.ofVirtual().name("from " + to).start(() -> read(open));
                while (!ended) {
                    ByteBuffer frame = queue.take().frame;
                    while (frame.hasRemaining()) {
                        open.write(frame);
                    }
                }
            } catch (IOException e) {
                lost(this, new IOException("%s: %s".formatted(to, e.getMessage()), e));
            } catch (InterruptedException e) {
                lost(this, new IOException(to + ": the connection was closed", e));
            } finally {
                close();
            }
        }

        private SocketChannel connect() throws IOException {
            var failure = new IOException(to + " has no address");
            for (InetAddress address : InetAddress.getAllByName(to.host())) {
                var candidate = SocketChannel.open();
                try {
                    candidate.setOption(StandardSocketOptions.TCP_NODELAY, true);
                    candidate
                            .socket()
                            .connect(new InetSocketAddress(address, to.port()), CONNECT_MS);
                    return candidate;
                } catch (IOException e) {
                    candidate.close();
                    failure = e;
                }
            }
            throw failure;
        }

        private void read(SocketChannel from) {
            ByteBuffer head = ByteBuffer.allocateDirect(2 * Integer.BYTES);
            try {
                while (!ended) {
                    readFully(from, head.clear());
                    int length = head.getInt(0);
                    if (length < Integer.BYTES || length > LONGEST_FRAME) {
                        throw new IOException("an answer of " + length + " bytes");
                    }
                    Request request = pending.remove(head.getInt(Integer.BYTES));
                    if (request == null) {
                        throw new IOException("an answer to no request");
                    }
                    readAnswer(from, request, head.getInt(Integer.BYTES), length);
                }
            } catch (IOException | RuntimeException e) {
                // The generated readers report what they cannot read with whatever exception is at
                // hand.
                lost(this, new IOException("%s: %s".formatted(to, e), e));
            }
        }

        private static void readFully(SocketChannel from, ByteBuffer into) throws IOException {
            while (into.hasRemaining()) {
                if (from.read(into) < 0) {
                    throw new EOFException("the connection was closed");
                }
            }
        }

        /// The request is pending no more: whatever goes wrong fails it here.
        private void readAnswer(SocketChannel from, Request request, int id, int length)
                throws IOException {
            try {
                if (request.lends) {
                    lend(from, request, id, length);
                } else {
                    ByteBuffer frame = ByteBuffer.allocate(length);
                    request.answer(Borrowed.kept(message(from, request, id, frame)));
                }
            } catch (IOException | RuntimeException e) {
                request.answer.completeExceptionally(e);
                throw e;
            }
        }

        private void lend(SocketChannel from, Request request, int id, int length)
                throws IOException {
            FrameBuffers.Lent lent = buffers.take(length);
            boolean given = false;
            try {
                ApiMessage message = message(from, request, id, lent.bytes.limit(length));
                given = true;
                request.answer(new Borrowed(message, () -> buffers.giveBack(lent)));
            } finally {
                if (!given) {
                    buffers.giveBack(lent);
                }
            }
        }

        private ApiMessage message(SocketChannel from, Request request, int id, ByteBuffer frame)
                throws IOException {
            readFully(from, frame.putInt(id));
            var in = new ByteBufferAccessor(frame.flip());
            var _ = new ResponseHeaderData(in, request.api.responseHeaderVersion(request.version));
            ApiMessage response = read(in, request);
            answered();
            return response;
        }

        private static ApiMessage read(ByteBufferAccessor in, Request request) {
            if (request.api == ApiKeys.DELETE_TOPICS) {
                return DeletedTopics.read(in, request.version);
            }
            ApiMessage response = request.api.messageType.newResponse();
            response.read(in, request.version);
            return response;
        }

        void close() {
            ended = true;
            Thread blocked = writer;
            if (blocked != null && !Thread.currentThread().equals(blocked)) {
                blocked.interrupt();
            }
            try {
                SocketChannel open = socket;
                if (open != null) {
                    open.close();
                }
            } catch (IOException e) {
                // it was only being closed
            }
        }
    }
}
