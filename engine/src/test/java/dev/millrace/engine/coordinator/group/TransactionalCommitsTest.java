package dev.millrace.engine.coordinator.group;

import static dev.millrace.engine.coordinator.group.GroupWorld.caller;
import static dev.millrace.engine.coordinator.group.GroupWorld.now;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.millrace.engine.coordinator.InTransaction;
import dev.millrace.engine.log.TransactionMarker;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Offsets committed within transactions: who may, and when they count (T8).
class TransactionalCommitsTest {
    private static final long ID = 7;
    private static final short EPOCH = 2;
    private static final int BEFORE_MEMBER_EPOCHS = 5;
    private static final int WITH_MEMBER_EPOCHS = 6;

    private final GroupWorld world = new GroupWorld();

    private static OffsetCommitRequestData offsets(String member, int generation, long offset) {
        return new OffsetCommitRequestData()
                .setGroupId(GroupWorld.GROUP)
                .setMemberId(member)
                .setGenerationIdOrMemberEpoch(generation)
                .setTopics(
                        List.of(
                                new OffsetCommitRequestTopic()
                                        .setName("t")
                                        .setTopicId(GroupWorld.TOPIC_ID)
                                        .setPartitions(
                                                List.of(
                                                        new OffsetCommitRequestPartition()
                                                                .setCommittedOffset(offset)))));
    }

    private static CompletionStage<OffsetCommitResponseData> commit(
            Groups groups, int version, OffsetCommitRequestData request) {
        return groups.commit(caller(version), request, new InTransaction(ID, EPOCH, null));
    }

    private Errors commit(int version, String member, int generation) {
        return GroupWorld.error(now(commit(world.groups, version, offsets(member, generation, 5))));
    }

    private @Nullable Errors end(boolean commit) {
        return now(
                world.groups.completeTransaction(
                        0, new TransactionMarker(ID, EPOCH, 0, commit, 1)));
    }

    @Test
    void theyAreWrittenAsATransactionalBatchAndCountWithTheMarker() {
        assertEquals(Errors.NONE, commit(BEFORE_MEMBER_EPOCHS, "", -1));
        MutableRecordBatch batch = world.log.all().getFirst().batches().iterator().next();
        assertEquals(
                List.of(true, ID, EPOCH, 0),
                List.of(
                        batch.isTransactional(),
                        batch.producerId(),
                        batch.producerEpoch(),
                        batch.baseSequence()));
        assertEquals(-1L, world.offset(0));
        assertEquals(Errors.NONE, end(true));
        assertEquals(5L, world.offset(0));
        world.crash();
        assertEquals(5L, world.offset(0), "G4");
    }

    @Test
    void anAbortForgetsThem() {
        commit(BEFORE_MEMBER_EPOCHS, "", -1);
        assertEquals(Errors.NONE, end(false));
        assertEquals(-1L, world.offset(0));
        assertEquals("none", world.state());
    }

    @Test
    void aMarkerIsAnsweredWhenItIsCommitted() {
        commit(BEFORE_MEMBER_EPOCHS, "", -1);
        world.log.commitAtOnce(false);
        var answer =
                world.groups.completeTransaction(0, new TransactionMarker(ID, EPOCH, 0, true, 1));
        assertNull(now(answer));
        world.log.commitTo(Long.MAX_VALUE);
        assertEquals(Errors.NONE, now(answer));
    }

    @Test
    void aMarkerThatIsRefusedChangesNothing() {
        commit(BEFORE_MEMBER_EPOCHS, "", -1);
        world.log.refuseNext(Errors.TRANSACTION_COORDINATOR_FENCED);
        assertEquals(Errors.TRANSACTION_COORDINATOR_FENCED, end(true));
        assertEquals(-1L, world.offset(0));
        assertEquals(Errors.NONE, end(true));
        assertEquals(5L, world.offset(0));
    }

    @Test
    void aCommitThatIsRefusedChangesNothing() {
        world.log.refuseNext(Errors.INVALID_TXN_STATE);
        assertEquals(Errors.INVALID_TXN_STATE, commit(BEFORE_MEMBER_EPOCHS, "", -1));
        assertEquals("none", world.state());
    }

    @Test
    void whereNobodyCoordinatesNothingIsWritten() {
        world.groups.resign(0, Integer.MAX_VALUE);
        assertEquals(Errors.NOT_COORDINATOR, commit(BEFORE_MEMBER_EPOCHS, "", -1));
        assertEquals(Errors.NOT_COORDINATOR, end(true));
    }

    @Test
    void membersOfClassicGroupsAreFenced() {
        String member = world.newMemberId();
        world.join(9, member, null, "range");
        world.env.time.advance(GroupConfig.DEFAULTS.initialRebalanceDelayMs());
        assertEquals("CompletingRebalance", world.state());
        int v = BEFORE_MEMBER_EPOCHS;
        assertEquals(Errors.NONE, commit(v, member, 1), "even while the group rebalances");
        assertEquals(Errors.ILLEGAL_GENERATION, commit(v, member, 0));
        assertEquals(Errors.UNKNOWN_MEMBER_ID, commit(v, "stranger", 1));
        assertEquals(Errors.NONE, commit(v, "", -1), "who does not know for whom it commits");
    }

    @Test
    void aGenerationOfAGroupThatIsNotThere() {
        assertEquals(Errors.ILLEGAL_GENERATION, commit(BEFORE_MEMBER_EPOCHS, "m", 3));
        assertEquals(Errors.GROUP_ID_NOT_FOUND, commit(WITH_MEMBER_EPOCHS, "m", 3));
    }

    @Test
    void membersOfConsumerGroupsAreFenced() {
        var consumers = new ConsumerWorld();
        ConsumerWorld.Member a = consumers.member("a");
        a.join("t");
        assertEquals(Errors.NONE, commit(consumers, BEFORE_MEMBER_EPOCHS, "a", a.epoch));
        assertEquals(Errors.ILLEGAL_GENERATION, commit(consumers, BEFORE_MEMBER_EPOCHS, "a", 9));
        assertEquals(Errors.STALE_MEMBER_EPOCH, commit(consumers, WITH_MEMBER_EPOCHS, "a", 9));
        assertEquals(Errors.UNKNOWN_MEMBER_ID, commit(consumers, WITH_MEMBER_EPOCHS, "b", 1));
        assertEquals(Errors.NONE, commit(consumers, WITH_MEMBER_EPOCHS, "", -1));
    }

    private static Errors commit(ConsumerWorld world, int version, String member, int epoch) {
        return GroupWorld.error(
                Objects.requireNonNull(
                        now(
                                commit(
                                        world.world.groups,
                                        version,
                                        world.committing(member, epoch, "t0", 5)))));
    }
}
