package dev.millrace.engine.coordinator.txn;

import static dev.millrace.engine.coordinator.txn.TransactionWorld.ID;
import static dev.millrace.engine.coordinator.txn.TransactionWorld.T0;
import static dev.millrace.engine.coordinator.txn.TransactionWorld.T1;
import static dev.millrace.engine.coordinator.txn.TransactionWorld.U0;
import static dev.millrace.engine.coordinator.txn.TransactionWorld.now;
import static dev.millrace.engine.coordinator.txn.TransactionWorld.text;
import static org.apache.kafka.common.requests.TransactionResult.ABORT;
import static org.apache.kafka.common.requests.TransactionResult.COMMIT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.coordinator.txn.Markers.Fate;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.server.common.TransactionVersion;
import org.junit.jupiter.api.Test;

/// Conversations with the coordinator, from the first request to the last marker.
class TransactionsTest {
    private final TransactionWorld world = new TransactionWorld().lead();

    // ---- from the beginning to the end

    @Test
    void aTransactionOfVersion2() {
        assertEquals("100/0", world.init());
        assertEquals("NONE", world.add(100, 0, T0));
        assertEquals("NONE", world.add(100, 0, T1, T0));
        assertEquals(Set.of(T0, T1), world.state().partitions());
        assertEquals("100/1", world.commit(100, 0));
        assertEquals("CompleteCommit", world.state().text());
        assertEquals("NONE", world.add(100, 1, U0));
        assertEquals("100/2", world.abort(100, 1));
        assertEquals("CompleteAbort", world.state().text());
    }

    @Test
    void aTransactionOfVersion1KeepsItsEpoch() {
        world.init();
        assertEquals(Errors.NONE, now(world.adding(100, 0, TransactionVersion.TV_0, T0)));
        assertEquals("100/0", text(world.ending(TransactionVersion.TV_0, 100, 0, COMMIT)));
        assertEquals(Errors.NONE, now(world.adding(100, 0, TransactionVersion.TV_0, T0)));
        assertEquals("100/0", text(world.ending(TransactionVersion.TV_0, 100, 0, ABORT)));
        assertEquals("100/1", world.init());
    }

    @Test
    void itsMarkersSayWhoAndWhat() {
        world.fate = null;
        world.init();
        world.add(100, 0, T0, U0);
        world.commit(100, 0);
        var marker = new Marker(100, (short) 1, world.log.leaderEpoch(), COMMIT, (short) 2);
        assertEquals(List.of(T0, U0), world.sent.stream().map(s -> s.partition()).toList());
        world.sent.forEach(sent -> assertEquals(marker, sent.marker()));
    }

    @Test
    void markersOfVersion1HaveTheEpochOfTheRecords() {
        world.fate = null;
        world.init();
        now(world.adding(100, 0, TransactionVersion.TV_0, T0));
        now(world.ending(TransactionVersion.TV_0, 100, 0, ABORT));
        var marker = new Marker(100, (short) 0, world.log.leaderEpoch(), ABORT, (short) 0);
        assertEquals(marker, world.sent.getFirst().marker());
    }

    /// Ongoing, PrepareCommit, and a completion that is flushed with whatever comes next.
    @Test
    void aTransactionAsksForTwoFlushes() {
        world.init();
        long before = world.log.endOffset();
        world.add(100, 0, T0);
        world.commit(100, 0);
        assertEquals(before + 3, world.log.endOffset());
        assertEquals(before + 2, world.log.highWatermark());
        world.add(100, 1, T0);
        assertEquals(before + 4, world.log.highWatermark());
    }

    /// Whoever sees a completion waits for it.
    @Test
    void noAnswerShowsWhatIsNotCommitted() {
        world.init();
        world.add(100, 0, T0);
        world.commit(100, 0);
        world.log.commitAtOnce(false);
        long end = world.log.endOffset();
        var described = world.transactions.describe(ID);
        assertNull(now(described));
        world.log.commitTo(end);
        assertEquals("CompleteCommit", Objects.requireNonNull(now(described)).transactionState());
    }

    @Test
    void anEmptyTransactionIsAbortedInOneBatch() {
        world.fate = null;
        world.init();
        int batches = world.log.all().size();
        assertEquals("100/1", world.abort(100, 0));
        assertEquals(batches + 1, world.log.all().size());
        assertEquals("CompleteAbort", world.state().text());
        assertTrue(world.sent.isEmpty());
        assertEquals("100/1", world.abort(100, 0), "the same once more");
        assertEquals("100/2", world.abort(100, 1), "the next one");
    }

    // ---- once more, and too late

    @Test
    void anEndThatIsRepeatedIsAnsweredAlike() {
        world.init();
        world.add(100, 0, T0);
        assertEquals("100/1", world.commit(100, 0));
        assertEquals("100/1", world.commit(100, 0));
        assertEquals("INVALID_TXN_STATE", world.abort(100, 0));
    }

