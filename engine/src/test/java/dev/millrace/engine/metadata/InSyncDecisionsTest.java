package dev.millrace.engine.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.StaleBrokerEpochException;
import org.apache.kafka.common.message.AlterPartitionRequestData;
import org.apache.kafka.common.message.AlterPartitionRequestData.BrokerState;
import org.apache.kafka.common.message.AlterPartitionResponseData;
import org.apache.kafka.common.metadata.BrokerRegistrationChangeRecord;
import org.apache.kafka.common.metadata.PartitionChangeRecord;
import org.apache.kafka.common.metadata.UnregisterBrokerRecord;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// A leader asks for an in-sync set: partition 0 of "t" on brokers 1, 2, 3, led by 1, in leader epoch 0.
final class InSyncDecisionsTest {
    private final TestMetadata test = TestMetadata.withBrokers(1, 2, 3, 4);
    private final TopicImage topic = test.topic("t", 1, 1, 2, 3);

    record Case(
            String what,
            Consumer<TestMetadata> before,
            Consumer<AlterPartitionRequestData.PartitionData> request,
            Errors want) {
        @Override
        public String toString() {
            return what;
        }
    }

    static Stream<Case> cases() {
        return Stream.of(
                new Case("shrink", _ -> {}, p -> p.setNewIsr(List.of(1)), Errors.NONE),
                new Case("as it is", _ -> {}, p -> p.setNewIsr(List.of(1, 2, 3)), Errors.NONE),
                new Case(
                        "newer leader epoch",
                        _ -> {},
                        p -> p.setLeaderEpoch(1),
                        Errors.NOT_CONTROLLER),
                new Case(
                        "newer partition epoch",
                        _ -> {},
                        p -> p.setPartitionEpoch(1),
                        Errors.NOT_CONTROLLER),
                new Case(
                        "older leader epoch",
                        test -> lead(test, 1),
                        p -> p.setPartitionEpoch(1),
                        Errors.FENCED_LEADER_EPOCH),
                new Case(
                        "older of both",
                        test -> lead(test, 1),
                        _ -> {},
                        Errors.FENCED_LEADER_EPOCH),
                new Case(
                        "not the leader",
                        test -> lead(test, 2),
                        p -> p.setLeaderEpoch(1).setPartitionEpoch(1),
                        Errors.INVALID_REQUEST),
                new Case(
                        "older partition epoch",
                        test -> change(test, isr(1, 2)),
                        _ -> {},
                        Errors.INVALID_UPDATE_VERSION),
                new Case(
                        "not a replica",
                        _ -> {},
                        p -> p.setNewIsr(List.of(1, 4)),
                        Errors.INVALID_REQUEST),
                new Case(
                        "one twice",
                        _ -> {},
                        p -> p.setNewIsr(List.of(1, 2, 2)),
                        Errors.INVALID_REQUEST),
                new Case(
                        "without itself",
                        _ -> {},
                        p -> p.setNewIsr(List.of(2, 3)),
                        Errors.INVALID_REQUEST),
                new Case("nobody", _ -> {}, p -> p.setNewIsr(List.of()), Errors.INVALID_REQUEST),
                new Case(
                        "recovers again",
                        _ -> {},
                        p -> p.setNewIsr(List.of(1)).setLeaderRecoveryState((byte) 1),
                        Errors.INVALID_REQUEST),
                new Case(
                        "recovers with others",
                        test -> change(test, isr(1).setLeaderRecoveryState((byte) 1)),
                        p ->
                                p.setPartitionEpoch(1)
                                        .setNewIsr(List.of(1, 2))
                                        .setLeaderRecoveryState((byte) 1),
                        Errors.INVALID_REQUEST),
                new Case(
                        "has recovered",
                        test -> change(test, isr(1).setLeaderRecoveryState((byte) 1)),
                        p -> p.setPartitionEpoch(1).setNewIsr(List.of(1, 2)),
                        Errors.NONE),
                new Case(
                        "fenced member",
                        test -> broker(test, 3, c -> c.setFenced((byte) 1)),
                        p -> p.setNewIsr(List.of(1, 3)),
                        Errors.INELIGIBLE_REPLICA),
                new Case(
                        "member that stops",
                        test -> broker(test, 3, c -> c.setInControlledShutdown((byte) 1)),
                        p -> p.setNewIsr(List.of(1, 3)),
                        Errors.INELIGIBLE_REPLICA),
                new Case(
                        "member that is not registered",
                        test ->
                                test.write(
                                        TestMetadata.versioned(
                                                new UnregisterBrokerRecord()
                                                        .setBrokerId(3)
                                                        .setBrokerEpoch(epoch(test, 3)),
                                                0)),
                        p -> p.setNewIsr(List.of(1, 3)),
                        Errors.INELIGIBLE_REPLICA),
                new Case(
                        "member in an older epoch",
                        _ -> {},
                        p -> p.setNewIsrWithEpochs(List.of(member(1, -1), member(3, 0))),
                        Errors.INELIGIBLE_REPLICA),
                new Case(
                        "no such partition",
                        _ -> {},
                        p -> p.setPartitionIndex(1),
                        Errors.UNKNOWN_TOPIC_OR_PARTITION),
                new Case(
                        "negative partition",
                        _ -> {},
                        p -> p.setPartitionIndex(-1),
                        Errors.UNKNOWN_TOPIC_OR_PARTITION));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void answers(Case c) {
        c.before.accept(test);
        var asked = asked(List.of(1, 2));
        c.request.accept(asked);
        long offset = test.image().offset();
        var answer = ask(asked).topics().getFirst().partitions().getFirst();
        assertEquals(c.want, Errors.forCode(answer.errorCode()));
        if (c.want != Errors.NONE) {
            assertEquals(offset, test.image().offset(), "a refusal writes nothing");
        }
    }

    @Test
    void aSetIsWrittenWithANewPartitionEpochAndTheSameLeaderEpoch() {
        var answer = ask(asked(List.of(1, 2))).topics().getFirst().partitions().getFirst();
        PartitionImage now = partition();
        assertEquals(List.of(1, 2), now.isr());
        assertEquals(1, now.partitionEpoch());
        assertEquals(0, now.leaderEpoch(), "a smaller set needs no new leader epoch");
        assertEquals(
                new AlterPartitionResponseData.PartitionData()
                        .setLeaderId(1)
                        .setIsr(List.of(1, 2))
                        .setPartitionEpoch(1),
                answer);
        ask(asked(List.of(1, 2, 3)).setPartitionEpoch(1));
        assertEquals(List.of(1, 2, 3), partition().isr());
        assertEquals(0, partition().leaderEpoch());
    }

    @Test
    void whatIsAsItWasWritesNothing() {
        long offset = test.image().offset();
        ask(asked(List.of(1, 2, 3)));
        assertEquals(offset, test.image().offset());
        assertEquals(0, partition().partitionEpoch());
    }

    @Test
    void theSecondRequestOfOneBatchIsBehind() {
        var request = request(asked(List.of(1, 2)));
        request.topics().getFirst().partitions().add(asked(List.of(1, 3)));
        var answer = submit(request).topics().getFirst().partitions();
        assertEquals(Errors.NONE.code(), answer.getFirst().errorCode());
        assertEquals(Errors.INVALID_UPDATE_VERSION.code(), answer.getLast().errorCode());
        assertEquals(List.of(1, 2), partition().isr());
    }

    @Test
    void whoHasLeftASetThatIsTooSmallMayLead() {
        minInSync(2);
        ask(asked(List.of(1, 2)));
        assertEquals(List.of(), partition().eligibleLeaders(), "R3 the set is large enough");
        ask(asked(List.of(1)).setPartitionEpoch(1));
        assertEquals(List.of(2), partition().eligibleLeaders());
        ask(asked(List.of(1, 3)).setPartitionEpoch(2));
        assertEquals(List.of(1, 3), partition().isr());
        assertEquals(List.of(), partition().eligibleLeaders(), "R3");
    }

    @Test
    void aMoveIsDoneWhenItsTargetIsInSync() {
        change(
                test,
                isr(1, 2, 3)
                        .setReplicas(List.of(1, 2, 3, 4))
                        .setDirectories(dirs(1, 2, 3, 4))
                        .setAddingReplicas(List.of(4))
                        .setRemovingReplicas(List.of(2)));
        ask(asked(List.of(1, 2, 3, 4)).setPartitionEpoch(1));
        PartitionImage now = partition();
        assertEquals(List.of(1, 3, 4), now.replicas());
        assertEquals(dirs(1, 3, 4), now.directories());
        assertEquals(List.of(1, 3, 4), now.isr());
        assertEquals(List.of(), now.adding());
        assertEquals(List.of(), now.removing());
        assertEquals(1, now.leader());
        assertEquals(1, now.leaderEpoch(), "a replica is dropped in a new leader epoch");
    }

    @Test
    void aMoveAwayFromTheLeaderElectsAnother() {
        change(
                test,
                isr(1, 2, 3)
                        .setReplicas(List.of(4, 2, 3, 1))
                        .setDirectories(dirs(4, 2, 3, 1))
                        .setAddingReplicas(List.of(4))
                        .setRemovingReplicas(List.of(1)));
        var answer = ask(asked(List.of(1, 2, 3, 4)).setPartitionEpoch(1));
        assertEquals(
                Errors.NEW_LEADER_ELECTED.code(),
                answer.topics().getFirst().partitions().getFirst().errorCode());
        assertEquals(List.of(4, 2, 3), partition().replicas());
        assertEquals(4, partition().leader());
        assertEquals(1, partition().leaderEpoch());
    }

    @Test
    void aProcessThatWasReplacedIsRefusedWhole() {
        var request = request(asked(List.of(1)));
        request.setBrokerEpoch(request.brokerEpoch() - 1);
        assertThrows(
                StaleBrokerEpochException.class,
                () -> InSyncDecisions.alter(test.image(), request));
        assertThrows(
                StaleBrokerEpochException.class,
                () -> InSyncDecisions.alter(test.image(), request.setBrokerId(9)));
    }

    @Test
    void anUnknownTopicIsAnsweredForEachPartition() {
        var request = request(asked(List.of(1)));
        request.topics().getFirst().setTopicId(new Uuid(5, 5));
        var answer = submit(request).topics().getFirst();
        assertEquals(Errors.UNKNOWN_TOPIC_ID.code(), answer.partitions().getFirst().errorCode());
        assertTrue(partition().isr().contains(3));
    }

    private PartitionImage partition() {
        return Objects.requireNonNull(test.image().topics().byName("t")).partitions().getFirst();
    }

    private static AlterPartitionRequestData.PartitionData asked(List<Integer> isr) {
        return new AlterPartitionRequestData.PartitionData().setNewIsr(isr);
    }

    private AlterPartitionRequestData request(AlterPartitionRequestData.PartitionData asked) {
        var topicData =
                new AlterPartitionRequestData.TopicData()
                        .setTopicId(topic.id())
                        .setPartitions(new ArrayList<>(List.of(asked)));
        return new AlterPartitionRequestData()
                .setBrokerId(1)
                .setBrokerEpoch(epoch(test, 1))
                .setTopics(List.of(topicData));
    }

    private AlterPartitionResponseData ask(AlterPartitionRequestData.PartitionData asked) {
        return submit(request(asked));
    }

    private AlterPartitionResponseData submit(AlterPartitionRequestData request) {
        return test.controller
                .submit(image -> InSyncDecisions.alter(image, request))
                .toCompletableFuture()
                .join();
    }

    private void minInSync(int replicas) {
        test.write(
                TestMetadata.versioned(
                        new org.apache.kafka.common.metadata.ConfigRecord()
                                .setResourceType((byte) 2)
                                .setResourceName("t")
                                .setName("min.insync.replicas")
                                .setValue("" + replicas),
                        0));
    }

    private static BrokerState member(int id, long epoch) {
        return new BrokerState().setBrokerId(id).setBrokerEpoch(epoch);
    }

    private static PartitionChangeRecord isr(Integer... members) {
        return new PartitionChangeRecord().setIsr(List.of(members));
    }

    private static List<Uuid> dirs(Integer... brokers) {
        return Stream.of(brokers).map(id -> new Uuid(8, id)).toList();
    }

    private static void lead(TestMetadata test, int leader) {
        change(test, new PartitionChangeRecord().setLeader(leader));
    }

    private static void change(TestMetadata test, PartitionChangeRecord record) {
        Uuid id = Objects.requireNonNull(test.image().topics().byName("t")).id();
        test.write(TestMetadata.versioned(record.setTopicId(id).setPartitionId(0), 2));
    }

    private static long epoch(TestMetadata test, int broker) {
        return Objects.requireNonNull(test.image().cluster().broker(broker)).epoch();
    }

    private static void broker(
            TestMetadata test, int id, Consumer<BrokerRegistrationChangeRecord> change) {
        var record =
                new BrokerRegistrationChangeRecord()
                        .setBrokerId(id)
                        .setBrokerEpoch(epoch(test, id));
        change.accept(record);
        test.write(TestMetadata.versioned(record, 2));
    }
}
