package dev.millrace.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.millrace.engine.api.Outcome;
import dev.millrace.engine.testing.Contexts;
import dev.millrace.engine.testing.ManualEnv;
import java.io.IOException;
import org.apache.kafka.common.message.ListPartitionReassignmentsRequestData;
import org.apache.kafka.common.message.ListPartitionReassignmentsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

/// A broker that does not decide, and has heard nothing yet: what only the active controller knows it does not answer by itself.
final class AskedOfTheControllerTest {
    private final ManualEnv env = new ManualEnv(1_700_000_000_000L, 7);

    /// Its controller is another machine, and does not answer.
    private Node broker() throws IOException {
        return TestNode.open(env, 2, false, 0, "controller");
    }

    /// By its own metadata nothing moves; who has just begun a move would take it for done.
    @Test
    void aBrokerDoesNotSayFromOldMetadataThatNothingMoves() throws IOException {
        var router = broker().router();
        var context = Contexts.of(ApiKeys.LIST_PARTITION_REASSIGNMENTS, 0);
        var asked = new ListPartitionReassignmentsRequestData().setTopics(null);

        var parked =
                assertInstanceOf(Outcome.Parked.class, router.handle(router.call(context, asked)));
        env.advance(60_000);
        var reply = assertInstanceOf(Outcome.Reply.class, parked.resume().get());
        var told = assertInstanceOf(ListPartitionReassignmentsResponseData.class, reply.response());
        assertEquals(Errors.REQUEST_TIMED_OUT.code(), told.errorCode());
    }
}
