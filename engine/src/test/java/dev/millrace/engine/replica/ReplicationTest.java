package dev.millrace.engine.replica;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.log.AppendResult;
import dev.millrace.engine.log.LogSettings;
import dev.millrace.engine.log.Origin;
import dev.millrace.engine.testing.Batches;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.junit.jupiter.api.Test;

/// Who is heard, what counts, what is cut.
final class ReplicationTest extends ThreeReplicas {
    @Test
    void aRecordCountsOnceAllInSyncHaveFlushedIt() throws IOException {
        one.append("a");
        var committed = one.partition.committed(1).toCompletableFuture();
        one.flush();
        assertEquals(0, one.highWatermark(), "nobody else has it");

        var first = two.fetchOnly(one, 1);
        assertFalse(first.isDone(), "not reported before it is flushed");
        two.flush();
        assertEquals(Errors.NONE, first.getNow(Errors.UNKNOWN_SERVER_ERROR));
        two.fetch(one, 1);
        three.fetch(one, 1);
        assertEquals(0, one.highWatermark(), "3 has told of nothing yet");
        assertFalse(committed.isDone());

        three.fetch(one, 1);
        assertEquals(1, one.highWatermark());
        assertEquals(Errors.NONE, committed.getNow(Errors.UNKNOWN_SERVER_ERROR));
        two.fetch(one, 1);
        assertEquals(1, two.highWatermark(), "with the next answer");
        assertEquals(one.bytes(), two.bytes(), "R6");
    }

    @Test
    void whatACoordinatorDoesNotWaitForIsNotCommittedBeforeTheLeaderHasFlushedIt()
            throws IOException {
        one.partition.append(
                Batches.plain().of(env.clock().wallMs(), "facts"), false, Origin.COORDINATOR);
        for (int i = 0; i < 2; i++) {
            two.fetch(one, 1);
            three.fetch(one, 1);
        }
        assertEquals(0, one.highWatermark(), "all have it, but the leader may lose it");
        two.fetch(one, 1);
        assertEquals(0, two.highWatermark(), "followers are not told so either");

        one.append("a");
        one.flush();
        for (int i = 0; i < 2; i++) {
            two.fetch(one, 1);
            three.fetch(one, 1);
        }
        assertEquals(2, one.highWatermark());
    }

    @Test
    void whereTheSystemWritesBackAnAcknowledgementWaitsForFollowersAndForNoDisk()
            throws IOException {
        var unflushed = LogSettings.from(Map.of("millrace.flush", "os"));
        one.partition.assume(
                new ReplicaRole.Leader(1, 0, List.of(1, 2, 3), List.of(2, 3)), 1, unflushed);
        one.append("a");
        var committed = one.partition.committed(1).toCompletableFuture();
        assertTrue(one.work.isEmpty(), "no flush is asked for");
        for (Replica follower : List.of(two, three)) {
            follower.fetch(one, 1);
            assertFalse(committed.isDone());
            follower.fetch(one, 1);
        }
        assertEquals(Errors.NONE, committed.getNow(Errors.UNKNOWN_SERVER_ERROR));
        assertTrue(one.work.isEmpty());
    }

    /// What was appended before still counts from its flush on.
    @Test
    void aFlushThatWasBegunIsNotForgottenWhenTheSettingChanges() throws IOException {
        one.append("a");
        one.append("b");
        one.partition.assume(
                new ReplicaRole.Leader(1, 0, List.of(1, 2, 3), List.of(2, 3)),
                1,
                LogSettings.from(Map.of("millrace.flush", "os")));
        var committed = one.partition.committed(2).toCompletableFuture();
        for (Replica follower : List.of(two, three)) {
            follower.fetch(one, 1);
            follower.fetch(one, 1);
        }
        assertFalse(committed.isDone());
        one.flush();
        assertEquals(Errors.NONE, committed.getNow(Errors.UNKNOWN_SERVER_ERROR));
    }

    /// A record of which 1 and 2 have all, and 3, that was about to join, nothing.
    private CompletableFuture<Errors> heldUpBy3() throws IOException {
        one.leads(1, 1, 1, 2);
        three.fetch(one, 1);
        one.append("a");
        var committed = one.partition.committed(1).toCompletableFuture();
        one.flush();
        two.fetch(one, 1);
        two.fetch(one, 1);
        assertFalse(committed.isDone(), "3 may join");
        return committed;
    }

    @Test
    void whoMayNotJoinAnyMoreHoldsNothingUp() throws IOException {
        var committed = heldUpBy3();
        ineligible.add(3);
        one.partition.inSyncSet().refused(proposals.getLast());
        assertEquals(Errors.NONE, committed.getNow(Errors.UNKNOWN_SERVER_ERROR));
    }

