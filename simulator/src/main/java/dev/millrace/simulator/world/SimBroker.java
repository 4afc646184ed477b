package dev.millrace.simulator.world;

import dev.millrace.engine.Node;
import dev.millrace.engine.NodeSettings;
import dev.millrace.engine.api.ClientConnection;
import dev.millrace.engine.api.MalformedRequest;
import dev.millrace.engine.api.Outcome;
import dev.millrace.engine.api.Router;
import dev.millrace.engine.log.StoredRecords;
import dev.millrace.engine.replica.LogDirectory;
import dev.millrace.simulator.disk.SimCrash;
import dev.millrace.simulator.disk.SimDisk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.jspecify.annotations.Nullable;

/// A whole broker, its own controller, in virtual time and on a simulated disk; the power may go and come back.
///
/// Requests go through the bytes of the wire, and the frame is overwritten once its handler has returned, as a connection may do.
/// The network is the caller's affair: [#ask] is the moment at which a request arrives.
public final class SimBroker {
    private static final Endpoint LISTENER =
            new Endpoint("PLAINTEXT", SecurityProtocol.PLAINTEXT, "localhost", 9092);
    private static final Endpoint CONTROLLER =
            new Endpoint("CONTROLLER", SecurityProtocol.PLAINTEXT, "localhost", 9093);
    private static final long WALL_MS = 1_700_000_000_000L;

    private final SimWorld world;
    private final Map<String, String> settings;
    private final Random crashes;
    private SimDisk disk = new SimDisk();
    private @Nullable Life life;
    private long connections;

    public SimBroker(SimWorld world, Map<String, String> settings) {
        this.world = world;
        this.settings = settings;
        this.crashes = world.stream();
    }

    /// From one start to the next loss of power.
    private final class Life {
        final SimEnv env = new SimEnv(world, WALL_MS + world.nowNs() / 1_000_000);
        final Node node;
        private boolean stepDue;
        private boolean over;

        Life() throws IOException {
            var directory = new LogDirectory(new Uuid(1, 1), "data", disk.storage());
            node =
                    Node.open(
                            new NodeSettings(
                                    "q1Sh-9_ISia_zwGINzRvyQ",
                                    1,
                                    true,
                                    true,
                                    settings,
                                    List.of(LISTENER),
                                    null,
                                    CONTROLLER.listener(),
                                    CONTROLLER,
                                    Map.of()),
                            env,
                            (_, _, _, _) ->
                                    CompletableFuture.failedFuture(new IOException("nobody else")),
                            List.of(directory),
                            directory,
                            this::wake);
            wake();
        }

        /// There is a reason to step now.
        private void wake() {
            if (!stepDue) {
                stepDue = true;
                world.schedule(
                        0,
                        () -> {
                            stepDue = false;
                            step();
                        });
            }
        }

        private void step() {
            if (!over) {
                long waitMs = node.step();
                world.schedule(Math.max(1, waitMs) * 1_000_000, this::wake);
            }
        }

        void end() {
            over = true;
            env.end();
        }
    }

    /// Starts it; it serves once it is registered.
    ///
    /// @throws SimCrash when the power goes while it starts
    public void start() {
        try {
            life = new Life();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public boolean runs() {
        return life != null;
    }

    /// The power went in the middle of something. Whoever runs the world asks after each event: a [SimCrash] may have been taken for
    /// an error on its way.
    public boolean hasCrashed() {
        return disk.crashed();
    }

    /// Completes when it serves its partitions.
    public boolean isReady() {
        Life now = life;
        return now != null && now.node.ready().toCompletableFuture().isDone();
    }

    /// The power goes before that many disk operations more have been done.
    public void failPowerAfter(int operations) {
        disk.crashAt(disk.operations().size() + operations);
    }

    /// The power is gone: what was not synced may be lost or torn. What ran has ended.
    public void powerLost() {
        Life now = life;
        if (now != null) {
            now.end();
            life = null;
        }
        disk = disk.afterCrash(crashes);
    }

    /// A request arrives over a connection of its own.
    ///
    /// @param answer called once with the answer, or with null when the connection is closed instead; never when the power goes
    public void ask(
            ApiKeys api, short version, ApiMessage request, Consumer<@Nullable ApiMessage> answer) {
        Life now = life;
        if (now == null || !now.node.ready().toCompletableFuture().isDone()) {
            answer.accept(null); // refused
            return;
        }
        ByteBuffer frame = frame(api, version, request);
        try {
            Router.Call call = now.node.router().decode(frame.duplicate(), client());
            settle(now, now.node.router().handle(call), frame, answer);
        } catch (MalformedRequest e) {
            throw new IllegalStateException(e);
        }
    }

    private ClientConnection client() {
        return new ClientConnection(
                ++connections,
                LISTENER.listener(),
                LISTENER.securityProtocol(),
                "127.0.0.1",
                "localhost",
                9092,
                KafkaPrincipal.ANONYMOUS);
    }

    private static ByteBuffer frame(ApiKeys api, short version, ApiMessage request) {
        var header =
                new RequestHeaderData()
                        .setRequestApiKey(api.id)
                        .setRequestApiVersion(version)
                        .setCorrelationId(1)
                        .setClientId("simulated");
        short headerVersion = api.requestHeaderVersion(version);
        var cache = new ObjectSerializationCache();
        int size = header.size(cache, headerVersion);
        ByteBuffer body = MessageUtil.toByteBufferAccessor(request, version).buffer();
        ByteBuffer frame = ByteBuffer.allocate(size + body.remaining());
        header.write(new ByteBufferAccessor(frame), cache, headerVersion);
        return frame.put(body).flip();
    }

    /// A request that is blocked has its bytes until it is carried out.
    private void settle(
            Life at,
            Outcome<? extends ApiMessage> outcome,
            ByteBuffer frame,
            Consumer<@Nullable ApiMessage> answer) {
        if (!(outcome instanceof Outcome.Blocked<? extends ApiMessage>)) {
            while (frame.hasRemaining()) {
                frame.put((byte) 0xEE);
            }
        }
        switch (outcome) {
            case Outcome.Reply<? extends ApiMessage>(var message) ->
                    answer.accept(withoutFiles(message));
            case Outcome.Parked<? extends ApiMessage>(var signal, var resume) ->
                    later(at, signal, () -> settle(at, resume.get(), frame, answer));
            case Outcome.Blocked<? extends ApiMessage>(var signal, var resume) ->
                    later(at, signal, () -> settle(at, resume.get(), frame, answer));
            case Outcome.Silent<? extends ApiMessage>() -> answer.accept(null);
            case Outcome.Close<? extends ApiMessage>(_) -> answer.accept(null);
        }
    }

    private static void later(Life at, CompletionStage<?> signal, Runnable resume) {
        var _ = signal.whenComplete((_, _) -> at.env.workers().execute("answer", resume));
    }

    /// What lies in files is read now, as it would be sent now.
    private static ApiMessage withoutFiles(ApiMessage message) {
        if (message instanceof FetchResponseData fetched) {
            fetched.responses().forEach(topic -> topic.partitions().forEach(SimBroker::load));
        }
        return message;
    }

    private static void load(FetchResponseData.PartitionData partition) {
        if (partition.records() instanceof StoredRecords stored) {
            try {
                partition.setRecords(stored.load());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
