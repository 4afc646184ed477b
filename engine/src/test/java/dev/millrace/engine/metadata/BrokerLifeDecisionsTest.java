package dev.millrace.engine.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.metadata.BrokerLifeDecisions.Standing;
import java.util.List;
import java.util.Objects;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.BrokerIdNotRegisteredException;
import org.apache.kafka.common.errors.DuplicateBrokerRegistrationException;
import org.apache.kafka.common.errors.InvalidRegistrationException;
import org.apache.kafka.common.errors.StaleBrokerEpochException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.message.BrokerHeartbeatRequestData;
import org.apache.kafka.common.message.BrokerRegistrationRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.junit.jupiter.api.Test;

/// A broker registers, is unfenced, stops, and is replaced; its only partition follows.
final class BrokerLifeDecisionsTest {
    private final TestMetadata test = new TestMetadata(true);

    private static BrokerRegistrationRequestData registration(long incarnation) {
        var request =
                new BrokerRegistrationRequestData()
                        .setBrokerId(7)
                        .setIncarnationId(new Uuid(1, incarnation))
                        .setLogDirs(List.of(new Uuid(2, 2)));
        SupportedFeatures.RANGES.forEach((name, range) ->
                request.features()
                        .add(
                                new BrokerRegistrationRequestData.Feature()
                                        .setName(name)
                                        .setMinSupportedVersion(range.min())
                                        .setMaxSupportedVersion(range.max())));
        return request;
    }

    private static BrokerHeartbeatRequestData heartbeat(long epoch) {
        return new BrokerHeartbeatRequestData()
                .setBrokerId(7)
                .setBrokerEpoch(epoch)
                .setWantFence(false)
                .setCurrentMetadataOffset(epoch);
    }

    private <R> R decide(java.util.function.Function<MetadataImage, Decision<R>> decision) {
        return test.controller.submit(decision).toCompletableFuture().getNow(null);
    }

    private long register(long incarnation) {
        return decide(
                image -> BrokerLifeDecisions.register(image, registration(incarnation), false));
    }

    private Standing beat(BrokerHeartbeatRequestData request) {
        return decide(image -> BrokerLifeDecisions.heartbeat(image, request, true));
    }

    private PartitionImage partition() {
        return Objects.requireNonNull(test.image().topics().byName("t")).partitions().getFirst();
    }

    private long withTopic() {
        long epoch = register(1);
        beat(heartbeat(epoch));
        var request = new CreateTopicsRequestData();
        request.topics()
                .add(
                        new CreateTopicsRequestData.CreatableTopic()
                                .setName("t")
                                .setNumPartitions(1)
                                .setReplicationFactor((short) 1));
        decide(image ->
                TopicDecisions.create(
                        image,
                        ClusterDefaults.of(1, java.util.Map.of()),
                        () -> new Uuid(3, 3),
                        request));
        assertEquals(7, partition().leader());
        return epoch;
    }

    @Test
    void whatAProcessHadCordonedIsSoUntilTheNextOneSaysOtherwise() {
        long epoch = register(1);
        beat(heartbeat(epoch).setCordonedLogDirs(List.of(new Uuid(2, 2))));
        long next = register(2);
        BrokerImage again = Objects.requireNonNull(test.image().cluster().broker(7));
        assertEquals(next, again.epoch());
        assertTrue(again.cordonedWhole());
        beat(heartbeat(next).setCordonedLogDirs(List.of()));
        assertFalse(Objects.requireNonNull(test.image().cluster().broker(7)).cordonedWhole());
    }

    /// It would be in the log for ever, and no node could read it.
    @Test
    void aListenerWithAnUnknownSecurityProtocolIsRefused() {
        var request = registration(1);
        request.listeners()
                .add(
                        new BrokerRegistrationRequestData.Listener()
                                .setName("ODD")
                                .setHost("a")
                                .setPort(9092)
                                .setSecurityProtocol((short) 99));
        var refused =
                assertThrows(
                        InvalidRegistrationException.class,
                        () -> BrokerLifeDecisions.register(test.image(), request, false));
        assertEquals("Unknown security protocol 99 in listener ODD", refused.getMessage());
    }

    @Test
    void isFencedUntilItHasCaughtUp() {
        long epoch = register(1);
        assertEquals(
                new Standing(false, true, false, false),
                beat(heartbeat(epoch).setCurrentMetadataOffset(epoch - 1)));
        assertEquals(new Standing(true, false, false, false), beat(heartbeat(epoch)));
        assertEquals(false, Objects.requireNonNull(test.image().cluster().broker(7)).fenced());
    }

    @Test
    void theSameProcessKeepsItsEpochAndAnotherWaitsForItsSession() {
        long epoch = register(1);
        assertEquals(epoch, register(1));
        assertThrows(
                DuplicateBrokerRegistrationException.class,
                () -> BrokerLifeDecisions.register(test.image(), registration(2), true));
    }

    @Test
    void anotherProcessFencesTheOneBefore() {
        long old = withTopic();
        long epoch = register(2);
        assertThrows(
                StaleBrokerEpochException.class,
                () -> BrokerLifeDecisions.heartbeat(test.image(), heartbeat(old), true));
        assertEquals(PartitionImage.NO_LEADER, partition().leader());
        int leaderEpoch = partition().leaderEpoch();
        beat(heartbeat(epoch));
        assertEquals(7, partition().leader());
        assertEquals(leaderEpoch + 1, partition().leaderEpoch(), "R1");
    }