    /// The refusal came before the leader's own metadata said why.
    @Test
    void norDoesWhoIsHeardToBeGoneLater() throws IOException {
        var committed = heldUpBy3();
        one.partition.inSyncSet().refused(proposals.getLast());
        assertFalse(committed.isDone(), "it may still join");
        ineligible.add(3);
        one.partition.inSyncSet().admit();
        assertEquals(Errors.NONE, committed.getNow(Errors.UNKNOWN_SERVER_ERROR));
    }

    @Test
    void norDoesWhoLags() throws IOException {
        var committed = heldUpBy3();
        one.partition.inSyncSet().refused(proposals.getLast());
        env.advance(LAG_MS);
        one.partition.inSyncSet().dropLaggards();
        assertEquals(Errors.NONE, committed.getNow(Errors.UNKNOWN_SERVER_ERROR));
    }

    @Test
    void theLeadersOwnFlushIsWaitedFor() throws IOException {
        one.append("a");
        for (int round = 0; round < 2; round++) {
            two.fetch(one, 1);
            three.fetch(one, 1);
        }
        assertEquals(0, one.highWatermark(), "R8");
        one.flush();
        assertEquals(1, one.highWatermark());
    }

    @Test
    void nothingCountsWhileTooFewAreInSync() throws IOException {
        one.leadsWithMin(2, 1, 1, 1);
        assertEquals(
                Errors.NOT_ENOUGH_REPLICAS,
                assertInstanceOf(AppendResult.Refused.class, one.append("a")).error());
        one.partition.append(Batches.plain().of(1, "b"), false, Origin.CLIENT);
        assertEquals(0, one.highWatermark(), "R4, for whatever acks");

        two.fetch(one, 1);
        two.fetch(one, 1);
        one.leadsWithMin(2, 1, 2, 1, 2);
        assertEquals(1, one.highWatermark());
    }

    @Test
    void moreThanThereAreCannotBeAskedFor() {
        one.leadsWithMin(5, 1, 1, 1, 2, 3);
        assertInstanceOf(AppendResult.Appended.class, one.append("a"));
    }

    @Test
    void whoIsNotInSyncIsNotWaitedForUnlessItHasCaughtUp() throws IOException {
        one.leads(1, 1, 1, 2);
        one.append("a");
        one.flush();
        two.fetch(one, 1);
        two.fetch(one, 1);
        assertEquals(1, one.highWatermark(), "3 is not in sync");

        three.fetch(one, 1);
        three.fetch(one, 1);
        assertEquals(List.of(1, 2, 3), members(), "it has caught up");
        one.append("b");
        one.flush();
        two.fetch(one, 1);
        two.fetch(one, 1);
        assertEquals(1, one.highWatermark(), "R11: whoever is proposed counts already");

        one.partition.inSyncSet().refused(proposals.getLast());
        ineligible.add(3);
        env.advance(LAG_MS);
        two.fetch(one, 1);
        assertEquals(2, one.highWatermark());
    }

    @Test
    void aFollowerIsProposedOnceItHasWhatTheEpochBeganWith() throws IOException {
        one.append("a");
        one.flush();
        one.leads(2, 1, 1);
        two.follows(2, one);
        assertEquals(1, one.highWatermark(), "alone");

        two.fetch(one, 2);
        assertEquals(List.of(), proposals, "it has nothing yet");
        ineligible.add(2);
        two.fetch(one, 2);
        assertEquals(List.of(), proposals, "fenced (KIP-841)");

        ineligible.clear();
        one.partition.inSyncSet().admit();
        assertEquals(List.of(1, 2), members());
        one.partition.inSyncSet().admit();
        assertEquals(1, proposals.size(), "one at a time");

        one.partition.inSyncSet().refused(proposals.getLast());
        one.partition.inSyncSet().admit();
        assertEquals(2, proposals.size());
    }

    @Test
    void whoLagsIsProposedForRemoval() throws IOException {
        one.append("a");
        env.advance(LAG_MS - 1);
        one.partition.inSyncSet().dropLaggards();
        assertEquals(List.of(), proposals);

        for (int round = 0; round < 2; round++) {
            two.fetch(one, 1);
        }
        env.advance(1);
        one.partition.inSyncSet().dropLaggards();
        assertEquals(List.of(1, 2), members());
        one.flush();
        assertEquals(0, one.highWatermark(), "R11: 3 counts until the controller has decided");
        one.leads(1, 1, 1, 2);
        assertEquals(1, one.highWatermark());
    }

    @Test
    void whoWaitsForNewsStaysInSync() throws IOException {
        two.fetch(one, 1);
        three.fetch(one, 1);
        env.advance(100 * LAG_MS);
        one.append("a");
        one.partition.inSyncSet().dropLaggards();
        assertEquals(List.of(), proposals, "they had everything until a moment ago");
        env.advance(LAG_MS);
        one.partition.inSyncSet().dropLaggards();
        assertEquals(List.of(1), members());
    }

