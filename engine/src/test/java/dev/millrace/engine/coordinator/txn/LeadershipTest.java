package dev.millrace.engine.coordinator.txn;

import static dev.millrace.engine.coordinator.txn.TransactionWorld.ID;
import static dev.millrace.engine.coordinator.txn.TransactionWorld.T0;
import static dev.millrace.engine.coordinator.txn.TransactionWorld.T1;
import static dev.millrace.engine.coordinator.txn.TransactionWorld.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.coordinator.MemoryLog;
import dev.millrace.engine.coordinator.txn.Markers.Fate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.TransactionResult;
import org.apache.kafka.server.common.TransactionVersion;
import org.junit.jupiter.api.Test;

/// A coordinator's partition goes from broker to broker: what the old one has begun, and what the new one takes up.
class LeadershipTest {
    private static final long A_MINUTE = 60_000;

    private final TransactionWorld world = new TransactionWorld();

    /// A log in which a transaction is open in two partitions, and nobody who leads it.
    private void openTransaction() {
        world.lead();
        world.init();
        world.add(100, 0, T0, T1);
        world.transactions.resign(0, world.log.leaderEpoch());
        world.log.lose();
    }

    // ---- loading

    @Test
    void whileItIsLoadedClientsAreAskedToComeAgain() {
        openTransaction();
        assertEquals("NOT_COORDINATOR", world.add(100, 0, T0));
        world.env.holdWork();
        world.lead();
        assertEquals("COORDINATOR_LOAD_IN_PROGRESS", world.add(100, 0, T0));
        assertEquals("COORDINATOR_LOAD_IN_PROGRESS", world.verify(100, 0, T0));
        assertEquals("COORDINATOR_LOAD_IN_PROGRESS", world.init());
        assertEquals("COORDINATOR_LOAD_IN_PROGRESS", world.commit(100, 0));
        world.env.runWork();
        assertEquals("NONE", world.verify(100, 0, T0));
    }

    @Test
    void aLoadThatNobodyWantsAnyMoreIsAbandoned() {
        openTransaction();
        int before = world.log.reads();
        world.env.holdWork();
        world.lead();
        world.transactions.resign(0, world.log.leaderEpoch());
        world.env.runWork();
        assertEquals(before, world.log.reads());
        assertEquals("NOT_COORDINATOR", world.verify(100, 0, T0));
        world.env.time.advance(A_MINUTE);
        assertEquals("NOT_COORDINATOR", world.verify(100, 0, T0));
        assertEquals(before, world.log.reads());
    }

    /// The log knows before the coordinator does.
    @Test
    void aLoadWhoseLeadershipIsOverIsNotTriedAgain() {
        openTransaction();
        int before = world.log.reads();
        world.env.holdWork();
        world.lead();
        int epoch = world.log.leaderEpoch();
        world.log.lose();
        world.env.runWork();
        assertEquals("COORDINATOR_LOAD_IN_PROGRESS", world.verify(100, 0, T0));
        int timers = world.env.time.scheduled();
        world.transactions.resign(0, epoch);
        world.env.time.advance(A_MINUTE);
        assertEquals("NOT_COORDINATOR", world.verify(100, 0, T0));
        assertEquals(before, world.log.reads());
        assertEquals(0, timers);
    }

    /// A disk that fails for a moment is not the end; the end of the leadership meanwhile is.
    @Test
    void aLogThatCannotBeReadIsReadAgainAsLongAsItIsLed() {
        openTransaction();
        world.log.failNextReads(1);
        world.lead();
        assertEquals("COORDINATOR_LOAD_IN_PROGRESS", world.verify(100, 0, T0));
        world.env.time.advance(A_MINUTE);
        assertEquals("NONE", world.verify(100, 0, T0));

        world.crash();
        world.log.failNextReads(1);
        world.crash();
        world.transactions.resign(0, world.log.leaderEpoch());
        int reads = world.log.reads();
        world.env.time.advance(A_MINUTE);
        assertEquals(reads, world.log.reads());
    }

    /// Led, lost, led again, before the first load has begun: the state is that of the second.
    @Test
    void whatAnotherBrokerHasWrittenInBetweenIsLoaded() {
        openTransaction();
        world.env.holdWork();
        world.lead();
        world.log.lose();
        world.write(
                new TransactionState.Empty(
                        new Producer(100, 100, (short) 7, (short) -1, 60_000),
                        TransactionVersion.TV_2,
                        0));
        world.lead();
        world.env.runWork();
        assertEquals("Empty", world.state().text());
        assertEquals("PRODUCER_FENCED", world.add(100, 0, T0));
        assertEquals("NONE", world.add(100, 7, T0));
    }

    /// A broker that comes to lead many partitions at once has other things to do meanwhile.
    @Test
    void betweenTheSlicesOfALoadComesWhatElseIsToBeDone() {
        openTransaction();
        int before = world.log.reads();
        world.env.holdWork();
        world.lead();
        List<String> seen = new ArrayList<>();
        world.env
                .workers()
                .execute(
                        "flush",
                        () ->
                                seen.add(
                                        (world.log.reads() - before)
                                                + " "
                                                + world.verify(100, 0, T0)));
        world.env.runWork();
        assertEquals(List.of("1 COORDINATOR_LOAD_IN_PROGRESS"), seen);
        assertEquals(before + world.log.all().size(), world.log.reads());
        assertEquals("NONE", world.verify(100, 0, T0, T1));
    }

