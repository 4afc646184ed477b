package dev.millrace.engine.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.millrace.engine.quorum.ActiveController;
import dev.millrace.engine.quorum.LoneQuorum;
import dev.millrace.engine.testing.Contexts;
import dev.millrace.engine.testing.ManualEnv;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.apache.kafka.common.message.AlterConfigsResponseData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData.AlterConfigsResourceResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

/// A broker beside the active controller, whose leadership may end while it decides.
final class ForwardingHandlerTest {
    private final ManualEnv env = new ManualEnv(1_700_000_000_000L, 7);

    /// What the controller makes of the request, one time after the other.
    private final ArrayDeque<Supplier<Outcome<IncrementalAlterConfigsResponseData>>> decisions =
            new ArrayDeque<>();

    private final Handler<IncrementalAlterConfigsRequestData, IncrementalAlterConfigsResponseData>
            decide =
                    new Handler<>() {
                        @Override
                        public ApiKeys api() {
                            return ApiKeys.INCREMENTAL_ALTER_CONFIGS;
                        }

                        @Override
                        public Outcome<IncrementalAlterConfigsResponseData> handle(
                                RequestContext context,
                                IncrementalAlterConfigsRequestData request) {
                            return decisions.remove().get();
                        }
                    };

    private final ForwardingHandler<
                    IncrementalAlterConfigsRequestData, IncrementalAlterConfigsResponseData>
            handler;

    ForwardingHandlerTest() throws IOException {
        var active =
                new ActiveController(
                        LoneQuorum.leading(env),
                        (_, _, _, _) -> CompletableFuture.failedFuture(new IOException("nobody")),
                        env.clock(),
                        env.timers(),
                        (_, _) ->
                                CompletableFuture.completedFuture(
                                        settled(decisions.remove().get())));
        handler = new ForwardingHandler<>(decide, active);
    }

    private static IncrementalAlterConfigsResponseData answer(Errors error) {
        return new IncrementalAlterConfigsResponseData()
                .setResponses(
                        List.of(new AlterConfigsResourceResponse().setErrorCode(error.code())));
    }

    private Outcome<IncrementalAlterConfigsResponseData> ask() {
        return handler.handle(
                Contexts.of(ApiKeys.INCREMENTAL_ALTER_CONFIGS, 1),
                new IncrementalAlterConfigsRequestData());
    }

    /// Of an outcome that waits for no other node.
    private IncrementalAlterConfigsResponseData settled(
            Outcome<IncrementalAlterConfigsResponseData> outcome) {
        Outcome<IncrementalAlterConfigsResponseData> next = outcome;
        for (int i = 0; i < 1_000; i++) {
            if (!(next
                    instanceof
                    Outcome.Parked<IncrementalAlterConfigsResponseData>(var signal, var resume))) {
                break;
            }
            if (signal.toCompletableFuture().isDone()) {
                next = resume.get();
            } else {
                env.advance(50);
            }
        }
        var reply = assertInstanceOf(Outcome.Reply.class, next);
        return assertInstanceOf(IncrementalAlterConfigsResponseData.class, reply.response());
    }

    @Test
    void itIsDecidedAgainWhereTheControllerDidNotLeadYet() {
        decisions.add(() -> Outcome.reply(answer(Errors.NOT_CONTROLLER)));
        decisions.add(() -> Outcome.reply(answer(Errors.NOT_CONTROLLER)));
        decisions.add(() -> Outcome.reply(answer(Errors.NONE)));

        assertEquals(answer(Errors.NONE), settled(ask()));
    }

    @Test
    void itIsDecidedAgainWhereTheLeadershipEndedBeforeTheCommit() {
        var dropped = new CompletableFuture<IncrementalAlterConfigsResponseData>();
        decisions.add(() -> Outcome.when(dropped));
        decisions.add(() -> Outcome.reply(answer(Errors.INVALID_CONFIG)));
        var outcome = ask();
        assertFalse(decisions.isEmpty());

        dropped.complete(answer(Errors.NOT_CONTROLLER));

        assertEquals(answer(Errors.INVALID_CONFIG), settled(outcome));
    }

    @Test
    void withoutAnActiveControllerItTimesOut() {
        for (int i = 0; i < 1_000; i++) {
            decisions.add(() -> Outcome.reply(answer(Errors.NOT_CONTROLLER)));
        }
        var request = new IncrementalAlterConfigsRequestData();
        request.resources().add(new IncrementalAlterConfigsRequestData.AlterConfigsResource());

        var outcome = handler.handle(Contexts.of(ApiKeys.INCREMENTAL_ALTER_CONFIGS, 1), request);

        var told = settled(outcome).responses().getFirst();
        assertEquals(Errors.REQUEST_TIMED_OUT.code(), told.errorCode());
    }

    @Test
    void anyOtherAnswerIsHandedBackAsItIs() {
        decisions.add(() -> Outcome.reply(answer(Errors.INVALID_CONFIG)));

        assertEquals(answer(Errors.INVALID_CONFIG), settled(ask()));
    }

    /// A request may name a resource twice, which is answered twice.
    @Test
    void anAnswerWithAResourceTwiceIsRead() {
        for (Errors error : List.of(Errors.NOT_CONTROLLER, Errors.INVALID_REQUEST)) {
            var one =
                    new AlterConfigsResponseData.AlterConfigsResourceResponse()
                            .setResourceType((byte) 2)
                            .setResourceName("orders")
                            .setErrorCode(error.code());
            var twice = new AlterConfigsResponseData().setResponses(List.of(one, one.duplicate()));
            assertEquals(
                    error == Errors.NOT_CONTROLLER,
                    ActiveController.isNotController(ApiKeys.ALTER_CONFIGS.id, (short) 2, twice));
        }
    }
}