    /// While too few are in sync the high watermark stands still: a follower that is gone has reached it for ever.
    @Test
    void whoWasDroppedComesBackWhenItFetches() throws IOException {
        one.leadsWithMin(3, 1, 1, 1, 2, 3);
        three.fetch(one, 1);
        one.append("a");
        env.advance(LAG_MS);
        two.fetch(one, 1);
        two.fetch(one, 1);
        one.partition.inSyncSet().dropLaggards();
        assertEquals(List.of(1, 2), members());

        one.leadsWithMin(3, 1, 2, 1, 2);
        two.fetch(one, 1);
        one.partition.inSyncSet().admit();
        assertEquals(List.of(1, 2), members(), "3 has not been heard since");
        three.fetch(one, 1);
        assertEquals(List.of(1, 2, 3), members());
    }

    @Test
    void aFollowerTellsWhatItHoldsToWhoAsksAnyReplica() throws IOException {
        one.append("a");
        two.fetch(one, 1);
        assertEquals(
                Errors.NOT_LEADER_OR_FOLLOWER,
                two.partition.ask(ReplicaRole.UNSPECIFIED_EPOCH, (log, _) -> log.logEnd()).error());
        assertEquals(1L, two.partition.askReplica((log, _) -> log.logEnd()).value());
        assertEquals(1L, one.partition.askReplica((log, _) -> log.logEnd()).value());
    }

    @Test
    void whatOnlyAFormerLeaderHasIsCut() throws IOException {
        one.append("a");
        two.fetch(one, 1);
        one.append("lost");
        one.append("lost, too");
        two.leads(2, 1, 2);
        two.append("b");
        one.follows(2, two);
        three.follows(2, two);
        for (int round = 0; round < 3; round++) {
            one.fetch(two, 2);
            three.fetch(two, 2);
        }
        assertEquals(2, one.partition.logEnd());
        assertEquals(two.bytes(), one.bytes(), "R6");
        assertEquals(two.bytes(), three.bytes(), "R6");
    }

    /// The leader's log has come past where the former leader's ends: nothing else than the epochs tells that they depart.
    @Test
    void itIsCutAlsoWhereTheNewLeaderHasWrittenMore() throws IOException {
        one.append("a");
        two.fetch(one, 1);
        one.append("lost");
        two.leads(2, 1, 2);
        for (String each : List.of("b", "c", "d")) {
            two.append(each);
        }
        one.follows(2, two);
        for (int round = 0; round < 3; round++) {
            one.fetch(two, 2);
        }
        assertEquals(4, one.partition.logEnd());
        assertEquals(two.bytes(), one.bytes(), "R6");
    }

    @Test
    void anEpochInWhichNothingWasWrittenCutsNothing() throws IOException {
        one.append("a");
        two.fetch(one, 1);
        two.leads(2, 1, 2, 3);
        one.leads(3, 2, 1, 3); // 2 led, and wrote nothing
        two.follows(3, one);
        for (int round = 0; round < 3; round++) {
            assertEquals(Errors.NONE, two.fetch(one, 3));
        }
        one.append("b");
        two.fetch(one, 3);
        assertEquals(2, two.partition.logEnd());
        assertEquals(one.bytes(), two.bytes(), "R6");
    }

    @Test
    void aLogThatLeavesEpochsOutIsCutStepByStep() throws IOException {
        // 1: epochs 1, 2; 2: epochs 1, 3; neither knows the other's (KIP-279)
        one.append("a");
        two.fetch(one, 1);
        three.fetch(one, 1);
        one.leads(2, 1, 1);
        one.append("of 2");
        one.append("of 2");
        two.leads(3, 2, 2);
        two.append("of 3");
        one.follows(3, two);
        for (int round = 0; round < 4; round++) {
            one.fetch(two, 3);
        }
        assertEquals(two.bytes(), one.bytes(), "R6");
    }

    @Test
    void epochsAndProcessesAreFenced() throws IOException {
        assertEquals(Errors.UNKNOWN_LEADER_EPOCH, asks(2, 7, 2));
        one.leads(2, 1, 1, 2, 3);
        assertEquals(Errors.FENCED_LEADER_EPOCH, asks(2, 7, 1));
        assertEquals(Errors.NOT_LEADER_OR_FOLLOWER, asks(9, 7, 2), "not a replica");
        assertEquals(Errors.NONE, asks(2, 8, 2));
        assertEquals(Errors.NOT_LEADER_OR_FOLLOWER, asks(2, 7, 2), "replaced by another process");
        assertEquals(
                Errors.FENCED_LEADER_EPOCH,
                two.partition
                        .following()
                        .replicate(9, MemoryRecords.EMPTY, 0, 0)
                        .toCompletableFuture()
                        .join(),
                "an answer of another epoch");
    }

