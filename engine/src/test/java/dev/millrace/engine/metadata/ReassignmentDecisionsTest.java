package dev.millrace.engine.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData.ReassignablePartition;
import org.apache.kafka.common.metadata.BrokerRegistrationChangeRecord;
import org.apache.kafka.common.metadata.FeatureLevelRecord;
import org.apache.kafka.common.metadata.PartitionChangeRecord;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.apache.kafka.server.common.MetadataVersion;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class ReassignmentDecisionsTest {
    private final TestMetadata test = TestMetadata.withBrokers(1, 2, 3, 4);

    private Errors move(@Nullable List<Integer> target, boolean mayChangeFactor) {
        var asked = new ReassignablePartition().setPartitionIndex(0).setReplicas(target);
        var records = new ArrayList<ApiMessageAndVersion>();
        var error = ReassignmentDecisions.alter(test.image(), "t", asked, mayChangeFactor, records);
        if (!records.isEmpty()) {
            test.write(records.toArray(ApiMessageAndVersion[]::new));
        }
        return error.error();
    }

    private PartitionImage partition() {
        return topic().partitions().getFirst();
    }

    private TopicImage topic() {
        return Objects.requireNonNull(test.image().topics().byName("t"));
    }

    /// These are in sync, and the first of them leads.
    private void inSync(TopicImage topic, Integer... isr) {
        test.write(
                TestMetadata.versioned(
                        new PartitionChangeRecord()
                                .setTopicId(topic.id())
                                .setPartitionId(0)
                                .setLeader(isr[0])
                                .setIsr(List.of(isr)),
                        2));
    }

    /// The balancer may leave what is there; clients may not name that broker at all (as in Kafka).
    @Test
    void aBrokerThatTakesNothingNewMayKeepWhatItHas() {
        test.topic("t", 1, 1, 2);
        for (int id : List.of(1, 3)) {
            BrokerImage broker = Objects.requireNonNull(test.image().cluster().broker(id));
            test.write(
                    TestMetadata.versioned(
                            new BrokerRegistrationChangeRecord()
                                    .setBrokerId(id)
                                    .setBrokerEpoch(broker.epoch())
                                    .setCordonedLogDirs(broker.directories()),
                            3));
        }

        assertEquals(Errors.INVALID_REPLICA_ASSIGNMENT, move(List.of(2, 1), true));
        assertEquals(Errors.NONE, balance(2, 1));
        assertEquals(Errors.NONE, balance(1, 4));
        assertEquals(Errors.INVALID_REPLICA_ASSIGNMENT, balance(2, 3));
    }

    private Errors balance(Integer... target) {
        var asked = new ReassignablePartition().setPartitionIndex(0).setReplicas(List.of(target));
        return ReassignmentDecisions.balance(test.image(), "t", asked, new ArrayList<>()).error();
    }

    @Test
    void anAdditionIsBegunAndCanBeCancelled() {
        test.topic("t", 1, 1, 2);
        assertEquals(Errors.NONE, move(List.of(3, 2), true));
        assertEquals(List.of(3, 2, 1), partition().replicas());
        assertEquals(List.of(3), partition().adding());
        assertEquals(List.of(1), partition().removing());
        assertEquals(List.of(1, 2), partition().isr());
        assertTrue(ReassignmentDecisions.moving(partition()));

        assertEquals(Errors.NONE, move(null, true));
        assertEquals(List.of(2, 1), partition().replicas());
        assertFalse(ReassignmentDecisions.moving(partition()));
        assertEquals(Errors.NO_REASSIGNMENT_IN_PROGRESS, move(null, true));
    }

    @Test
    void aRemovalIsDoneAtOnceAndTheLeaderMovesWithIt() {
        test.topic("t", 1, 1, 2, 3);
        int epoch = partition().leaderEpoch();
        assertEquals(Errors.NONE, move(List.of(3, 2), true));
        assertEquals(List.of(3, 2), partition().replicas());
        assertEquals(List.of(2, 3), partition().isr());
        assertEquals(3, partition().leader());
        assertEquals(epoch + 1, partition().leaderEpoch());
    }

    @Test
    void aRemovalWaitsForWhoStays() {
        TopicImage topic = test.topic("t", 1, 1, 2, 3);
        shrink(topic, List.of(1, 2));
        assertEquals(Errors.NONE, move(List.of(3, 2), true));
        assertEquals(List.of(3, 2, 1), partition().replicas());
        assertEquals(List.of(1), partition().removing());
        assertEquals(1, partition().leader(), "3 is behind");
        assertEquals(Errors.NONE, move(null, true));
        assertEquals(Set.of(1, 2, 3), Set.copyOf(partition().replicas()));
        assertFalse(ReassignmentDecisions.moving(partition()));
    }

    @Test
    void aMoveThatIsReplacedKeepsWhatItWasAddingUntilTheNextIsDone() {
        TopicImage topic = test.topic("t", 1, 1, 2);
        move(List.of(3, 2), true);
        assertEquals(Errors.INVALID_REPLICATION_FACTOR, move(List.of(4, 2, 1), false));
        assertEquals(Errors.NONE, move(List.of(4, 2), false));
        assertEquals(List.of(4, 2, 3, 1), partition().replicas());
        assertEquals(List.of(4), partition().adding());
        assertEquals(List.of(3, 1), partition().removing());
        assertEquals(Errors.INVALID_REPLICATION_FACTOR, move(List.of(4, 2, 1), false));

        inSync(topic, 1, 2, 4);
        var records = new ArrayList<ApiMessageAndVersion>();
        PartitionChange.of(test.image(), topic(), 0).addTo(records);
        test.write(records.toArray(ApiMessageAndVersion[]::new));
        assertEquals(List.of(4, 2), partition().replicas());
        assertFalse(ReassignmentDecisions.moving(partition()));
    }

    @Test
    void aMoveThatIsReplacedByTheWayBackIsDoneAtOnce() {
        test.topic("t", 1, 1, 2);
        move(List.of(3, 2), true);
        assertEquals(Errors.NONE, move(List.of(1, 2), true));
        assertEquals(List.of(1, 2), partition().replicas());
        assertFalse(ReassignmentDecisions.moving(partition()));
    }

    /// Only the replica that a move adds was in sync, and it crashed: no other holds what is committed.
    @Test
    void theLastLeaderLeadsAgainThoughItsMoveWasReplaced() {
        lastLeaderHasCrashed();
        assertEquals(Errors.NONE, move(List.of(4, 2), true));
        assertTrue(partition().replicas().contains(3));
        assertFalse(partition().hasLeader());

        test.broker(3, false);
        var records = new ArrayList<ApiMessageAndVersion>();
        LeaderElections.back(test.image(), 3, records);
        test.write(records.toArray(ApiMessageAndVersion[]::new));
        assertEquals(3, partition().leader());
        assertEquals(List.of(3), partition().isr());
    }

    @Test
    void theLastLeaderIsNotDroppedByCancelling() {
        lastLeaderHasCrashed();
        assertEquals(Errors.INVALID_REPLICA_ASSIGNMENT, move(null, true));
        assertTrue(partition().replicas().contains(3));
    }

    private void lastLeaderHasCrashed() {
        TopicImage topic = test.topic("t", 1, 1, 2);
        move(List.of(3, 2), true);
        inSync(topic, 3);
        test.broker(3, true);
        var records = new ArrayList<ApiMessageAndVersion>();
        LeaderElections.lost(test.image(), 3, records);
        test.write(records.toArray(ApiMessageAndVersion[]::new));
        assertEquals(List.of(), partition().isr());
        assertEquals(List.of(), partition().eligibleLeaders());
        assertEquals(List.of(3), partition().lastKnownEligibleLeaders());
    }

    @Test
    void aMoveThatOnlyItsTargetHasFollowedIsNotUndone() {
        TopicImage topic = test.topic("t", 1, 1, 2);
        move(List.of(3, 4), true);
        inSync(topic, 3);
        long offset = test.image().offset();
        assertEquals(Errors.INVALID_REPLICA_ASSIGNMENT, move(null, true));
        assertEquals(offset, test.image().offset());
    }

    private void shrink(TopicImage topic, List<Integer> isr) {
        test.write(
                TestMetadata.versioned(
                        new PartitionChangeRecord()
                                .setTopicId(topic.id())
                                .setPartitionId(0)
                                .setIsr(isr),
                        2));
    }

    @Test
    void aNewOrderKeepsTheLeader() {
        test.topic("t", 1, 1, 2);
        assertEquals(Errors.NONE, move(List.of(2, 1), true));
        assertEquals(List.of(2, 1), partition().replicas());
        assertEquals(1, partition().leader());
        assertEquals(0, partition().leaderEpoch());
    }

    @Test
    void whereItIsAlreadyWritesNothing() {
        test.topic("t", 1, 1, 2);
        long offset = test.image().offset();
        assertEquals(Errors.NONE, move(List.of(1, 2), true));
        assertEquals(offset, test.image().offset());
    }

    @Test
    void theNumberOfReplicasIsKeptWhenAsked() {
        test.topic("t", 1, 1, 2);
        assertEquals(Errors.INVALID_REPLICATION_FACTOR, move(List.of(1), false));
        assertEquals(Errors.NONE, move(List.of(3, 4), false));
        assertEquals(Errors.INVALID_REPLICATION_FACTOR, move(List.of(1, 3, 4), false));
    }

    /// Below metadata version 3.7 nobody writes down where a replica lies; there is an answer for each all the same (M7).
    @Test
    void beforeDirectoriesWereRecordedAMoveLeavesOneForEachReplica() {
        test.write(
                TestMetadata.versioned(
                        new FeatureLevelRecord()
                                .setName(MetadataVersion.FEATURE_NAME)
                                .setFeatureLevel(MetadataVersion.IBP_3_6_IV2.featureLevel()),
                        0));
        test.topic("t", 1, 1, 2);

        assertEquals(Errors.NONE, move(List.of(3, 4), true));

        assertEquals(List.of(3, 4, 1, 2), partition().replicas());
        assertEquals(
                Collections.nCopies(4, Directories.MIGRATING),
                partition().directories(),
                "as a snapshot gives them");
    }
}
