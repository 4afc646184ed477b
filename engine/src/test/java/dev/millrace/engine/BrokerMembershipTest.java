package dev.millrace.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.metadata.BrokerDecisions.Registration;
import dev.millrace.engine.metadata.Metadata;
import dev.millrace.engine.quorum.ActiveController;
import dev.millrace.engine.quorum.LoneQuorum;
import dev.millrace.engine.testing.ManualEnv;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.BrokerHeartbeatRequestData;
import org.apache.kafka.common.message.BrokerHeartbeatResponseData;
import org.apache.kafka.common.message.BrokerRegistrationRequestData;
import org.apache.kafka.common.message.BrokerRegistrationResponseData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A broker that was ready goes on telling its controller that it lives, whatever that one answers meanwhile.
final class BrokerMembershipTest {
    private static final Endpoint CONTROLLER =
            new Endpoint("CONTROLLER", SecurityProtocol.PLAINTEXT, "localhost", 9093);
    private static final Uuid DIRECTORY = new Uuid(5, 5);

    private final ManualEnv env = new ManualEnv(1_700_000_000_000L, 7);
    private final List<ApiMessage> asked = new ArrayList<>();

    /// What the controller does with the next requests; afterwards it is content.
    private final ArrayDeque<Supplier<ApiMessage>> answers = new ArrayDeque<>();

    private final BrokerSession session = new BrokerSession(env.clock(), 9_000);
    private final BrokerMembership membership;

    BrokerMembershipTest() throws IOException {
        var controller =
                new ActiveController(
                        LoneQuorum.leading(env),
                        (_, _, _, _) -> CompletableFuture.failedFuture(new IOException("nobody")),
                        env.clock(),
                        env.timers(),
                        this::answer);
        membership =
                new BrokerMembership(
                        new NodeSettings(
                                TestNode.CLUSTER,
                                1,
                                true,
                                true,
                                Map.of(),
                                List.of(),
                                null,
                                "CONTROLLER",
                                CONTROLLER,
                                Map.of()),
                        new Registration(1, new Uuid(1, 1), List.of(), null, List.of(DIRECTORY)),
                        env,
                        new Metadata(env.newTurn("metadata")),
                        controller,
                        session,
                        -1,
                        List::of,
                        List::of);
    }

    private CompletionStage<ApiMessage> answer(short version, ApiMessage request) {
        asked.add(request);
        Supplier<ApiMessage> next = answers.poll();
        return CompletableFuture.completedFuture(next != null ? next.get() : content(request));
    }

    private static ApiMessage content(ApiMessage request) {
        return request instanceof BrokerRegistrationRequestData
                ? new BrokerRegistrationResponseData().setBrokerEpoch(9)
                : new BrokerHeartbeatResponseData().setIsFenced(false);
    }

    @ParameterizedTest
    @EnumSource(names = {"INCONSISTENT_CLUSTER_ID", "UNSUPPORTED_VERSION", "INVALID_REQUEST"})
    void oneWhoseRegistrationIsRefusedLaterRegistersAgain(Errors refusal) {
        answers.add(() ->
                new BrokerHeartbeatResponseData().setErrorCode(Errors.STALE_BROKER_EPOCH.code()));
        answers.add(() -> new BrokerRegistrationResponseData().setErrorCode(refusal.code()));
        membership.goOn(5);
        env.advance(60_000);
        var last = assertInstanceOf(BrokerHeartbeatRequestData.class, asked.getLast());
        assertEquals(9, last.brokerEpoch());
        assertTrue(asked.size() > 10, "and so on: " + asked.size());
    }

    @Test
    void oneWhoseOwnControllerFailsAsksAgain() {
        answers.add(() -> {
            throw new IllegalStateException("what nobody has thought of");
        });
        membership.goOn(5);
        assertThrows(
                IllegalStateException.class, () -> env.advance(60_000)); // the host hears of it
        env.advance(60_000);
        assertTrue(asked.size() > 10, "and so on: " + asked.size());
    }

    /// Of one whose controller answers nothing any more but "not now", as far as it can tell: it knows when it may have been fenced.
    @Test
    void theSessionIsCountedFromTheLastHeartbeatThatWasHeard() {
        assertTrue(session.isOver(), "before the controller knows it");
        membership.goOn(5);
        env.advance(10_000);
        assertFalse(session.isOver(), "heard every two seconds");
        for (int i = 0; i < 10; i++) {
            answers.add(() ->
                    new BrokerHeartbeatResponseData()
                            .setErrorCode(Errors.REQUEST_TIMED_OUT.code()));
        }
        env.advance(6_000);
        assertFalse(session.isOver(), "the controller may not have missed it yet");
        env.advance(6_000);
        assertTrue(session.isOver());
        answers.clear();
        for (int i = 0; i < 100; i++) {
            answers.add(() -> new BrokerHeartbeatResponseData().setIsFenced(true));
        }
        env.advance(2_400);
        assertTrue(session.isOver(), "heard, and fenced: others lead by now");
        env.advance(10_000);
        assertFalse(session.isOver(), "heard again");
    }
}
