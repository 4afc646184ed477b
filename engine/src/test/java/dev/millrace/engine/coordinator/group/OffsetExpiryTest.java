package dev.millrace.engine.coordinator.group;

import static dev.millrace.engine.coordinator.group.GroupWorld.now;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.millrace.engine.coordinator.group.GroupRecord.ClassicGroupForgotten;
import dev.millrace.engine.coordinator.group.GroupRecord.OffsetForgotten;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Subscription;
import org.apache.kafka.clients.consumer.internals.ConsumerProtocol;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocol;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.junit.jupiter.api.Test;

/// Which offsets are forgotten, and when (KIP-211). Offsets are kept for 1,000 s here and looked at every 10 s.
class OffsetExpiryTest {
    private static final long RETENTION_MS = 1_000_000;
    private static final long CHECK_MS = 10_000;
    private static final GroupConfig CONFIG =
            GroupConfig.DEFAULTS
                    .withInitialRebalanceDelayMs(0)
                    .withRetention(RETENTION_MS, CHECK_MS);

    private final GroupWorld world = new GroupWorld(1, CONFIG);

    private void commit(String memberId, int generation, String topic, int... partitions) {
        var request = request(memberId, generation, topic, partitions).setRetentionTimeMs(-1);
        committed(world.groups.commit(GroupWorld.caller(9), request));
    }

    private static OffsetCommitRequestData request(
            String memberId, int generation, String topic, int... partitions) {
        var indexes = new ArrayList<OffsetCommitRequestPartition>();
        for (int partition : partitions) {
            indexes.add(
                    new OffsetCommitRequestPartition()
                            .setPartitionIndex(partition)
                            .setCommittedOffset(1)
                            .setCommittedMetadata(""));
        }
        return new OffsetCommitRequestData()
                .setGroupId(GroupWorld.GROUP)
                .setMemberId(memberId)
                .setGenerationIdOrMemberEpoch(generation)
                .setTopics(
                        List.of(
                                new OffsetCommitRequestTopic()
                                        .setName(topic)
                                        .setTopicId(GroupWorld.TOPIC_ID)
                                        .setPartitions(indexes)));
    }

    private static void committed(
            java.util.concurrent.CompletionStage<OffsetCommitResponseData> answer) {
        assertEquals(Errors.NONE, GroupWorld.error(now(answer)));
    }

    /// A member of a consumers' group that reads the topics.
    private String member(String protocolType, String... topics) {
        String id = world.newMemberId();
        var request =
                new JoinGroupRequestData()
                        .setGroupId(GroupWorld.GROUP)
                        .setSessionTimeoutMs(GroupWorld.SESSION_MS)
                        .setRebalanceTimeoutMs(GroupWorld.REBALANCE_MS)
                        .setMemberId(id)
                        .setProtocolType(protocolType);
        ByteBuffer bytes =
                ConsumerProtocol.serializeSubscription(new Subscription(List.of(topics)));
        var metadata = new byte[bytes.remaining()];
        bytes.get(metadata);
        request.protocols()
                .add(new JoinGroupRequestProtocol().setName("range").setMetadata(metadata));
        var joined = world.groups.join(GroupWorld.caller(9), request);
        world.env.time.advance(0);
        var answer = now(joined);
        assertNotNull(answer);
        assertEquals(Errors.NONE.code(), answer.errorCode());
        assertNotNull(now(world.sync(id, answer.generationId(), id, "all")));
        return id;
    }

    /// Time goes by, and the member stays alive.
    private void pass(long ms, String memberId) {
        for (long left = ms; left > 0; left -= 5_000) {
            world.env.time.advance(Math.min(left, 5_000));
            var _ = world.heartbeat(memberId, 1);
        }
    }

    private int offsets(String topic) {
        var offsets = world.shard().offsets().of(GroupWorld.GROUP).get(topic);
        return offsets == null ? 0 : offsets.size();
    }

    /// The facts of each batch since that offset.
    private List<List<GroupRecord>> written(long from) {
        var written = new ArrayList<List<GroupRecord>>();
        for (MemoryRecords batch : world.log.all()) {
            var facts = new ArrayList<GroupRecord>();
            for (Record record : batch.records()) {
                if (record.offset() >= from) {
                    var fact = new GroupRecordFormat().read(record.key(), record.value());
                    assertNotNull(fact);
                    facts.add(fact);
                }
            }
            if (!facts.isEmpty()) {
                written.add(facts);
            }
        }
        return written;
    }

    @Test
    void aSimpleGroupsOffsetsAgeSinceTheirCommit() {
        commit("", -1, "t", 0);
        world.env.time.advance(RETENTION_MS / 2);
        commit("", -1, "t", 1);
        world.env.time.advance(RETENTION_MS / 2);
        assertEquals(1, offsets("t"));
        world.env.time.advance(RETENTION_MS / 2);
        assertEquals("none", world.state());
        world.crash();
        assertEquals("none", world.state());
    }

    @Test
    void aNewCommitKeepsAnOffset() {
        for (int i = 0; i < 5; i++) {
            commit("", -1, "t", 0);
            world.env.time.advance(RETENTION_MS - CHECK_MS);
        }
        assertEquals(1, offsets("t"));
    }