    /// KAFKA-17754: an EndTxn that was held up somewhere arrives when the next transaction has begun. It ended that one.
    @Test
    void kafka17754AnEndThatComesLateDoesNotEndTheNextTransaction() {
        world.init();
        world.add(100, 0, T0);
        world.commit(100, 0);
        world.add(100, 1, T1);
        assertEquals("PRODUCER_FENCED", world.commit(100, 0));
        assertEquals("PRODUCER_FENCED", world.abort(100, 0));
        assertEquals("Ongoing", world.state().text());
        assertEquals("100/2", world.commit(100, 1));
        assertEquals("PRODUCER_FENCED", world.commit(100, 0));
    }

    @Test
    void nothingIsToldBeforeTheDecisionIsCommitted() {
        world.fate = null;
        world.init();
        world.add(100, 0, T0);
        world.log.commitAtOnce(false);
        var end = world.ending(TransactionVersion.TV_2, 100, 0, COMMIT);
        assertNull(now(end));
        assertTrue(world.sent.isEmpty(), "T1");
        world.log.commitTo(world.log.endOffset());
        assertEquals("100/1", text(end));
        assertEquals(1, world.sent.size());
    }

    @Test
    void aDecisionThatIsLostSendsNoMarkers() {
        world.fate = null;
        world.init();
        world.add(100, 0, T0);
        world.log.commitAtOnce(false);
        var end = world.ending(TransactionVersion.TV_2, 100, 0, COMMIT);
        world.crash();
        assertEquals("NOT_COORDINATOR", text(end));
        assertTrue(world.sent.isEmpty());
        assertEquals("Ongoing", world.state().text());
        world.log.commitAtOnce(true);
        assertEquals("100/1", world.commit(100, 0));
    }

    // ---- markers

    @Test
    void markersAreSentUntilAllAreThere() {
        world.fate = null;
        world.init();
        world.add(100, 0, T0, T1, U0);
        world.commit(100, 0);
        world.sent.get(0).tell(Fate.WRITTEN);
        world.sent.get(1).tell(Fate.UNKNOWN);
        world.sent.get(2).tell(Fate.GONE);
        world.sent.clear();
        assertEquals("PrepareCommit", world.state().text());
        world.env.time.advance(TransactionCompletions.RETRY_MS);
        assertEquals(List.of(T1), world.sent.stream().map(s -> s.partition()).toList());
        world.answerMarkers(Fate.UNKNOWN);
        world.env.time.advance(TransactionCompletions.RETRY_MS);
        assertTrue(world.sent.isEmpty(), "it is more patient now");
        world.env.time.advance(TransactionCompletions.RETRY_MS);
        world.answerMarkers(Fate.OVERTAKEN);
        assertEquals("CompleteCommit", world.state().text());
    }

    @Test
    void aCompletionThatCannotBeWrittenIsWrittenLater() {
        world.fate = null;
        world.init();
        world.add(100, 0, T0);
        world.commit(100, 0);
        world.log.refuseNext(Errors.NOT_ENOUGH_REPLICAS);
        world.answerMarkers(Fate.WRITTEN);
        assertEquals("PrepareCommit", world.state().text());
        world.env.time.advance(500);
        assertEquals("CompleteCommit", world.state().text());
    }

    @Test
    void afterAFailOverMarkersAreSentAgain() {
        world.fate = null;
        world.init();
        world.add(100, 0, T0, T1);
        world.commit(100, 0);
        world.sent.getFirst().tell(Fate.WRITTEN);
        int before = world.log.leaderEpoch();
        world.crash();
        assertEquals(2, world.sent.size(), "nobody wrote down who has its marker");
        assertTrue(world.sent.getFirst().marker().coordinatorEpoch() > before, "T6");
        assertEquals("CONCURRENT_TRANSACTIONS", world.commit(100, 0));
        world.answerMarkers(Fate.WRITTEN);
        assertEquals("100/1", world.commit(100, 0));
    }

    @Test
    void aMarkerOfAnOldCoordinatorIsNobodysAnyMore() {
        world.fate = null;
        world.init();
        world.add(100, 0, T0);
        world.commit(100, 0);
        var old = world.sent.getFirst();
        world.crash();
        old.tell(Fate.WRITTEN);
        assertEquals("PrepareCommit", world.state().text());
        world.answerMarkers(Fate.WRITTEN);
        assertEquals("CompleteCommit", world.state().text());
    }

    // ---- who waits for whom

    @Test
    void theNextTransactionWaitsForTheOneBefore() {
        world.fate = null;
        world.init();
        world.add(100, 0, T0);
        world.commit(100, 0);
        var add = world.adding(100, 1, TransactionVersion.TV_2, T1);
        assertNull(now(add));
        world.answerMarkers(Fate.WRITTEN);
        assertEquals(Errors.NONE, now(add));
        assertEquals("Ongoing", world.state().text());
    }

