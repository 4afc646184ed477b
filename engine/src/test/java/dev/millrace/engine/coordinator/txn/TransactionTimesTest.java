package dev.millrace.engine.coordinator.txn;

import static dev.millrace.engine.coordinator.txn.TransactionWorld.ID;
import static dev.millrace.engine.coordinator.txn.TransactionWorld.T0;
import static dev.millrace.engine.coordinator.txn.TransactionWorld.T1;
import static dev.millrace.engine.coordinator.txn.TransactionWorld.TIMEOUT_MS;
import static dev.millrace.engine.coordinator.txn.TransactionWorld.text;
import static org.apache.kafka.common.requests.TransactionResult.ABORT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.coordinator.txn.Markers.Fate;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Transactions that time out, or may not; ids that nobody uses any more.
class TransactionTimesTest {
    private static final long AHEAD_MS = 26 * 60_000;

    private final TransactionWorld world = new TransactionWorld().lead();

    private static TransactionWorld with(TransactionConfig config) {
        return new TransactionWorld(1, config).lead();
    }

    @Test
    void aTransactionThatIsOpenForTooLongIsAborted() {
        world.fate = null;
        world.init();
        world.add(100, 0, T0);
        world.env.time.advance(TIMEOUT_MS);
        assertTrue(world.sent.isEmpty());
        world.env.time.advance(10_000);
        assertEquals(ABORT, world.sent.getFirst().marker().result());
        assertEquals(1, world.sent.getFirst().marker().producerEpoch());
        assertEquals("PRODUCER_FENCED", world.add(100, 0, T1));
        world.answerMarkers(Fate.WRITTEN);
        assertEquals("INVALID_TXN_STATE", world.commit(100, 0));
    }

    /// The coordinator that it began at had another clock, or somebody has set this one's since: it is not open for that much longer.
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aTransactionThatBeganInTheFutureIsAbortedOnceItHasBeenSeenForTooLong(boolean elsewhere) {
        world.fate = null;
        world.env.time.setWall(AHEAD_MS);
        world.init();
        world.add(100, 0, T0);
        world.env.time.setWall(-AHEAD_MS);
        if (elsewhere) {
            world.crash();
        }
        world.env.time.advance(TIMEOUT_MS);
        assertEquals("Ongoing", world.state().text());
        world.env.time.advance(3L * TransactionConfig.DEFAULTS.abortCheckMs());
        assertEquals("PrepareAbort", world.state().text());
        assertEquals(ABORT, world.sent.getFirst().marker().result());
    }

    @Test
    void whatWasSeenOfTheTransactionBeforeDoesNotCount() {
        beginInTheFuture();
        world.env.time.advance(TIMEOUT_MS - 20_000);
        assertEquals("100/1", world.commit(100, 0));
        beginInTheFuture();
        world.env.time.advance(TIMEOUT_MS);
        assertEquals("Ongoing", world.state().text());
        world.env.time.advance(3L * TransactionConfig.DEFAULTS.abortCheckMs());
        assertEquals("CompleteAbort", world.state().text());
    }

    private void beginInTheFuture() {
        world.env.time.setWall(AHEAD_MS);
        world.init();
        Producer producer = world.state().producer();
        world.add(producer.id(), producer.epoch(), T0);
        world.env.time.setWall(-AHEAD_MS);
        assertEquals("Ongoing", world.state().text());
    }

    @Test
    void moreTimeIsNotGivenThan() {
        var config = new TransactionConfig(50, 30_000, TIMEOUT_MS - 1, 10_000, 1, 1, false);
        assertEquals("INVALID_TRANSACTION_TIMEOUT", with(config).init());
    }

    @Test
    void timeOutsThatCannotBe() {
        for (int timeoutMs : new int[] {0, -1, 900_001}) {
            var request =
                    new InitProducerIdRequestData()
                            .setTransactionalId(ID)
                            .setTransactionTimeoutMs(timeoutMs);
            assertEquals(
                    "INVALID_TRANSACTION_TIMEOUT",
                    text(world.transactions.initProducerId(request, TransactionWorld.CLIENT)));
        }
    }

    @Test
    void twoPhaseCommitIsRefusedAsKafkaRefusesIt() {
        var request =
                new InitProducerIdRequestData()
                        .setTransactionalId(ID)
                        .setTransactionTimeoutMs(TIMEOUT_MS)
                        .setEnable2Pc(true);
        assertEquals(
                "TRANSACTIONAL_ID_AUTHORIZATION_FAILED",
                text(world.transactions.initProducerId(request, TransactionWorld.CLIENT)));
        assertEquals(
                "UNSUPPORTED_VERSION",
                text(
                        world.transactions.initProducerId(
                                request.duplicate().setEnable2Pc(false).setKeepPreparedTxn(true),
                                TransactionWorld.CLIENT)));
        assertEquals(
                "INVALID_REQUEST",
                text(
                        world.transactions.initProducerId(
                                request.duplicate().setTransactionalId(""),
                                TransactionWorld.CLIENT)));
    }

    @Test
    void twoPhaseCommitHasNoTimeOut() {
        var world = with(new TransactionConfig(50, 30_000, 900_000, 10_000, 1_000, 1_000, true));
        var request = new InitProducerIdRequestData().setTransactionalId(ID).setEnable2Pc(true);
        assertEquals(
                "100/0", text(world.transactions.initProducerId(request, TransactionWorld.CLIENT)));
        world.add(100, 0, T0);
        world.env.time.advance(30L * 24 * 3_600_000);
        assertEquals("Ongoing", world.state().text());
    }

    @Test
    void aTransactionalIdThatNobodyUsesIsForgotten() {
        var config = TransactionConfig.DEFAULTS;
        world.init();
        world.env.time.advance(config.expirationMs() - 1);
        assertTrue(world.knows(ID));
        world.env.time.advance(config.expirationCheckMs());
        assertFalse(world.knows(ID));
        world.crash();
        assertFalse(world.knows(ID), "there is a tombstone");
        assertEquals("INVALID_PRODUCER_ID_MAPPING", world.add(100, 0, T0));
        assertEquals("101/0", world.init());
    }

    @Test
    void aTransactionThatIsNotCompleteIsNotForgotten() {
        world.fate = null;
        world.init();
        world.add(100, 0, T0);
        world.commit(100, 0);
        world.env.time.advance(2 * TransactionConfig.DEFAULTS.expirationMs());
        assertEquals("PrepareCommit", world.state().text());
    }
}