    /// Another partition that is to be loaded, too.
    @Test
    void twoLoadsGoOnByTurns() {
        openTransaction();
        var other = new MemoryLog();
        world.log.all().forEach(other::write);
        int before = world.log.reads();
        world.env.holdWork();
        world.lead();
        world.transactions.lead(1, other.lead());
        List<String> seen = new ArrayList<>();
        Runnable look = () -> seen.add((world.log.reads() - before) + "/" + other.reads());
        world.env.workers().execute("look", look);
        world.env.runWork();
        assertEquals(List.of("1/1"), seen);
        assertEquals("NONE", world.verify(100, 0, T0, T1));
    }

    /// However many there are, few stand in the way at a time, and the first are there before the last are begun.
    @Test
    void ofManyLoadsAFewAreUnderWayAtATime() {
        openTransaction();
        world.env.holdWork();
        List<MemoryLog> logs = new ArrayList<>();
        for (int partition = 0; partition < 6; partition++) {
            var log = new MemoryLog();
            world.log.all().forEach(log::write);
            world.transactions.lead(partition, log.lead());
            logs.add(log);
        }
        // One of those that wait, and one of those that are under way.
        world.transactions.resign(4, Integer.MAX_VALUE);
        world.transactions.resign(1, Integer.MAX_VALUE);
        List<List<Integer>> seen = new ArrayList<>();
        Runnable look = () -> seen.add(logs.stream().map(MemoryLog::reads).toList());
        world.env.workers().execute("look", look);
        world.env.runWork();
        assertEquals(List.of(List.of(1, 0, 1, 1, 0, 0)), seen);
        assertEquals(List.of(2, 0, 2, 2, 0, 2), logs.stream().map(MemoryLog::reads).toList());
    }

    @Test
    void aLoadThatIsAbandonedBetweenTwoSlicesTouchesNothingMore() {
        openTransaction();
        int before = world.log.reads();
        world.env.holdWork();
        world.lead();
        world.env
                .workers()
                .execute("resign", () -> world.transactions.resign(0, world.log.leaderEpoch()));
        world.env.runWork();
        assertEquals(before + 1, world.log.reads());
        assertEquals(0, world.env.time.scheduled());
        assertEquals("NOT_COORDINATOR", world.verify(100, 0, T0));

        world.lead();
        assertEquals("NONE", world.verify(100, 0, T0, T1));
    }

    /// Led anew between two slices: what was half loaded is nobody's, and what is new is in the state.
    @Test
    void aNewerEpochBetweenTwoSlicesBeginsAnew() {
        openTransaction();
        int before = world.log.reads();
        world.env.holdWork();
        world.lead();
        world.env
                .workers()
                .execute(
                        "lead anew",
                        () -> {
                            world.log.lose();
                            world.write(
                                    new TransactionState.Empty(
                                            new Producer(100, 100, (short) 7, (short) -1, 60_000),
                                            TransactionVersion.TV_2,
                                            0));
                            world.lead();
                        });
        world.env.runWork();
        assertEquals(before + 1 + world.log.all().size(), world.log.reads());
        assertEquals("Empty", world.state().text());
        assertEquals("NONE", world.add(100, 7, T0));
    }

    /// What was read before it failed is thrown away.
    @Test
    void aLoadThatFailsBetweenItsSlicesBeginsAnew() {
        openTransaction();
        int before = world.log.reads();
        world.env.holdWork();
        world.lead();
        world.env.workers().execute("break", () -> world.log.failNextReads(1));
        world.env.runWork();
        assertEquals(before + 2, world.log.reads());
        assertEquals("COORDINATOR_LOAD_IN_PROGRESS", world.verify(100, 0, T0));
        world.env.time.advance(A_MINUTE);
        assertEquals(before + 2 + world.log.all().size(), world.log.reads());
        assertEquals("NONE", world.verify(100, 0, T0, T1));
    }

    /// An older epoch that is heard of late changes nothing.
    @Test
    void aResignationThatIsOverIsNotCarriedOut() {
        openTransaction();
        world.lead();
        world.transactions.resign(0, world.log.leaderEpoch() - 1);
        assertEquals("NONE", world.verify(100, 0, T0));
    }

    // ---- what the old one has begun

    @Test
    void whoWaitsForTheOldCoordinatorLooksForTheNewOne() {
        world.fate = null;
        world.lead();
        world.init();
        world.add(100, 0, T0);
        world.commit(100, 0);
        CompletionStage<ProducerAnswer> waits = world.init(ID, -1, -1);
        CompletionStage<Errors> joins = world.adding(100, 1, TransactionVersion.TV_2, T0);
        assertEquals("?", text(waits));

        world.transactions.resign(0, world.log.leaderEpoch());

        assertEquals("NOT_COORDINATOR", text(waits));
        assertEquals(Errors.NOT_COORDINATOR, TransactionWorld.now(joins));
    }

