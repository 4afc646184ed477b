package dev.millrace.engine.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Objects;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.StaleBrokerEpochException;
import org.apache.kafka.common.message.AssignReplicasToDirsRequestData;
import org.apache.kafka.common.message.BrokerHeartbeatRequestData;
import org.apache.kafka.common.metadata.BrokerRegistrationChangeRecord;
import org.apache.kafka.common.metadata.FeatureLevelRecord;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Broker 1 has two directories; partition 0 of "t" is on the first of them, and on broker 2.
final class DirectoryDecisionsTest {
    private static final Uuid FIRST = new Uuid(8, 1);
    private static final Uuid SECOND = new Uuid(8, 11);

    private final TestMetadata test = TestMetadata.withBrokers(1, 2);
    private final TopicImage topic = test.topic("t", 1, 1, 2);

    @BeforeEach
    void withTwoDirectories() {
        registers(FIRST, SECOND);
    }

    private void registers(Uuid... directories) {
        test.write(
                TestMetadata.versioned(
                        new BrokerRegistrationChangeRecord()
                                .setBrokerId(1)
                                .setBrokerEpoch(broker().epoch())
                                .setLogDirs(List.of(directories)),
                        2));
    }

    private BrokerImage broker() {
        return Objects.requireNonNull(test.image().cluster().broker(1));
    }

    private PartitionImage partition() {
        return Objects.requireNonNull(test.image().topics().byName("t")).partitions().getFirst();
    }

    private void beat(List<Uuid> offline, List<Uuid> cordoned) {
        var request =
                new BrokerHeartbeatRequestData()
                        .setBrokerId(1)
                        .setBrokerEpoch(broker().epoch())
                        .setCurrentMetadataOffset(test.image().offset())
                        .setOfflineLogDirs(offline)
                        .setCordonedLogDirs(cordoned);
        test.controller.submit(image -> BrokerLifeDecisions.heartbeat(image, request, true));
    }

    private Errors assign(Uuid directory, Uuid topicId, int index) {
        var partition =
                new AssignReplicasToDirsRequestData.PartitionData().setPartitionIndex(index);
        var topicData =
                new AssignReplicasToDirsRequestData.TopicData()
                        .setTopicId(topicId)
                        .setPartitions(List.of(partition));
        var request =
                new AssignReplicasToDirsRequestData()
                        .setBrokerId(1)
                        .setBrokerEpoch(broker().epoch())
                        .setDirectories(
                                List.of(
                                        new AssignReplicasToDirsRequestData.DirectoryData()
                                                .setId(directory)
                                                .setTopics(List.of(topicData))));
        var answer =
                test.controller
                        .submit(image -> DirectoryDecisions.assign(image, request))
                        .toCompletableFuture()
                        .join();
        return Errors.forCode(
                answer.directories()
                        .getFirst()
                        .topics()
                        .getFirst()
                        .partitions()
                        .getFirst()
                        .errorCode());
    }

    @Test
    void whatIsOnALostDirectoryIsLedElsewhere() {
        beat(List.of(FIRST), List.of());
        assertEquals(List.of(SECOND), broker().directories());
        assertEquals(List.of(2), partition().isr());
        assertEquals(2, partition().leader());
        assertTrue(broker().active(), "the broker lives on");
        long offset = test.image().offset();
        beat(List.of(FIRST), List.of());
        assertEquals(offset, test.image().offset(), "said once");
    }

    @Test
    void aDirectoryThatHoldsNothingChangesNoPartition() {
        beat(List.of(SECOND), List.of());
        assertEquals(1, partition().leader());
        assertEquals(0, partition().partitionEpoch());
    }

    @Test
    void aBrokerWithoutDirectoriesIsFencedAndStaysSo() {
        beat(List.of(FIRST, SECOND), List.of());
        assertTrue(broker().fenced());
        beat(List.of(FIRST, SECOND), List.of());
        assertTrue(broker().fenced());
    }

    @Test
    void aCordonedDirectoryIsWrittenDownOnce() {
        beat(List.of(), List.of(SECOND));
        assertEquals(List.of(SECOND), broker().cordoned());
        long offset = test.image().offset();
        beat(List.of(), List.of(SECOND));
        assertEquals(offset, test.image().offset());
        beat(List.of(), List.of());
        assertEquals(List.of(), broker().cordoned());
    }

    @Test
    void aReplicaMovesBetweenDirectories() {
        assertEquals(Errors.NONE, assign(SECOND, topic.id(), 0));
        assertEquals(List.of(SECOND, new Uuid(8, 2)), partition().directories());
        assertEquals(List.of(1, 2), partition().isr());
        assertEquals(1, partition().leader());
    }

