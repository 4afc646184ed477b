package dev.millrace.engine.coordinator.group;

import static dev.millrace.engine.coordinator.group.GroupWorld.now;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.millrace.engine.coordinator.group.GroupRecord.OffsetCommitted;
import dev.millrace.engine.coordinator.group.GroupRecord.OffsetForgotten;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponsePartitions;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;

/// Offsets that were committed in transactions, read from a log that somebody else has written.
class TransactionalOffsetsTest {
    private static final short EPOCH = 0;
    private static final String UNSTABLE = "unstable";

    private final GroupWorld world = new GroupWorld();

    private void plain(int partition, long offset) {
        world.log.write(MemoryRecords.withRecords(Compression.NONE, record(partition, offset)));
    }

    private void in(long producer, int partition, long offset) {
        world.log.write(
                MemoryRecords.withTransactionalRecords(
                        Compression.NONE, producer, EPOCH, 0, record(partition, offset)));
    }

    private void end(long producer, ControlRecordType type) {
        world.log.write(
                MemoryRecords.withEndTransactionMarker(
                        producer, EPOCH, new EndTransactionMarker(type, 0)));
    }

    private void commit(long producer) {
        end(producer, ControlRecordType.COMMIT);
    }

    private void abort(long producer) {
        end(producer, ControlRecordType.ABORT);
    }

    private static SimpleRecord record(int partition, long offset) {
        var committed =
                new CommittedOffset(offset, -1, "", 1, CommittedOffset.NEVER, GroupWorld.TOPIC_ID);
        return Written.record(new OffsetCommitted(GroupWorld.GROUP, "t", partition, committed), 1);
    }

    private void forget(int partition) {
        var fact = new OffsetForgotten(GroupWorld.GROUP, "t", partition);
        world.log.write(MemoryRecords.withRecords(Compression.NONE, Written.record(fact, 1)));
    }

    /// What the next coordinator shows: offsets of partitions 0, 1 and so on, as text.
    private List<String> loaded(boolean stable, int... partitions) {
        world.crash();
        var indexes = new ArrayList<Integer>();
        for (int partition : partitions) {
            indexes.add(partition);
        }
        var request =
                new OffsetFetchRequestGroup()
                        .setGroupId(GroupWorld.GROUP)
                        .setTopics(
                                List.of(
                                        new OffsetFetchRequestTopics()
                                                .setName("t")
                                                .setPartitionIndexes(indexes)));
        var answer = now(world.groups.fetchOffsets(request, stable));
        assertNotNull(answer);
        return answer.topics().getFirst().partitions().stream()
                .map(TransactionalOffsetsTest::text)
                .toList();
    }

    private static String text(OffsetFetchResponsePartitions partition) {
        return partition.errorCode() == Errors.UNSTABLE_OFFSET_COMMIT.code()
                ? UNSTABLE
                : "" + partition.committedOffset();
    }

    @Test
    void countWhenTheirTransactionIsCommitted() {
        in(1, 0, 10);
        assertEquals(List.of("-1"), loaded(false, 0));
        assertEquals("Empty", world.state(), "the group is there");
        commit(1);
        assertEquals(List.of("10"), loaded(false, 0));
        assertEquals(List.of("10"), loaded(true, 0));
    }

    @Test
    void areForgottenWhenItIsAborted() {
        plain(0, 5);
        in(1, 0, 10);
        in(1, 1, 11);
        abort(1);
        assertEquals(List.of("5", "-1"), loaded(true, 0, 1));
    }

    @Test
    void aGroupThatWasNothingElseEndsWithThem() {
        in(1, 0, 10);
        abort(1);
        loaded(true, 0);
        assertEquals("none", world.state());
    }

    @Test
    void whoNeedsStableOffsetsIsToldWhichAreNot() {
        plain(0, 5);
        plain(1, 6);
        in(1, 1, 10);
        in(2, 2, 11);
        assertEquals(List.of("5", UNSTABLE, UNSTABLE), loaded(true, 0, 1, 2));
        assertEquals(List.of("5", "6", "-1"), loaded(false, 0, 1, 2));
        commit(1);
        assertEquals(List.of("5", "10", UNSTABLE), loaded(true, 0, 1, 2));
    }

    @Test
    void allOffsetsShowWhichAreUnstable() {
        plain(0, 5);
        plain(1, 6);
        in(1, 1, 10);
        world.crash();
        var all = new OffsetFetchRequestGroup().setGroupId(GroupWorld.GROUP).setTopics(null);
        var answer = now(world.groups.fetchOffsets(all, true));
        assertNotNull(answer);
        var partitions = answer.topics().getFirst().partitions();
        assertEquals(List.of("5", UNSTABLE), partitions.stream().map(p -> text(p)).toList());
    }

    @Test
    void whatWasWrittenLastCounts() {
        in(1, 0, 10);
        plain(0, 20);
        commit(1);
        assertEquals(List.of("20"), loaded(false, 0));

        in(1, 1, 10);
        in(2, 1, 30);
        commit(2);
        commit(1);
        assertEquals(List.of("30"), loaded(false, 1));

        in(1, 2, 40);
        in(1, 2, 41);
        commit(1);
        assertEquals(List.of("41"), loaded(false, 2));
    }

    @Test
    void aTombstoneTakesThemToo() {
        in(1, 0, 10);
        in(2, 0, 11);
        in(2, 1, 12);
        forget(0);
        assertEquals(List.of("-1", UNSTABLE), loaded(true, 0, 1));
        commit(1);
        commit(2);
        assertEquals(List.of("-1", "12"), loaded(true, 0, 1));
    }

    @Test
    void aMarkerOfNobodyIsNothing() {
        plain(0, 5);
        commit(9);
        abort(9);
        assertEquals(List.of("5"), loaded(true, 0));
    }

    @Test
    void deletedTopicsAndGroupsTakeThemToo() {
        in(1, 0, 10);
        loaded(true, 0);
        world.groups.topicsDeleted(new TreeMap<>(Map.of("t", GroupWorld.TOPIC_ID)));
        assertEquals("none", world.state());
        commit(1);
        assertEquals(List.of("-1"), loaded(true, 0));

        in(1, 0, 10);
        plain(1, 11);
        loaded(true, 0);
        var deleted = now(world.groups.delete(GroupWorld.GROUP));
        assertNotNull(deleted);
        assertEquals(Errors.NONE.code(), deleted.errorCode());
        commit(1);
        assertEquals(List.of("-1", "-1"), loaded(true, 0, 1));
        assertEquals("none", world.state());
    }
}