    @Test
    void whatIsNotCommittedIsNotAnsweredButRefused() {
        world.lead();
        world.init();
        world.log.commitAtOnce(false);
        CompletionStage<Errors> added = world.adding(100, 0, TransactionVersion.TV_2, T0);
        int epoch = world.log.leaderEpoch();
        world.log.lose();
        assertEquals(Errors.NOT_COORDINATOR, TransactionWorld.now(added));
        world.transactions.resign(0, epoch);
        world.log.commitAtOnce(true);
        world.lead();
        assertEquals("Empty", world.state().text());
    }

    /// Its partition is led elsewhere, which it has not heard of.
    @Test
    void anOldCoordinatorDecidesNothingAnyMore() {
        openTransaction();
        world.lead();
        Other next = new Other();
        assertEquals("NOT_COORDINATOR", world.commit(100, 0));
        assertEquals("NOT_COORDINATOR", world.add(100, 0, TransactionWorld.U0));
        assertTrue(world.sent.isEmpty());
        assertEquals(
                Errors.NONE,
                TransactionWorld.now(
                        next.transactions.add(
                                ID, 100, (short) 0, List.of(T0), TransactionVersion.TV_2, null)));
    }

    /// Another broker's coordinator, which leads the same log from now on.
    private final class Other {
        final Transactions transactions =
                new Transactions(
                        world.env,
                        TransactionConfig.DEFAULTS,
                        () -> 1,
                        () -> TransactionVersion.TV_2,
                        () -> CompletableFuture.completedFuture(900L),
                        this::send);
        final List<Marker> markers = new ArrayList<>();

        Other() {
            transactions.lead(0, world.log.lead());
        }

        private void send(
                Marker marker, Collection<TopicPartition> partitions, Markers.Answer answer) {
            markers.add(marker);
            partitions.forEach(partition -> answer.tell(partition, Fate.WRITTEN));
        }
    }

    // ---- markers

    /// T6: markers of the new coordinator fence those of the old one.
    @Test
    void theNextCoordinatorSendsTheMarkersOfTheOldOneUnderItsOwnEpoch() {
        world.fate = null;
        world.lead();
        world.init();
        world.add(100, 0, T0);
        world.commit(100, 0);
        Marker old = world.sent.getFirst().marker();

        Other next = new Other();

        assertEquals(
                List.of(
                        new Marker(
                                100,
                                (short) 1,
                                world.log.leaderEpoch(),
                                old.result(),
                                old.transactionVersion())),
                next.markers);
        assertTrue(next.markers.getFirst().coordinatorEpoch() > old.coordinatorEpoch());
    }

    /// What the old one's markers come to is not written by it.
    @Test
    void theOldOneCompletesNothing() {
        world.fate = null;
        world.lead();
        world.init();
        world.add(100, 0, T0);
        world.commit(100, 0);
        long end = world.log.endOffset();
        world.transactions.resign(0, world.log.leaderEpoch());
        world.log.lose();
        world.answerMarkers(Fate.WRITTEN);
        assertEquals(end, world.log.endOffset());
        world.lead();
        assertEquals("PrepareCommit", world.state().text());
        assertFalse(world.sent.isEmpty(), "it is sent again");
    }

    /// The log may not be able to tell (too few replicas in sync) while it is led on.
    @Test
    void aDecisionWhoseCommitCannotBeToldIsCarriedOutWhenItCan() {
        world.fate = null;
        world.lead();
        world.init();
        world.add(100, 0, T0);
        world.log.commitAtOnce(false);
        CompletionStage<ProducerAnswer> ended =
                world.ending(TransactionVersion.TV_2, 100, 0, TransactionResult.COMMIT);
        world.log.failCommits(Errors.NOT_ENOUGH_REPLICAS_AFTER_APPEND);
        assertEquals("COORDINATOR_NOT_AVAILABLE", text(ended));
        world.env.time.advance(2_000);
        assertTrue(world.sent.isEmpty(), "T1");

        world.log.commitAtOnce(true);
        world.env.time.advance(2_000);

        assertEquals(List.of(T0), world.sent.stream().map(s -> s.partition()).toList());
    }

    /// G3: nor is it shown before.
    @Test
    void afterAnUndecidedCommitReadersWaitForTheNext() {
        world.lead();
        world.init();
        world.log.commitAtOnce(false);
        var added = world.adding(100, 0, TransactionVersion.TV_2, T0);
        world.log.failCommits(Errors.NOT_ENOUGH_REPLICAS_AFTER_APPEND);
        assertEquals(Errors.COORDINATOR_NOT_AVAILABLE, TransactionWorld.now(added));
        var seen = world.transactions.describe(ID).toCompletableFuture();
        assertFalse(seen.isDone());
        world.log.commitAtOnce(true);
        assertEquals("Ongoing", seen.getNow(null).transactionState());
    }
}