    @Test
    void aReplicaThatBeginsAnewElsewhereIsNeitherInSyncNorEligible() {
        test.controller.submit(image ->
                BrokerLifeDecisions.fence(
                        image, 2, Objects.requireNonNull(image.cluster().broker(2)).epoch()));
        beat(List.of(FIRST), List.of());
        assertEquals(List.of(1), partition().eligibleLeaders());
        assertEquals(-1, partition().leader(), "what it had is on the lost directory");
        assertEquals(Errors.NONE, assign(SECOND, topic.id(), 0));
        assertEquals(List.of(), partition().eligibleLeaders(), "R12");
    }

    @Test
    void aLogThatCannotBeUsedIsLedElsewhere() {
        assertEquals(Errors.NONE, assign(Directories.LOST, topic.id(), 0));
        assertEquals(List.of(Directories.LOST, new Uuid(8, 2)), partition().directories());
        assertEquals(List.of(2), partition().isr());
        assertEquals(2, partition().leader());
        long offset = test.image().offset();
        assertEquals(Errors.NONE, assign(Directories.LOST, topic.id(), 0));
        assertEquals(offset, test.image().offset(), "said again, it changes nothing");

        assertEquals(Errors.NONE, assign(FIRST, topic.id(), 0));
        assertEquals(List.of(2), partition().isr(), "it has begun anew");
        assertEquals(List.of(), partition().eligibleLeaders());
    }

    @Test
    void theLastOneLeadsNobodyUntilItCanBeUsedAgain() {
        goesAndComesBack();
    }

    private void goesAndComesBack() {
        Uuid lone = test.topic("lone", 1, 1).id();
        assertEquals(Errors.NONE, assign(Directories.LOST, lone, 0));
        assertEquals(-1, lone().leader());

        assertEquals(Errors.NONE, assign(FIRST, lone, 0));

        assertEquals(1, lone().leader());
        assertEquals(List.of(1), lone().isr());
        assertFalse(lone().recovering(), "nobody has records that it lacks");
    }

    /// It was started without the directory, and then with it.
    @Test
    void theLastOneWaitsForItsDirectory() {
        Uuid lone = test.topic("lone", 1, 1).id();
        for (int start = 1; start <= 2; start++) {
            registers(SECOND);
            assertEquals(Errors.NONE, assign(Directories.LOST, lone, 0));
            assertEquals(-1, lone().leader());
            assertEquals(List.of(Directories.LOST), lone().directories());
        }

        registers(FIRST, SECOND);
        assertEquals(Errors.NONE, assign(FIRST, lone, 0));

        assertEquals(1, lone().leader());
    }

    private PartitionImage lone() {
        return Objects.requireNonNull(test.image().topics().byName("lone")).partitions().getFirst();
    }

    /// Its in-sync set cannot be empty there.
    @Test
    void norWhereEligibleLeadersAreNotKept() {
        test.write(
                TestMetadata.versioned(
                        new FeatureLevelRecord()
                                .setName("eligible.leader.replicas.version")
                                .setFeatureLevel((short) 0),
                        0));
        goesAndComesBack();
    }

    @Test
    void refusals() {
        assertEquals(Errors.UNKNOWN_TOPIC_ID, assign(SECOND, new Uuid(5, 5), 0));
        assertEquals(Errors.UNKNOWN_TOPIC_OR_PARTITION, assign(SECOND, topic.id(), 1));
        Uuid other = test.topic("other", 1, 2).id();
        assertEquals(Errors.NOT_LEADER_OR_FOLLOWER, assign(SECOND, other, 0));
        assertThrows(
                StaleBrokerEpochException.class,
                () ->
                        DirectoryDecisions.assign(
                                test.image(),
                                new AssignReplicasToDirsRequestData()
                                        .setBrokerId(1)
                                        .setBrokerEpoch(0)));
    }

    /// Each is decided on what those before it have made of the partition.
    @Test
    void aReplicaThatIsNamedTwiceLiesWhereItIsNamedLast() {
        var partition = new AssignReplicasToDirsRequestData.PartitionData().setPartitionIndex(0);
        var topicData =
                new AssignReplicasToDirsRequestData.TopicData()
                        .setTopicId(topic.id())
                        .setPartitions(List.of(partition));
        var request =
                new AssignReplicasToDirsRequestData()
                        .setBrokerId(1)
                        .setBrokerEpoch(broker().epoch())
                        .setDirectories(
                                List.of(SECOND, FIRST, SECOND).stream()
                                        .map(directory ->
                                                new AssignReplicasToDirsRequestData.DirectoryData()
                                                        .setId(directory)
                                                        .setTopics(List.of(topicData)))
                                        .toList());
        test.controller.submit(image -> DirectoryDecisions.assign(image, request));
        assertEquals(SECOND, partition().directories().getFirst());
        assertEquals(3, partition().partitionEpoch());
    }
}
