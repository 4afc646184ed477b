package dev.millrace.engine.wire;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.millrace.engine.api.MalformedRequest;
import dev.millrace.engine.api.Outcome;
import dev.millrace.engine.api.Router;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersion;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.requests.AbstractResponse;
import org.junit.jupiter.api.Test;

/// 100,000 damaged requests to the handlers themselves: what can be read is answered, in the version asked, with an error that
/// is the client's; what cannot be read is refused. The seed is fixed; a failure names the frame's number.
final class HandlersUnderDamageTest {
    private static final int FRAMES = 100_000;
    private static final long SEED = 3;

    /// Frames before memory is measured: class loading is not the frame's.
    private static final int WARM_UP = 20_000;

    private final Router router = GoldenFixture.router();
    private final ThreadMXBean memory = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @Test
    void answersOrRefuses() {
        var frames = new RandomFrames(SEED, served(), "orders", "single", "nosuch");
        int answered = 0;
        for (int i = 0; i < FRAMES; i++) {
            // One in four undamaged: the values are odd enough.
            ByteBuffer frame = i % 4 == 0 ? frames.valid(i) : frames.damaged(i);
            int size = frame.remaining();
            long before = memory.getCurrentThreadAllocatedBytes();
            boolean read = handle(i, frame);
            long allocated = memory.getCurrentThreadAllocatedBytes() - before;
            long bound = 512 * 1024 + 256L * size;
            int round = i;
            assertTrue(
                    i < WARM_UP || allocated < bound,
                    () -> "frame %d: %d bytes, %d allocated".formatted(round, size, allocated));
            answered += read ? 1 : 0;
        }
        assertTrue(FRAMES / 4 < answered && answered < FRAMES / 2, "answered: " + answered);
    }

    private List<ApiKeys> served() {
        var served = new ArrayList<ApiKeys>();
        for (ApiVersion api : router.advertised()) {
            served.add(ApiKeys.forId(api.apiKey()));
        }
        return served;
    }

    /// True when the frame could be read.
    private boolean handle(int round, ByteBuffer frame) {
        Router.Call call;
        try {
            call = router.decode(frame, GoldenFixture.CONNECTION);
        } catch (MalformedRequest _) {
            return false;
        }
        String what = "frame %d: %s".formatted(round, call.message());
        if (router.handle(call) instanceof Outcome.Reply<? extends ApiMessage>(var response)) {
            short version = call.context().version();
            ByteBuffer bytes = MessageUtil.toByteBufferAccessor(response, version).buffer();
            var errors =
                    AbstractResponse.parseResponse(
                                    call.context().api(), new ByteBufferAccessor(bytes), version)
                            .errorCounts();
            assertFalse(errors.containsKey(Errors.UNKNOWN_SERVER_ERROR), what);
        }
        return true;
    }
}
