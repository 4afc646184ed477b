package dev.millrace.engine.coordinator.txn;

import static dev.millrace.engine.coordinator.txn.TransactionWorld.ID;
import static dev.millrace.engine.coordinator.txn.TransactionWorld.T0;
import static dev.millrace.engine.coordinator.txn.TransactionWorld.T1;
import static dev.millrace.engine.coordinator.txn.TransactionWorld.TIMEOUT_MS;
import static dev.millrace.engine.coordinator.txn.TransactionWorld.now;
import static dev.millrace.engine.coordinator.txn.TransactionWorld.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.coordinator.txn.Markers.Fate;
import java.util.Objects;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.server.common.TransactionVersion;
import org.junit.jupiter.api.Test;

/// What a transactional id does when its producer has come to the last epoch that is given.
class LastEpochsTest {
    private static final short HIGHEST = Producer.HIGHEST_GIVEN_EPOCH;

    private final TransactionWorld world = new TransactionWorld().lead();

    private void useUpEpochs() {
        world.init();
        var producer = new Producer(100, 100, HIGHEST, (short) -1, TIMEOUT_MS);
        var shard = Objects.requireNonNull(world.transactions.shardOrNull(0));
        Objects.requireNonNull(shard.find(ID))
                .replay(new TransactionState.Empty(producer, TransactionVersion.TV_2, 0));
    }

    @Test
    void theLastEndOfAnIdGivesTheNextOne() {
        useUpEpochs();
        world.fate = null;
        world.add(100, HIGHEST, T0);
        assertEquals("101/0", world.commit(100, HIGHEST));
        assertEquals(Short.MAX_VALUE, world.sent.getFirst().marker().producerEpoch());
        assertEquals(100, world.sent.getFirst().marker().producerId());
        var next = world.adding(101, 0, TransactionVersion.TV_2, T1);
        assertNull(now(next), "it waits, though its id is not in force yet");
        assertEquals("CONCURRENT_TRANSACTIONS", world.commit(101, 0));
        assertEquals("CONCURRENT_TRANSACTIONS", world.verify(101, 0, T1));
        world.answerMarkers(Fate.WRITTEN);
        assertEquals(Errors.NONE, now(next));
    }

    @Test
    void theLastEndOfAnIdOnceMore() {
        useUpEpochs();
        world.add(100, HIGHEST, T0);
        assertEquals("101/0", world.commit(100, HIGHEST));
        assertEquals("101/0", world.commit(100, HIGHEST));
        assertEquals("101/1", world.abort(101, 0), "the next one");
    }

    @Test
    void anEmptyTransactionInTheLastEpoch() {
        useUpEpochs();
        assertEquals("101/0", world.abort(100, HIGHEST));
    }

    @Test
    void aNewProducerAfterTheLastEpoch() {
        useUpEpochs();
        assertEquals("101/0", world.init(100, HIGHEST));
        assertEquals("101/0", world.init(100, HIGHEST), "the same once more");
        assertEquals("101/1", world.init());
    }

    @Test
    void aNewProducerDuringTheLastTransaction() {
        useUpEpochs();
        world.fate = null;
        world.add(100, HIGHEST, T0);
        var second = world.init(ID, -1, -1);
        assertNull(now(second));
        world.answerMarkers(Fate.WRITTEN);
        assertEquals("101/1", text(second));
    }

    @Test
    void aTimeOutInTheLastEpoch() {
        useUpEpochs();
        world.add(100, HIGHEST, T0);
        world.env.time.advance(TIMEOUT_MS + 10_001);
        assertEquals("CompleteAbort", world.state().text());
        assertTrue(world.state().producer().is(101, (short) 0));
    }

    @Test
    void withoutNewIdsEverythingWaitsForThem() {
        useUpEpochs();
        world.outOfIds = true;
        world.add(100, HIGHEST, T0);
        assertEquals("COORDINATOR_LOAD_IN_PROGRESS", world.commit(100, HIGHEST));
        assertEquals("COORDINATOR_LOAD_IN_PROGRESS", world.init());
        world.env.time.advance(TIMEOUT_MS + 10_001);
        assertEquals("Ongoing", world.state().text());
        world.outOfIds = false;
        world.env.time.advance(10_000);
        assertEquals("CompleteAbort", world.state().text());
    }

    /// No producer was ever given it: whoever claims it is lying, and there would be no epoch left to fence it with.
    @Test
    void nobodyHasTheLastEpoch() {
        useUpEpochs();
        world.version = TransactionVersion.TV_1;
        now(world.adding(100, HIGHEST, TransactionVersion.TV_0, T0));
        world.env.time.advance(TIMEOUT_MS + 10_001);
        assertEquals("CompleteAbort", world.state().text());
        assertEquals(Short.MAX_VALUE, world.state().producer().epoch());
        assertEquals("PRODUCER_FENCED", world.add(100, Short.MAX_VALUE, T0));
        assertEquals("101/0", world.init(100, Short.MAX_VALUE));
    }
}