    @Test
    void aSessionThatEndsLeavesTheLastInSyncReplicaEligible() {
        long epoch = withTopic();
        assertEquals(true, decide(image -> BrokerLifeDecisions.fence(image, 7, epoch)));
        assertEquals(PartitionImage.NO_LEADER, partition().leader());
        assertEquals(List.of(), partition().isr());
        assertEquals(List.of(7), partition().eligibleLeaders());
        assertEquals(false, decide(image -> BrokerLifeDecisions.fence(image, 7, epoch)));
        beat(heartbeat(epoch));
        assertEquals(7, partition().leader());
        assertEquals(List.of(7), partition().isr());
        assertEquals(List.of(), partition().eligibleLeaders());
        assertEquals(false, partition().recovering(), "it has lost nothing");
    }

    @Test
    void aBrokerThatStopsHandsItsPartitionsToAnother() {
        long epoch = withTopic();
        test.broker(8, false);
        assertEquals(
                new Standing(true, false, true, false),
                beat(heartbeat(epoch).setWantShutDown(true)));
        assertEquals(
                new Standing(true, true, false, true),
                beat(heartbeat(epoch).setWantShutDown(true)));
        assertEquals(PartitionImage.NO_LEADER, partition().leader());
    }

    @Test
    void refusesWhoIsNotRegisteredOrTooOld() {
        assertThrows(
                BrokerIdNotRegisteredException.class,
                () -> BrokerLifeDecisions.heartbeat(test.image(), heartbeat(3), true));
        var old = registration(1);
        old.features().find("metadata.version").setMaxSupportedVersion((short) 1);
        assertThrows(
                UnsupportedVersionException.class,
                () -> BrokerLifeDecisions.register(test.image(), old, false));
    }

    /// A batch has a bound.
    @Test
    void whoIsInSyncInVeryManyLosesThemBitByBitAndIsFencedThen() {
        long epoch = register(1);
        beat(heartbeat(epoch));
        test.broker(8, false);
        test.topic("t", 5, 7, 8);
        for (int left = 5; left > 2; left -= 2) {
            assertEquals(false, decide(image -> BrokerLifeDecisions.fence(image, 7, epoch, 2)));
            assertEquals(left - 2, ledBy7());
        }
        assertEquals(true, decide(image -> BrokerLifeDecisions.fence(image, 7, epoch, 2)));
        assertEquals(0, ledBy7());
        assertTrue(Objects.requireNonNull(test.image().cluster().broker(7)).fenced());
    }

    private Standing beat(BrokerHeartbeatRequestData request, int most) {
        return decide(image -> BrokerLifeDecisions.heartbeat(image, request, true, most));
    }

    @Test
    void whoStopsLeavesVeryManyBitByBitAndIsWaitedForThen() {
        long epoch = register(1);
        beat(heartbeat(epoch));
        test.broker(8, false);
        test.topic("t", 5, 7, 8);
        var leave = heartbeat(epoch).setWantShutDown(true);
        assertEquals(new Standing(true, false, false, false), beat(leave, 2), "its own and one");
        assertEquals(4, ledBy7());
        assertEquals(new Standing(true, false, false, false), beat(leave, 2));
        assertEquals(2, ledBy7());
        assertEquals(new Standing(true, false, true, false), beat(leave, 2));
        assertEquals(0, ledBy7());
        assertEquals(new Standing(true, true, false, true), beat(leave, 2));
    }

    @Test
    void whoFollowsInVeryManyLeavesThemBitByBitToo() {
        long epoch = register(1);
        beat(heartbeat(epoch));
        test.broker(8, false);
        test.topic("t", 3, 8, 7);
        var leave = heartbeat(epoch).setWantShutDown(true);
        assertEquals(new Standing(true, false, false, false), beat(leave, 2));
        assertEquals(new Standing(true, false, true, false), beat(leave, 2));
        assertEquals(new Standing(true, true, false, true), beat(leave, 2));
        assertEquals(List.of(8), partition().isr());
    }

    @Test
    void whoComesBackToVeryManyThatWaitLeadsThemBitByBit() {
        test.broker(8, false);
        long epoch = Objects.requireNonNull(test.image().cluster().broker(8)).epoch();
        test.topic("t", 5, 8);
        decide(image -> BrokerLifeDecisions.fence(image, 8, epoch));
        assertEquals(0, ledBy(8));
        assertEquals(
                new Standing(true, false, false, false), beat(heartbeat(epoch).setBrokerId(8), 3));
        assertEquals(2, ledBy(8));
        assertEquals(3, decide(LeaderElections::waiting));
        assertEquals(5, ledBy(8));
        assertEquals(0, decide(LeaderElections::waiting));
    }

    private long ledBy7() {
        return ledBy(7);
    }

    private long ledBy(int broker) {
        return Objects.requireNonNull(test.image().topics().byName("t")).partitions().stream()
                .filter(partition -> partition.leader() == broker)
                .count();
    }
}