    @Test
    void whatMembersReadIsKept() {
        String id = member("consumer", "read");
        commit(id, 1, "read", 0);
        commit(id, 1, "other", 0);
        pass(RETENTION_MS + CHECK_MS, id);
        assertEquals(1, offsets("read"));
        assertEquals(0, offsets("other"));
        assertEquals("Stable", world.state());
    }

    @Test
    void otherKindsOfMembersKeepAll() {
        String id = member("connect", "read");
        commit(id, 1, "t", 0);
        pass(2 * RETENTION_MS, id);
        assertEquals(1, offsets("t"));
    }

    @Test
    void anEmptyGroupsOffsetsAgeSinceItIsEmpty() {
        String id = member("consumer", "t");
        commit(id, 1, "t", 0);
        pass(2 * RETENTION_MS, id);
        world.env.time.advance(GroupWorld.SESSION_MS);
        assertEquals("Empty", world.state());
        world.env.time.advance(RETENTION_MS - CHECK_MS);
        assertEquals(1, offsets("t"));
        world.crash();
        world.env.time.advance(2 * CHECK_MS);
        assertEquals("none", world.state(), "an offset and its group");
        world.crash();
        assertEquals("none", world.state());
    }

    /// As in Kafka: it does not matter how long such a group has been empty.
    @Test
    void aConsumerGroupsOffsetsAgeSinceTheirCommitAlsoWhenItIsEmpty() {
        var consumers =
                new ConsumerWorld(1, ConsumerWorld.config(0).withRetention(RETENTION_MS, CHECK_MS));
        consumers.metadata.topic("t", 1, 1);
        var member = consumers.member("a");
        member.join("t");
        assertEquals(Errors.NONE, member.commit(member.epoch, "t0", 1));
        for (long passed = 0; passed < RETENTION_MS; passed += CHECK_MS) {
            consumers.pass(CHECK_MS);
            member.beat();
        }
        assertEquals(1, consumers.world.offset(0), "it is read");
        member.leave(-1);
        consumers.pass(CHECK_MS);
        assertEquals("none", consumers.world.state());
    }

    @Test
    void anEmptyGroupWithoutOffsetsIsForgottenAtTheNextLook() {
        member("consumer", "t");
        world.env.time.advance(GroupWorld.SESSION_MS);
        world.env.time.advance(CHECK_MS);
        assertEquals("none", world.state());
    }

    @Test
    void whoHasAnIdIsAboutToJoin() {
        world.env.time.advance(CHECK_MS / 2);
        world.newMemberId();
        world.env.time.advance(CHECK_MS / 2);
        assertEquals("Empty", world.state());
        world.env.time.advance(CHECK_MS);
        assertEquals("none", world.state());
    }

    @Test
    void anOldClientsOwnTimeCounts() {
        var request = request("", -1, "t", 0).setRetentionTimeMs(5_000);
        committed(world.groups.commit(GroupWorld.caller(4), request));
        commit("", -1, "t", 1);
        world.env.time.advance(CHECK_MS);
        assertEquals(1, offsets("t"));
    }

    @Test
    void nothingIsForgottenWhileLoading() {
        commit("", -1, "t", 0);
        world.log.failNextReads(3);
        world.crash();
        assertNull(world.groups.shardOrNull(0));
        long end = world.log.endOffset();
        world.env.time.advance(14_999);
        assertEquals(end, world.log.endOffset());
    }

    @Test
    void aRefusedLookIsTakenAgain() {
        commit("", -1, "t", 0);
        world.env.time.advance(RETENTION_MS - 1);
        world.log.refuseNext(Errors.NOT_ENOUGH_REPLICAS);
        world.env.time.advance(CHECK_MS);
        assertEquals("none", world.state());
    }

    /// Members' subscriptions are read once in a look, not once for each topic: a thousand names, not a million.
    @Test
    void aLookAtManyTopicsReadsEachSubscriptionOnce() {
        var read = new String[1_000];
        Arrays.setAll(read, i -> "read-" + i);
        String id = member("consumer", read);
        for (int i = 0; i < read.length; i++) {
            commit(id, 1, "other-" + i, 0);
        }
        var memory = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = memory.getCurrentThreadAllocatedBytes();
        pass(CHECK_MS, id);
        long allocated = memory.getCurrentThreadAllocatedBytes() - before;
        assertTrue(allocated < 10_000_000, allocated + " bytes");
        assertEquals(1, offsets("other-0"));
    }

    /// Requests get in between, and the group's own tombstone is the last.
    @Test
    void manyAreForgottenInParts() {
        int[] partitions = new int[2_500];
        for (int i = 0; i < partitions.length; i++) {
            partitions[i] = i;
        }
        String id = member("consumer", "x");
        commit(id, 1, "t", partitions);
        world.env.time.advance(GroupWorld.SESSION_MS);
        long before = world.log.endOffset();
        world.log.maxBatchBytes(15_000);
        world.env.time.advance(RETENTION_MS + CHECK_MS);
        assertEquals("none", world.state());
        List<List<GroupRecord>> batches = written(before);
        List<GroupRecord> facts = batches.stream().flatMap(List::stream).toList();
        assertEquals(2_501, facts.size());
        assertEquals(new ClassicGroupForgotten(GroupWorld.GROUP), facts.getLast());
        assertEquals(2_500, facts.stream().filter(OffsetForgotten.class::isInstance).count());
        assertTrue(batches.size() > 3, "batches: " + batches.size());
    }
}
