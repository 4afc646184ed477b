package dev.millrace.simulator.invariant;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.metadata.MetadataImage;
import dev.millrace.engine.metadata.PartitionImage;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.metadata.BrokerRegistrationChangeRecord;
import org.apache.kafka.common.metadata.PartitionChangeRecord;
import org.apache.kafka.common.metadata.PartitionRecord;
import org.apache.kafka.common.metadata.RegisterBrokerRecord;
import org.apache.kafka.common.metadata.TopicRecord;
import org.apache.kafka.common.protocol.ApiMessage;
import org.junit.jupiter.api.Test;

/// Broker 1 leads two partitions alone; broker 2 is eligible for the first one, and leads it next.
class PartitionStepsTest {
    private static final Uuid TOPIC = new Uuid(1, 1);
    private static final byte FENCE = 1;
    private static final byte UNFENCE = -1;

    private final List<String> violations = new ArrayList<>();
    private final PartitionSteps steps = new PartitionSteps("t-0", 2, violations::add);
    private MetadataImage image = MetadataImage.EMPTY;

    private static Uuid directory(int broker) {
        return new Uuid(9, broker);
    }

    private void replay(ApiMessage record) {
        image = image.replay(record, image.offset() + 1, 1);
    }

    private MetadataImage first() {
        for (int broker = 1; broker <= 2; broker++) {
            replay(
                    new RegisterBrokerRecord()
                            .setBrokerId(broker)
                            .setIncarnationId(new Uuid(2, broker))
                            .setBrokerEpoch(broker)
                            .setFenced(false)
                            .setLogDirs(List.of(directory(broker))));
        }
        replay(new TopicRecord().setName("t").setTopicId(TOPIC));
        for (int p = 0; p < 2; p++) {
            replay(
                    new PartitionRecord()
                            .setTopicId(TOPIC)
                            .setPartitionId(p)
                            .setReplicas(List.of(1, 2))
                            .setDirectories(List.of(directory(1), directory(2)))
                            .setIsr(List.of(1))
                            .setEligibleLeaderReplicas(List.of(2))
                            .setLeader(1)
                            .setLeaderEpoch(0)
                            .setPartitionEpoch(0));
        }
        steps.seen(null, image, partition());
        return image;
    }

    private PartitionImage partition() {
        return image.topics().inNameOrder().iterator().next().partitions().getFirst();
    }

    private void fenceOfOne(byte change) {
        replay(
                new BrokerRegistrationChangeRecord()
                        .setBrokerId(1)
                        .setBrokerEpoch(1)
                        .setFenced(change));
    }

    private void secondLeads(int partition) {
        replay(
                new PartitionChangeRecord()
                        .setTopicId(TOPIC)
                        .setPartitionId(partition)
                        .setIsr(List.of(2))
                        .setEligibleLeaderReplicas(List.of(1))
                        .setLeader(2));
    }

    @Test
    void whoIsEligibleLeadsWhenNobodyIsInSync() {
        MetadataImage was = first();
        fenceOfOne(FENCE);
        secondLeads(0);
        secondLeads(1);
        steps.seen(was, image, partition());
        assertEquals(List.of(), violations);
    }

    @Test
    void whoIsEligibleDoesNotLeadBesideSomebodyInSync() {
        MetadataImage was = first();
        secondLeads(0);
        steps.seen(was, image, partition());
        assertEquals(1, violations.size());
        assertTrue(violations.getFirst().startsWith("R3 who leads held everything"));
    }

    @Test
    void severalStepsMayBeSeenAtOnce() {
        MetadataImage was = first();
        fenceOfOne(FENCE);
        secondLeads(0);
        secondLeads(1);
        fenceOfOne(UNFENCE);
        steps.seen(was, image, partition());
        assertEquals(List.of(), violations);
    }

    /// Who is still in sync elsewhere was not gone meanwhile.
    @Test
    void whoWasNeverGoneIsNotPassedOver() {
        MetadataImage was = first();
        fenceOfOne(FENCE);
        fenceOfOne(UNFENCE);
        secondLeads(0);
        steps.seen(was, image, partition());
        assertEquals(1, violations.size());
    }

    private void moves(PartitionChangeRecord next) {
        replay(next.setTopicId(TOPIC).setPartitionId(0));
        steps.seen(null, image, partition());
    }

    /// Broker 2 stays, broker 3 comes, broker 1 goes: the leader, which is alone in sync.
    private void moveBegins() {
        first();
        moves(
                new PartitionChangeRecord()
                        .setReplicas(List.of(2, 3, 1))
                        .setDirectories(List.of(directory(2), directory(3), directory(1)))
                        .setAddingReplicas(List.of(3))
                        .setRemovingReplicas(List.of(1))
                        .setEligibleLeaderReplicas(List.of()));
    }

    @Test
    void whoJoinsWithTheEndOfAMoveMayLead() {
        moveBegins();
        moves(
                new PartitionChangeRecord()
                        .setReplicas(List.of(2, 3))
                        .setDirectories(List.of(directory(2), directory(3)))
                        .setAddingReplicas(List.of())
                        .setRemovingReplicas(List.of())
                        .setIsr(List.of(2, 3))
                        .setLeader(2));
        assertEquals(List.of(), violations);
    }

    @Test
    void whoJoinsAmidAMoveDoesNotLead() {
        moveBegins();
        moves(new PartitionChangeRecord().setIsr(List.of(2)).setLeader(2));
        assertEquals(1, violations.size());
    }
}
