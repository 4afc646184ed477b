package dev.millrace.engine.coordinator.txn;

import static dev.millrace.engine.coordinator.txn.TransactionWorld.ID;
import static dev.millrace.engine.coordinator.txn.TransactionWorld.T0;
import static dev.millrace.engine.coordinator.txn.TransactionWorld.T1;
import static dev.millrace.engine.coordinator.txn.TransactionWorld.TIMEOUT_MS;
import static dev.millrace.engine.coordinator.txn.TransactionWorld.U0;
import static dev.millrace.engine.coordinator.txn.TransactionWorld.now;
import static dev.millrace.engine.coordinator.txn.TransactionWorld.text;
import static org.apache.kafka.common.requests.TransactionResult.ABORT;
import static org.apache.kafka.common.requests.TransactionResult.COMMIT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.re2j.Pattern;
import dev.millrace.engine.coordinator.txn.Markers.Fate;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.server.common.TransactionVersion;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Conversations with the coordinator, from the first request to the last marker.
class TransactionsTest {
    private static final short HIGHEST = Producer.HIGHEST_GIVEN_EPOCH;

    private final TransactionWorld world = new TransactionWorld().lead();

    private static TransactionWorld with(TransactionConfig config) {
        return new TransactionWorld(1, config).lead();
    }

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
        world.env.time.advance(500);
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

    // ---- the epochs are used up

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

    // ---- time

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

    // ---- administrators

    private List<String> list(TransactionFilter filter) {
        var survey = Objects.requireNonNull(now(world.transactions.list(filter)));
        return survey.transactions().stream().map(TransactionSummary::transactionalId).toList();
    }

    @Test
    void listsWhatIsAskedFor() {
        world.init();
        now(world.init("refunds", -1, -1));
        world.add(100, 0, T0);
        world.env.time.advance(5_000);
        assertEquals(List.of(ID, "refunds"), list(TransactionFilter.ALL));
        assertEquals(List.of(ID), list(filter(Set.of(100L), Set.of(), -1, null)));
        assertEquals(List.of("refunds"), list(filter(Set.of(), Set.of("Empty"), -1, null)));
        assertEquals(List.of(), list(filter(Set.of(), Set.of("Dead"), -1, null)));
        assertEquals(List.of(ID, "refunds"), list(filter(Set.of(), Set.of(), 4_999, null)));
        assertEquals(List.of("refunds"), list(filter(Set.of(), Set.of(), 5_000, null)));
        assertEquals(List.of("refunds"), list(filter(Set.of(), Set.of(), -1, "re.*s")));
        assertEquals(List.of(), list(filter(Set.of(), Set.of(), -1, "re")));
    }

    private static TransactionFilter filter(
            Set<Long> ids, Set<String> states, long openForMs, @Nullable String pattern) {
        return new TransactionFilter(
                ids, states, openForMs, pattern == null ? null : Pattern.compile(pattern));
    }

    @Test
    void describes() {
        world.init();
        world.add(100, 0, T0, U0, T1);
        var described = Objects.requireNonNull(now(world.transactions.describe(ID)));
        assertEquals("Ongoing", described.transactionState());
        assertEquals(100, described.producerId());
        assertEquals(TIMEOUT_MS, described.transactionTimeoutMs());
        assertEquals(world.env.time.wallMs(), described.transactionStartTimeMs());
        assertEquals(List.of(0, 1), described.topics().find("t").partitions());
        assertEquals(List.of(0), described.topics().find("u").partitions());
        assertEquals(
                Errors.TRANSACTIONAL_ID_NOT_FOUND.code(),
                Objects.requireNonNull(now(world.transactions.describe("nope"))).errorCode());
        assertEquals(
                Errors.INVALID_REQUEST.code(),
                Objects.requireNonNull(now(world.transactions.describe(""))).errorCode());
    }

    @Test
    void remembersWhoAsked() {
        world.init();
        var survey = Objects.requireNonNull(now(world.transactions.list(TransactionFilter.ALL)));
        assertEquals(TransactionWorld.CLIENT, survey.transactions().getFirst().client());
        world.crash();
        survey = Objects.requireNonNull(now(world.transactions.list(TransactionFilter.ALL)));
        assertNull(survey.transactions().getFirst().client(), "it is not written down");
    }

    @Test
    void whatIsLedElsewhereIsNotOurs() {
        world.transactions.resign(0, Integer.MAX_VALUE);
        assertEquals("NOT_COORDINATOR", world.init());
        assertEquals("NOT_COORDINATOR", world.add(100, 0, new TopicPartition("t", 0)));
        assertEquals(List.of(), list(TransactionFilter.ALL));
    }
}
