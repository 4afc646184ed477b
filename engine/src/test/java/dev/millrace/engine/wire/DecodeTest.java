package dev.millrace.engine.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.millrace.engine.api.ClientConnection;
import dev.millrace.engine.api.Handler;
import dev.millrace.engine.api.MalformedRequest;
import dev.millrace.engine.api.Outcome;
import dev.millrace.engine.api.RequestContext;
import dev.millrace.engine.api.Router;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.junit.jupiter.api.Test;

/// Reading requests, for every API of the broker's listener whether or not it has a handler yet.
final class DecodeTest {
    private static final EnumSet<ApiKeys> APIS = ApiKeys.brokerApis();
    private static final ClientConnection CONNECTION =
            new ClientConnection(
                    1,
                    "PLAINTEXT",
                    SecurityProtocol.PLAINTEXT,
                    "127.0.0.1",
                    "localhost",
                    9092,
                    KafkaPrincipal.ANONYMOUS);

    /// Frames before memory is measured: class loading is not the frame's.
    private static final int WARM_UP = 20_000;

    private final Router router = new Router(unanswered(), true);

    @Test
    void readsWhatKafkasOwnReaderReads() throws MalformedRequest {
        var frames = new RandomFrames(1, APIS, "orders");
        for (RandomFrames.Target target : RandomFrames.targets(APIS)) {
            for (int i = 0; i < 10; i++) {
                ByteBuffer frame = frames.valid(target);
                ByteBuffer copy = frame.duplicate();
                var call = router.decode(frame, CONNECTION);

                var header = RequestHeader.parse(copy);
                assertEquals(header.apiKey(), call.context().api(), target::toString);
                assertEquals(header.apiVersion(), call.context().version(), target::toString);
                assertEquals(header.correlationId(), call.context().correlationId());
                // Kafka's header class says "" where the client sent null.
                assertEquals(
                        header.clientId(),
                        Objects.requireNonNullElse(call.context().clientId(), ""),
                        target::toString);
                // As bytes: the generated `equals` says that NaN differs from itself.
                assertEquals(
                        bytes(target, kafkasReading(target, copy)),
                        bytes(target, call.message()),
                        target::toString);
            }
        }
    }

    /// Some of Kafka's request classes refuse a message that their own reader has read; then the message it read counts.
    private static ApiMessage kafkasReading(RandomFrames.Target target, ByteBuffer body) {
        ByteBuffer again = body.duplicate();
        try {
            return AbstractRequest.parseRequest(
                            target.api(), target.version(), new ByteBufferAccessor(body))
                    .request
                    .data();
        } catch (RuntimeException e) {
            ApiMessage message = target.api().messageType.newRequest();
            message.read(new ByteBufferAccessor(again), target.version());
            return message;
        }
    }

    @Test
    void damagedFramesAreReadOrRefusedWithinBoundedMemory() {
        var memory = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        var frames = new RandomFrames(2, APIS, "orders", "group");
        int refused = 0;
        for (int i = 0; i < 100_000; i++) {
            ByteBuffer frame = frames.damaged(i);
            int size = frame.remaining();
            long before = memory.getCurrentThreadAllocatedBytes();
            try {
                router.decode(frame, CONNECTION);
            } catch (MalformedRequest e) {
                refused++;
            }
            long allocated = memory.getCurrentThreadAllocatedBytes() - before;
            if (i >= WARM_UP) {
                long bound = 64 * 1024 + 128L * size;
                int round = i;
                assertTrue(
                        allocated <= bound,
                        () -> "frame %d: %d bytes, %d allocated".formatted(round, size, allocated));
            }
        }
        // Most damage shows; some (a changed name or number) is a request like any other.
        assertTrue(50_000 < refused && refused < 95_000, "refused: " + refused);
    }

    /// The reader checks that a count of elements could fit in what follows of the frame before it makes room for them, and
    /// makes room for at most 1,000 at first: a small frame cannot ask for much.
    @Test
    void aCountThatCannotBeTrueCostsNothing() {
        var memory = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (RandomFrames.Target target : RandomFrames.targets(APIS)) {
            int header = target.api().requestHeaderVersion(target.version()) == 2 ? 11 : 10;
            for (byte fill : new byte[] {0, 1, 0x7F, (byte) 0xFF}) {
                ByteBuffer frame = ByteBuffer.allocate(1024);
                Arrays.fill(frame.array(), header, 1024, fill);
                frame.putShort(0, target.api().id)
                        .putShort(2, target.version())
                        .putShort(8, (short) -1);
                long before = memory.getCurrentThreadAllocatedBytes();
                try {
                    router.decode(frame, CONNECTION);
                } catch (MalformedRequest e) {
                    assertNotNull(e.getMessage());
                }
                long allocated = memory.getCurrentThreadAllocatedBytes() - before;
                assertTrue(allocated < 1 << 20, () -> target + " allocated " + allocated);
            }
        }
    }

    private static ByteBuffer bytes(RandomFrames.Target target, ApiMessage message) {
        return MessageUtil.toByteBufferAccessor(message, target.version()).buffer();
    }

    private static List<Handler<?, ?>> unanswered() {
        var handlers = new ArrayList<Handler<?, ?>>();
        for (ApiKeys api : APIS) {
            handlers.add(new Unanswered(api));
        }
        return handlers;
    }

    private record Unanswered(ApiKeys api) implements Handler<ApiMessage, ApiMessage> {
        @Override
        public Outcome<ApiMessage> handle(RequestContext context, ApiMessage request) {
            return new Outcome.Silent<>();
        }
    }
}
