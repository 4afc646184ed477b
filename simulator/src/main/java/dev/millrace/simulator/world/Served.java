package dev.millrace.simulator.world;

import dev.millrace.engine.api.ClientConnection;
import dev.millrace.engine.api.MalformedRequest;
import dev.millrace.engine.api.Outcome;
import dev.millrace.engine.api.Router;
import dev.millrace.engine.log.StoredRecords;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.jspecify.annotations.Nullable;

/// A connection from its server's side, as a broker's own connections behave: requests are taken one after the other, produce requests
/// without waiting for the answers of those before; answers leave in order; a frame is overwritten once its handler has returned.
final class Served {
    private final SimMachine.Life life;
    private final SimMachine machine;
    private final SimConnection connection;
    private final Router router;
    private final ClientConnection client;
    private final ArrayDeque<byte[]> unread = new ArrayDeque<>();
    private final ArrayDeque<Pending> pending = new ArrayDeque<>();
    private boolean blocked;
    private boolean over;

    /// A request whose answer has not left.
    private static final class Pending {
        final Router.Call call;
        boolean settled;

        /// Null when there is none to send.
        byte @Nullable [] answer;

        Pending(Router.Call call) {
            this.call = call;
        }
    }

    Served(
            SimMachine machine,
            SimMachine.Life life,
            SimConnection connection,
            Router router,
            ClientConnection client) {
        this.machine = machine;
        this.life = life;
        this.connection = connection;
        this.router = router;
        this.client = client;
    }

    boolean isOver() {
        return over || life.isOver();
    }

    /// Bytes have come.
    void come(byte[] frame) {
        life.enter(() -> {
            unread.add(frame);
            pump();
        });
    }

    private void pump() {
        if (connection.isVoid()) {
            unread.clear();
        }
        while (!over && !blocked && !unread.isEmpty()) {
            boolean pipelined = Frames.api(unread.element()) == ApiKeys.PRODUCE;
            if (!pipelined && !pending.isEmpty()) {
                return;
            }
            byte[] next = unread.remove();
            if (connection.isOpen() || !Frames.hasMarkersOfVersion1(next)) {
                handle(next);
            }
        }
    }

    private void handle(byte[] sent) {
        byte[] frame = sent.clone();
        Router.Call call;
        try {
            call = router.decode(ByteBuffer.wrap(frame), client);
        } catch (MalformedRequest e) {
            throw new IllegalStateException(e);
        }
        var next = new Pending(call);
        pending.add(next);
        settle(next, router.handle(call), frame);
    }

    private void settle(Pending of, Outcome<? extends ApiMessage> outcome, byte[] frame) {
        if (!(outcome instanceof Outcome.Blocked<? extends ApiMessage>)) {
            Arrays.fill(frame, (byte) 0xEE);
        }
        switch (outcome) {
            case Outcome.Reply<? extends ApiMessage>(var message) -> reply(of, message);
            case Outcome.Parked<? extends ApiMessage>(var signal, var resume) ->
                    later(signal, () -> settle(of, resume.get(), frame));
            case Outcome.Blocked<? extends ApiMessage>(var signal, var resume) -> {
                blocked = true;
                later(
                        signal,
                        () -> {
                            blocked = false;
                            settle(of, resume.get(), frame);
                            pump();
                        });
            }
            case Outcome.Silent<? extends ApiMessage>() -> done(of, null);
            case Outcome.Close<? extends ApiMessage>(_) -> {
                over = true;
                connection.reset();
            }
        }
    }

    private void later(CompletionStage<?> signal, Runnable resume) {
        var _ = signal.whenComplete((_, _) -> life.work(resume));
    }

    private void reply(Pending of, ApiMessage message) {
        short version = of.call.context().version();
        loadFiles(message);
        machine.answers(of.call, message);
        done(of, Frames.response(message, version));
    }

    private void done(Pending of, byte @Nullable [] bytes) {
        of.settled = true;
        of.answer = bytes;
        while (!pending.isEmpty() && pending.element().settled) {
            byte[] answer = pending.remove().answer;
            if (answer != null) {
                life.leave(connection.from(), () -> connection.answer(answer));
            }
        }
        pump();
    }

    /// What lies in files is read now, as it would be sent now.
    private static void loadFiles(ApiMessage message) {
        if (message instanceof FetchResponseData fetched) {
            fetched.responses().forEach(topic -> topic.partitions().forEach(Served::load));
        }
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