    private Errors asks(int broker, long brokerEpoch, int leaderEpoch) {
        return one.partition
                .readAsFollower(
                        new ReplicaReader(broker, brokerEpoch), 0, leaderEpoch, -1, 0, ALL, true)
                .error();
    }

    @Test
    void aFollowerBeginsWhereTheLeadersLogBegins() throws IOException {
        for (String value : List.of("a", "b", "c")) {
            one.append(value);
            three.fetch(one, 1);
        }
        one.leads(1, 1, 1);
        one.flush();
        one.partition.ask(-1, (log, _) -> log.raiseLogStart(2));

        three.fetch(one, 1);
        assertEquals(2, three.partition.logStart(), "R10: it follows the leader's");
        assertEquals(Errors.OFFSET_OUT_OF_RANGE, two.fetch(one, 1));
        assertEquals(2, two.partition.logStart());
        two.fetch(one, 1);
        assertEquals(3, two.partition.logEnd());
    }

    @Test
    void whatWasNotFlushedInTimeIsNotReported() throws IOException {
        one.append("a");
        var reported = two.fetchOnly(one, 1);
        two.partition.assume(new ReplicaRole.Follower(2, 3), 1, LogSettings.DEFAULTS);
        assertTrue(reported.isDone(), "its leader is another now");
        assertEquals(Errors.NOT_LEADER_OR_FOLLOWER, reported.join());
    }

    private List<Integer> members() {
        return proposals.getLast().members().stream()
                .map(InSyncProposal.Member::brokerId)
                .sorted()
                .toList();
    }

    /// KIP-207: what was acknowledged by the leader before may lie above the high watermark that is known here.
    @Test
    void aNewLeaderDoesNotTellEndsBeforeItKnowsThem() throws IOException {
        one.append("a");
        one.flush();
        for (int round = 0; round < 2; round++) {
            two.fetch(one, 1);
            three.fetch(one, 1);
        }
        assertEquals(1, one.highWatermark(), "acknowledged; 2 has not heard of it");
        two.leads(2, 1, 2, 3);
        assertFalse(settled(two));

        three.follows(2, two);
        three.fetch(two, 2);
        assertTrue(settled(two));
    }

    private static boolean settled(Replica leader) {
        return Objects.requireNonNull(
                leader.partition.askBounds(-1, Partition.Bounds::settled).value());
    }

    /// Elected uncleanly, the leader has less than the follower's log begins with: what it writes then is not passed over.
    @Test
    void whoBeginsBehindItsLeadersEndBeginsAnewWhereTheyDepart() throws IOException {
        one.append("a");
        two.fetch(one, 1);
        one.leads(2, 1, 1);
        for (String each : List.of("old", "old", "old")) {
            one.append(each);
        }
        one.flush();
        one.log.raiseLogStart(3);
        two.leads(3, 2, 2);
        one.follows(3, two);
        one.fetch(two, 3);
        for (String each : List.of("b", "c", "d")) {
            two.append(each);
        }
        for (int round = 0; round < 3; round++) {
            one.fetch(two, 3);
        }
        assertEquals(1, one.log.logStart());
        assertEquals(two.partition.logEnd(), one.partition.logEnd());
        ByteBuffer all = two.bytes();
        ByteBuffer its = one.bytes();
        assertEquals(
                all.slice(all.limit() - its.remaining(), its.remaining()),
                its,
                "R6, and nothing is left out");
    }

    /// Who sees it would see what a power loss can still take back (decision 0001).
    @Test
    void whatANewLeaderHasNotFlushedIsNotSeen() throws IOException {
        one.append("a");
        var unflushed = two.fetchOnly(one, 1);
        assertFalse(unflushed.isDone());
        two.leads(2, 1, 2);
        assertEquals(0, two.highWatermark());
        two.flush();
        assertEquals(1, two.highWatermark());
    }

    /// What another leader acknowledges then would rest on it (R8).
    @Test
    void whatAFormerLeaderHasNotFlushedItDoesNotReport() throws IOException {
        one.append("a");
        two.fetch(one, 1);
        two.leads(2, 1, 1, 2);
        one.follows(2, two);
        assertFalse(requireNonNull(one.partition.following().position(2)).isReportable());
        one.flush();
        assertTrue(requireNonNull(one.partition.following().position(2)).isReportable());
    }

    /// A reader may know an epoch that this replica has not heard of yet.
    @Test
    void anEpochThatIsNotKnownHereIsOutOfRange() throws IOException {
        one.append("a");
        two.fetch(one, 1);
        PartitionRead read =
                one.partition.readAsFollower(new ReplicaReader(2, 7), 1, 1, 9, 0, ALL, true);
        assertEquals(Errors.OFFSET_OUT_OF_RANGE, read.error());
    }
}
