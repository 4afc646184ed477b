package dev.millrace.broker.net;

import dev.millrace.broker.host.Errand;
import dev.millrace.broker.net.ConnectionThreads.Kind;
import dev.millrace.broker.net.FrameReader.NotARequest;
import dev.millrace.broker.net.PendingAnswers.Pending;
import dev.millrace.engine.api.ClientConnection;
import dev.millrace.engine.api.MalformedRequest;
import dev.millrace.engine.api.Outcome;
import dev.millrace.engine.api.RequestContext;
import dev.millrace.engine.api.Router.Call;
import dev.millrace.engine.check.Invariant;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One client's connection: reads a request, has it handled, sends the answer, reads the next.
///
/// ```
///  FIRST_REQUEST --> READING --> HANDLING --> WRITING --> IDLE --> READING ...
/// ```
/// All of it happens on the connection's own thread, in blocking style, so answers leave in order. Between two requests it may go
/// on on a thread of the other kind ([ConnectionThreads]). Two exceptions:
/// - A produce request whose answer must wait (for a flush, for replicas) does not hold up the next one: its answer goes to
///   [PendingAnswers], and a second thread sends it when it can be given. A request of any other kind waits for those. One that
///   cannot even be carried out yet (a transaction is being verified) holds up everything behind it.
/// - When a request has been parked for a second, the next sweep has a helper thread read ahead, to notice that the peer has gone.
///
/// The bytes of a request are valid until its handler has returned; with `-ea` they are overwritten then, so that a test sees
/// who looks later.
///
/// **Owner.** Its reading thread; [#stop], [#close] and [#overdue] may be called by any.
final class Connection implements Runnable, FrameReader.Progress {
    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);
    private static final long LOOK_AFTER_NS = TimeUnit.SECONDS.toNanos(1);

    /// Answers are collected while further requests are at hand, up to so many bytes.
    private static final int COLLECTED = 32 << 10;

    private static final int WRITTEN_TOGETHER = 16;

    enum Phase {
        FIRST_REQUEST,
        IDLE,
        READING,
        HANDLING,
        WRITING
    }

    private final SocketChannel channel;
    private final ClientConnection client;
    private final Connections connections;
    private final Dispatcher dispatcher;
    private final FrameReader frames;
    private final ResponseWriter answers;
    private final PendingAnswers pending;
    private final NetworkSettings settings;
    private final ConnectionThreads threads;
    private final Pace pace = new Pace(System.nanoTime());
    private Kind kind = Kind.VIRTUAL;

    private volatile Phase phase = Phase.FIRST_REQUEST;
    private volatile long sinceNs = System.nanoTime();

    /// Of the request that is arriving, or arrived last.
    private volatile long frameBegunNs;

    private volatile long frameDueNs;
    private volatile boolean stopping;
    private volatile boolean gone;
    private volatile @Nullable Thread reader;
    private volatile @Nullable Thread writer;
    private volatile boolean lookDue;
    private @Nullable Thread lookout;

    Connection(
            SocketChannel channel,
            ClientConnection client,
            Connections connections,
            Dispatcher dispatcher)
            throws IOException {
        this.channel = channel;
        this.client = client;
        this.connections = connections;
        this.dispatcher = dispatcher;
        this.settings = connections.settings();
        this.threads = connections.threads();
        this.frames =
                new FrameReader(
                        channel,
                        connections.buffers(),
                        settings.maxFrameBytes(),
                        settings.maxOtherFrameBytes(),
                        this);
        this.answers =
                new ResponseWriter(
                        new SocketSender(channel, connections.buffers(), this::touched),
                        connections.buffers());
        this.pending = new PendingAnswers(settings.pipelinedAnswers());
    }

    ClientConnection client() {
        return client;
    }

    void start() {
        goOn(threads.forNew());
    }

    private void goOn(Kind on) {
        kind = on;
        boolean going = false;
        try {
            threads.start(on, "connection-" + client.id(), this);
            going = true;
        } finally {
            if (!going) {
                end();
            }
        }
    }

    @Override
    public void run() {
        reader = Thread.currentThread();
        Kind next = kind;
        try {
            next = serve();
        } catch (NotARequest | MalformedRequest | FrameBuffers.Exhausted | HeapBudget.Exceeded e) {
            connections
                    .warnings()
                    .warn("Closed the connection from " + peer() + ": " + e.getMessage());
        } catch (IOException e) {
            LOG.debug("The connection from {} has ended", peer(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException | Error e) {
            LOG.error("Closed the connection from {} because of an error of ours", peer(), e);
        } finally {
            if (next == kind) {
                end();
            } else {
                goOn(next);
            }
        }
    }

    /// @return the present kind of thread when the connection ends, another one when it should go on there
    private Kind serve() throws IOException, NotARequest, MalformedRequest, InterruptedException {
        while (!stopping) {
            awaitLookout();
            ByteBuffer frame = frames.next();
            if (frame == null) {
                break;
            }
            enter(Phase.HANDLING);
            boolean goOn = withinHeap(frame);
            assert overwrite(frame);
            frames.release();
            if (!goOn) {
                break;
            }
            if (pending.isEmpty() && (lookout != null || !frames.hasNext() || enough())) {
                send();
            }
            enter(Phase.IDLE);
            Kind next = threads.next(kind, pace.request(sinceNs));
            if (next != kind) {
                return next;
            }
        }
        if (pending.awaitAllSent()) {
            send();
        }
        return kind;
    }

    /// A large request is counted until it is answered; a produce request whose answer waits, until it is appended.
    private boolean withinHeap(ByteBuffer frame)
            throws IOException, MalformedRequest, InterruptedException {
        long taken = connections.heap().take(dispatcher.heapCost(frame));
        try {
            return answer(frame);
        } finally {
            connections.heap().giveBack(taken);
        }
    }

    /// @return false when the connection is to be closed
    private boolean answer(ByteBuffer frame)
            throws IOException, MalformedRequest, InterruptedException {
        Call call = dispatcher.decode(frame.duplicate(), client);
        RequestContext context = call.context();
        boolean pipelined = context.api() == ApiKeys.PRODUCE;
        if (!pipelined && !pending.awaitAllSent()) {
            return false;
        }
        Outcome<? extends ApiMessage> outcome = handle(call, pipelined);
        while (outcome instanceof Outcome.Blocked<? extends ApiMessage> blocked) {
            if (!awaitBlocked(blocked)) {
                return false;
            }
            outcome = dispatcher.resume(blocked);
        }
        if (pipelined && !(outcome instanceof Outcome.Silent)) {
            boolean behindOthers = !pending.isEmpty();
            if (behindOthers || waits(outcome)) {
                if (!behindOthers) {
                    send();
                }
                return later(new Pending(context, outcome));
            }
        }
        return settle(context, outcome, true);
    }

    /// A request that cannot be carried out yet keeps this thread, so that nothing overtakes it, and its frame.
    private boolean awaitBlocked(Outcome.Blocked<? extends ApiMessage> blocked) throws IOException {
        if (blocked.signal().toCompletableFuture().isDone()) {
            return true;
        }
        if (pending.isEmpty()) {
            send();
        }
        return await(blocked.signal(), true);
    }

    /// A request whose answer waits for a flush flushes on this thread when that has nothing else to do: no request is read before
    /// the answer, or none has arrived. Never while answers are to be sent: others wait for the flush too, and a peer that does not
    /// read must not hold them up.
    private Outcome<? extends ApiMessage> handle(Call call, boolean pipelined) throws IOException {
        if (Thread.currentThread().isVirtual()) {
            return dispatcher.handle(call);
        }
        Errand errand = Errand.begin();
        boolean here = false;
        try {
            Outcome<? extends ApiMessage> outcome = dispatcher.handle(call);
            here = waits(outcome) && answers.waiting() == 0 && !(pipelined && moreAtHand());
            return outcome;
        } finally {
            errand.end(here);
        }
    }

    private static boolean waits(Outcome<? extends ApiMessage> outcome) {
        return outcome instanceof Outcome.Parked<? extends ApiMessage> parked
                && !parked.signal().toCompletableFuture().isDone();
    }

    /// True when answers are pending or bytes of the next request have come: batches that are appended meanwhile share a flush.
    private boolean moreAtHand() throws IOException {
        return !pending.isEmpty()
                || frames.hasBytes()
                || channel.socket().getInputStream().available() > 0;
    }

    private boolean enough() {
        return answers.waiting() > COLLECTED;
    }

    /// Encodes an answer, waiting first when it is parked.
    private boolean settle(
            RequestContext context, Outcome<? extends ApiMessage> outcome, boolean reading)
            throws IOException {
        Outcome<? extends ApiMessage> next = outcome;
        while (next instanceof Outcome.Parked<? extends ApiMessage> parked) {
            if (!parked.signal().toCompletableFuture().isDone()) {
                if (reading) {
                    send();
                } else {
                    answers.send();
                }
                if (!await(parked.signal(), reading)) {
                    return false;
                }
            }
            next = dispatcher.resume(parked);
        }
        // No switch over types here: its first use costs milliseconds, for which the first client
        // of a start would wait.
        if (next instanceof Outcome.Reply<? extends ApiMessage> reply) {
            answers.encode(context, reply.response());
            return true;
        }
        if (next instanceof Outcome.Close<? extends ApiMessage> close) {
            LOG.debug("Closing the connection from {}: {}", peer(), close.why());
            return false;
        }
        Invariant.check(next instanceof Outcome.Silent<?>, "a settled answer waits for nothing");
        return true;
    }

    private void send() throws IOException {
        if (answers.waiting() > 0) {
            enter(Phase.WRITING);
            answers.send();
            enter(Phase.HANDLING);
        }
    }

    // ---- waiting
    // ------------------------------------------------------------------------------------------------------

    /// Waits for a signal on this thread.
    ///
    /// @param reading on the reading thread, whose request is nobody's loss when the broker stops; a produce request on the
    ///     writing thread has been appended, and its answer is waited for until the connection is closed
    /// @return false when the peer has gone or the broker stops
    private boolean await(CompletionStage<?> signal, boolean reading) {
        var done = signal.toCompletableFuture();
        Thread self = Thread.currentThread();
        var _ = done.whenComplete((_, _) -> LockSupport.unpark(self));
        lookDue = false;
        while (!done.isDone()) {
            if (gone || (reading && stopping)) {
                return false;
            }
            if (reading && lookDue && lookout == null) {
                lookout = companion("lookout-", () -> lookOut(self));
            }
            LockSupport.park(this);
        }
        return true;
    }

    /// Has the peer looked after when a request has been parked for a second; any thread.
    void lookIfParked(long nowNs) {
        if (phase == Phase.HANDLING && !lookDue && nowNs - sinceNs > LOOK_AFTER_NS) {
            lookDue = true;
            LockSupport.unpark(reader);
        }
    }

    private void lookOut(Thread waiting) {
        if (!frames.readAhead()) {
            gone = true;
            LockSupport.unpark(waiting);
        }
    }

    private void awaitLookout() throws InterruptedException {
        Thread out = lookout;
        if (out != null) {
            out.join();
            lookout = null;
        }
    }

    // ---- pipelined produce
    // --------------------------------------------------------------------------------------------

    private boolean later(Pending answer) throws InterruptedException {
        if (writer == null) {
            writer = companion("answers-", this::sendPending);
        }
        return pending.add(answer);
    }

    /// The writing thread. It and the reading thread never use `answers` at the same time: the reading thread leaves it alone
    /// while anything is pending.
    private void sendPending() {
        try {
            for (Pending next = pending.oldest(); next != null; next = pending.oldest()) {
                int settled = 0;
                while (next != null) {
                    if (!settle(next.context(), next.outcome(), false)) {
                        answers.send();
                        close();
                        return;
                    }
                    settled++;
                    next = settled < WRITTEN_TOGETHER ? pending.readyAt(settled) : null;
                }
                answers.send();
                pending.sent(settled);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            LOG.debug("Cannot answer {}", peer(), e);
        } catch (RuntimeException | Error e) {
            LOG.error("Closed the connection from {} because of an error of ours", peer(), e);
        } finally {
            close();
        }
    }

    /// A second thread, of the same kind if possible: a virtual one would make the socket one that does not block.
    private Thread companion(String name, Runnable work) {
        Kind own = kind == Kind.PLATFORM ? threads.forNew() : Kind.VIRTUAL;
        return threads.start(own, name + client.id(), work);
    }

    // ---- bounds
    // -------------------------------------------------------------------------------------------------------

    /// True when the connection has outstayed the bound of the state that it is in.
    boolean overdue(long nowNs) {
        Phase now = phase;
        long forMs = TimeUnit.NANOSECONDS.toMillis(nowNs - sinceNs);
        return switch (now) {
            case FIRST_REQUEST -> forMs > settings.firstFrameMs();
            case READING -> forMs > settings.stalledFrameMs() || nowNs - frameDueNs > 0;
            case IDLE, WRITING -> idle(forMs);
            // Every parked answer has a time-out of its own; what is left is a peer that does not
            // read its produce answers.
            case HANDLING -> !pending.isEmpty() && idle(forMs);
        };
    }

    /// For how long a request has been arriving that holds more than a small buffer; 0 when none does.
    long holdsMemoryNs(long nowNs) {
        Phase now = phase;
        boolean arriving =
                !gone
                        && !frames.waitsForMemory()
                        && (now == Phase.READING || now == Phase.FIRST_REQUEST);
        return arriving && frames.held() > FrameBuffers.SMALL ? nowNs - frameBegunNs : 0;
    }

    private boolean idle(long forMs) {
        return settings.idleMs() >= 0 && forMs > settings.idleMs();
    }

    private void enter(Phase next) {
        phase = next;
        sinceNs = System.nanoTime();
    }

    private void touched() {
        sinceNs = System.nanoTime();
    }

    @Override
    public void frameBegun(int length) {
        long nowNs = sinceNs; // near enough, and costs nothing
        frameBegunNs = nowNs;
        frameDueNs = nowNs + TimeUnit.MILLISECONDS.toNanos(settings.frameMs(length));
        if (phase != Phase.FIRST_REQUEST) {
            phase = Phase.READING;
        }
    }

    @Override
    public void bytesRead() {
        if (phase != Phase.FIRST_REQUEST) {
            sinceNs = System.nanoTime();
        }
    }

    // ---- the end
    // ------------------------------------------------------------------------------------------------------

    /// Ends the connection in good order: what has been handled is answered, nothing more is read.
    void stop() {
        stopping = true;
        try {
            channel.shutdownInput();
        } catch (IOException e) {
            LOG.debug("The connection from {} has ended", peer(), e);
        }
        LockSupport.unpark(reader);
    }

    /// Ends the connection at once.
    void close() {
        gone = true;
        try {
            channel.close();
        } catch (IOException e) {
            LOG.debug("Cannot close the connection from {}", peer(), e);
        }
        pending.close();
        LockSupport.unpark(reader);
        LockSupport.unpark(writer);
    }

    /// The last act of the reading thread: buffers go back when no other thread of the connection can touch them any more.
    private void end() {
        close();
        try {
            awaitLookout();
            Thread writing = writer;
            if (writing != null) {
                writing.join();
            }
            answers.close();
            frames.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the buffers stay lent: better lost than shared
        }
        connections.ended(this);
        client.ended();
    }

    String peer() {
        return client.clientHost() + " (listener " + client.listener() + ")";
    }

    private static boolean overwrite(ByteBuffer frame) {
        ByteBuffer all = frame.duplicate();
        while (all.hasRemaining()) {
            all.put((byte) 0xEE);
        }
        return true;
    }
}