    @Test
    void whoHasWaitedForTooLongIsToldToAskAgain() {
        world.fate = null;
        world.init();
        world.add(100, 0, T0);
        world.commit(100, 0);
        var add = world.adding(100, 1, TransactionVersion.TV_2, T1);
        world.env.time.advance(TransactionConfig.PATIENCE_MS - 1);
        assertNull(now(add));
        world.env.time.advance(1);
        assertEquals(Errors.CONCURRENT_TRANSACTIONS, now(add));
        world.answerMarkers(Fate.WRITTEN);
        assertEquals("CompleteCommit", world.state().text(), "who gave up adds nothing");
    }

    /// A client that asks again and again, while a partition has no leader that could take its marker.
    @Test
    void whoHasBeenAnsweredWaitsNoLonger() {
        world.fate = null;
        world.init();
        world.add(100, 0, T0);
        world.commit(100, 0);
        for (int i = 0; i < 200; i++) {
            var _ = world.adding(100, 1, TransactionVersion.TV_2, T1);
            world.env.time.advance(TransactionConfig.PATIENCE_MS);
        }
        int left = Objects.requireNonNull(world.shard().find(ID)).waiting();
        assertTrue(left <= 20, left + " are still in the way");
        var add = world.adding(100, 1, TransactionVersion.TV_2, T1);
        world.answerMarkers(Fate.WRITTEN);
        assertEquals(Errors.NONE, now(add));
    }

    @Test
    void whoWaitsHearsOfTheEndOfTheLeadership() {
        world.fate = null;
        world.init();
        world.add(100, 0, T0);
        world.commit(100, 0);
        var add = world.adding(100, 1, TransactionVersion.TV_2, T1);
        world.crash();
        assertEquals(Errors.NOT_COORDINATOR, now(add));
    }

    @Test
    void whoWaitsForWhatCannotBeWrittenHearsOfIt() {
        world.fate = null;
        world.init();
        world.add(100, 0, T0);
        world.commit(100, 0);
        var large = new TopicPartition("t".repeat(200), 0);
        var add = world.adding(100, 1, TransactionVersion.TV_2, large);
        world.log.maxBatchBytes(200);
        world.answerMarkers(Fate.WRITTEN);
        assertEquals("CompleteCommit", world.state().text());
        assertNull(now(add));
        world.env.time.advance(5_000);
        assertEquals(Errors.COORDINATOR_NOT_AVAILABLE, now(add));
    }

    // ---- another producer comes

    @Test
    void aNewProducerAbortsTheTransactionOfTheOld() {
        world.fate = null;
        world.init();
        world.add(100, 0, T0);
        CompletionStage<ProducerAnswer> second = world.init(ID, -1, -1);
        assertNull(now(second));
        assertEquals(ABORT, world.sent.getFirst().marker().result());
        assertEquals(1, world.sent.getFirst().marker().producerEpoch());
        assertEquals("PRODUCER_FENCED", world.add(100, 0, T1));
        world.answerMarkers(Fate.WRITTEN);
        assertEquals("100/2", text(second));
        assertEquals("PRODUCER_FENCED", world.commit(100, 0));
        assertEquals("PRODUCER_FENCED", world.commit(100, 1));
    }

    @Test
    void ofManyNewProducersTheLastStays() {
        world.fate = null;
        world.init();
        world.add(100, 0, T0);
        var second = world.init(ID, -1, -1);
        var third = world.init(ID, -1, -1);
        world.answerMarkers(Fate.WRITTEN);
        assertEquals("100/2", text(second));
        assertEquals("100/3", text(third));
    }

    @Test
    void aFencedProducerOfVersion1IsFencedTooInAnOldCluster() {
        world.version = TransactionVersion.TV_1;
        world.fate = null;
        world.init();
        now(world.adding(100, 0, TransactionVersion.TV_0, T0));
        var second = world.init(ID, -1, -1);
        assertEquals(1, world.sent.getFirst().marker().producerEpoch());
        assertEquals(1, world.sent.getFirst().marker().transactionVersion());
        world.answerMarkers(Fate.WRITTEN);
        assertEquals("100/2", text(second));
        assertEquals(
                "PRODUCER_FENCED", text(world.ending(TransactionVersion.TV_0, 100, 0, COMMIT)));
    }

    /// KIP-360: a producer that cannot go on asks for the next epoch, and once more when it has not heard.
    @Test
    void aProducerGoesOnByItself() {
        world.init();
        assertEquals("100/1", world.init(100, 0));
        assertEquals("100/1", world.init(100, 0));
        assertEquals("100/2", world.init());
        assertEquals("PRODUCER_FENCED", world.init(100, 1));
        assertEquals("PRODUCER_FENCED", world.init(100, 0));
    }

    @Test
    void anUnknownTransactionalIdGivesAnyoneANewId() {
        assertEquals("100/0", world.init(77, 5));
    }
}
