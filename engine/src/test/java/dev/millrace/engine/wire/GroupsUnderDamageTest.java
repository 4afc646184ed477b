package dev.millrace.engine.wire;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.api.MalformedRequest;
import dev.millrace.engine.api.Outcome;
import dev.millrace.engine.api.Router;
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

/// Random and damaged requests to a group coordinator: answered with an error that is the client's, in a form that the version
/// asked for has, or refused as unreadable. The seed is fixed.
final class GroupsUnderDamageTest {
    private static final int FRAMES = 40_000;

    @Test
    void answersOrRefuses() {
        Router router = CoordinatorScripts.router(GoldenFixture.image());
        List<ApiKeys> served = new ArrayList<>();
        for (ApiVersion api : router.advertised()) {
            served.add(ApiKeys.forId(api.apiKey()));
        }
        var frames = new RandomFrames(11, served, "orders", "single", "nosuch");
        int answered = 0;
        for (int i = 0; i < FRAMES; i++) {
            Router.Call call;
            try {
                call =
                        router.decode(
                                i % 3 == 0 ? frames.valid(i) : frames.damaged(i),
                                GoldenFixture.CONNECTION);
            } catch (MalformedRequest _) {
                continue;
            }
            String what = "frame %d: %s".formatted(i, call.message());
            if (router.handle(call) instanceof Outcome.Reply<? extends ApiMessage>(var response)) {
                short version = call.context().version();
                var bytes = MessageUtil.toByteBufferAccessor(response, version).buffer();
                var errors =
                        AbstractResponse.parseResponse(
                                        call.context().api(),
                                        new ByteBufferAccessor(bytes),
                                        version)
                                .errorCounts();
                assertFalse(errors.containsKey(Errors.UNKNOWN_SERVER_ERROR), what);
            }
            answered++;
        }
        assertTrue(answered > FRAMES / 4, "answered: " + answered);
    }
}
