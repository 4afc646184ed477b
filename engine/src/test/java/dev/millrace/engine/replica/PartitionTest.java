package dev.millrace.engine.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.log.AppendResult;
import dev.millrace.engine.log.Log;
import dev.millrace.engine.log.LogSettings;
import dev.millrace.engine.log.OpenMode;
import dev.millrace.engine.log.Origin;
import dev.millrace.engine.testing.Batches;
import dev.millrace.engine.testing.HeapStorage;
import dev.millrace.engine.testing.ManualEnv;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// When a write is acknowledged and when it is seen. Flushes happen when the test lets the workers run.
final class PartitionTest {
    private static final TopicPartition NAME = new TopicPartition("t", 0);
    private static final int ALL = Integer.MAX_VALUE;

    private final ManualEnv env = new ManualEnv(1_000_000, 1);
    private final ArrayDeque<Runnable> work = new ArrayDeque<>();
    private final HeapStorage disk = new HeapStorage();
    private final LogDirectory directory = new LogDirectory(Uuid.ZERO_UUID, "/data", disk);
    private Partition partition;

    /// What a flush meets.
    private @Nullable RuntimeException beforeFlush;

    @BeforeEach
    void leads() throws IOException {
        partition = partition(NAME);
        partition.assume(ReplicaRole.Leader.alone(3, 1), 1, LogSettings.DEFAULTS);
    }

    private Partition partition(TopicPartition name) throws IOException {
        Log log =
                Log.open(
                        env,
                        disk.directory(name.toString()),
                        name,
                        LogSettings.DEFAULTS,
                        OpenMode.CLEAN);
        log.beforeFlush(() -> {
            RuntimeException failure = beforeFlush;
            if (failure != null) {
                throw failure;
            }
        });
        return new Partition(
                name,
                Uuid.randomUuid(),
                env.newTurn(name.toString()),
                (_, task) -> work.add(task),
                LazyLog.open(log),
                new DiskReserve(directory, 1 << 20, env),
                LeaderSurroundings.alone(env.clock()),
                0);
    }

    @Test
    void acksAllIsSeenAndAcknowledgedOnceFlushed() {
        append(true, "a");
        CompletableFuture<Errors> committed = partition.committed(1).toCompletableFuture();
        assertFalse(committed.isDone());
        assertEquals(0, visible());

        flush();

        assertEquals(Errors.NONE, committed.join());
        assertEquals(1, visible());
    }

    @Test
    void oneFlushServesAllWhoWaited() {
        append(true, "a");
        var first = partition.committed(1).toCompletableFuture();
        append(true, "b");
        append(true, "c");
        var third = partition.committed(3).toCompletableFuture();

        assertEquals(1, work.size());
        flush();

        assertTrue(first.isDone() && third.isDone());
    }

    @Test
    void whatCameDuringAFlushWaitsForTheNext() {
        append(true, "a");
        partition.committed(1);
        Runnable firstFlush = work.remove();
        firstFlush.run();
        append(true, "b");
        var second = partition.committed(2).toCompletableFuture();
        assertFalse(second.isDone());

        flush();

        assertEquals(Errors.NONE, second.join());
    }

    @Test
    void acksOneIsSeenAtOnceAndTakesWhatStandsBeforeItAlong() {
        append(true, "promised");
        var promised = partition.committed(1).toCompletableFuture();

        append(false, "quick");

        assertEquals(2, visible());
        assertFalse(promised.isDone(), "R8: seen is not flushed");
        flush();
        assertEquals(Errors.NONE, promised.join());
    }

    @Test
    void aTopicThatTrustsTheSystemsCacheAcknowledgesAtOnce() {
        partition.assume(
                ReplicaRole.Leader.alone(3, 1),
                1,
                LogSettings.from(Map.of("millrace.flush", "os")));

        append(true, "a");

        assertTrue(partition.committed(1).toCompletableFuture().isDone());
        assertEquals(1, visible());
        assertTrue(work.isEmpty(), "nothing is flushed");
    }

    @Test
    void aRetriedBatchIsAcknowledgedWithItsFirstOffsets() {
        var batch = Batches.plain().producer(7, 0, 0);
        partition.append(batch.of(1_000_000, "a"), true, Origin.CLIENT);

        AppendResult again = partition.append(batch.of(1_000_000, "a"), true, Origin.CLIENT);

        assertEquals(0, assertInstanceOf(AppendResult.Duplicate.class, again).baseOffset());
        assertFalse(
                partition.committed(1).toCompletableFuture().isDone(),
                "the retry waits for the same flush");
    }

    @Test
    void tooFewInSyncRefusesAcksAllOnly() {
        partition.assume(
                new ReplicaRole.Leader(3, 1, List.of(1), List.of(2)), 2, LogSettings.DEFAULTS);

        assertEquals(Errors.NOT_ENOUGH_REPLICAS, refused(true));
        assertInstanceOf(AppendResult.Appended.class, append(false, "a"));
    }

    @Test
    void whoeverWaitsIsToldWhenLeadershipEnds() {
        append(true, "a");
        var committed = partition.committed(1).toCompletableFuture();
        FetchWait fetch = waiting(1);
        assertTrue(partition.await(fetch, read(0, -1)));

        partition.assume(new ReplicaRole.Follower(4, 2), 1, LogSettings.DEFAULTS);

        assertEquals(Errors.NOT_LEADER_OR_FOLLOWER, committed.join());
        assertTrue(fetch.done());
        assertEquals(Errors.NOT_LEADER_OR_FOLLOWER, refused(true));
        flush(); // the flush that was under way finds nobody
    }

    @Test
    void aFetchThatSawLessThanThereIsDoesNotWait() {
        PartitionRead seen = read(0, -1);
        append(false, "a");

        assertFalse(partition.await(waiting(1), seen), "V2: no lost wake-up");
        assertTrue(partition.await(waiting(1), read(0, -1)));
    }

    /// Nobody knows what is on the disk then.
    @Test
    void aFlushThatFailsUnforeseenTakesThePartitionOffline() {
        append(true, "a");
        CompletableFuture<Errors> committed = partition.committed(1).toCompletableFuture();
        beforeFlush = new IllegalStateException("out of luck");

        flush();

        assertEquals(Errors.KAFKA_STORAGE_ERROR, committed.getNow(Errors.NONE));
        assertInstanceOf(ReplicaRole.Offline.class, partition.role());
    }

    /// Whatever happened between its read and its waiting has told nobody of it.
    @Test
    void norDoesOneThatHasReadInAnotherEpoch() {
        PartitionRead seen = read(0, -1);
        partition.assume(new ReplicaRole.Follower(4, 2), 1, LogSettings.DEFAULTS);

        assertFalse(partition.await(waiting(1), seen));
    }

    @Test
    void aWaitingFetchIsWokenByEnoughBytes() {
        FetchWait small = waiting(1);
        FetchWait large = waiting(1_000);
        partition.await(small, read(0, -1));
        partition.await(large, read(0, -1));

        append(false, "a");
        assertTrue(small.done());
        assertFalse(large.done());

        append(false, "x".repeat(1_000));
        assertTrue(large.done());
    }

    @Test
    void aNewLeaderServesAllThatItHoldsOnceItIsFlushed() {
        append(true, "not flushed");
        assertEquals(0, visible());

        partition.assume(ReplicaRole.Leader.alone(4, 1), 1, LogSettings.DEFAULTS);

        assertEquals(0, visible());
        flush();
        assertEquals(1, visible());
    }

    @Test
    void readsAreFencedAndBounded() {
        append(false, "a");

        assertEquals(Errors.FENCED_LEADER_EPOCH, read(0, 2).error());
        assertEquals(Errors.UNKNOWN_LEADER_EPOCH, read(0, 4).error());
        assertEquals(Errors.OFFSET_OUT_OF_RANGE, read(2, 3).error());
        assertEquals(Errors.NONE, read(1, 3).error());
        assertTrue(read(0, 3).records().sizeInBytes() > 0);
    }

    @Test
    void producersAreRefusedBeforeTheReserveIsTouchedAndServedAgainByThemselves() {
        append(false, "a");
        disk.usableBytes((1 << 20) + 100);
        env.advance(1_000);
        append(false, "fits"); // asks the disk, and is admitted by what it said
        assertEquals(
                Errors.KAFKA_STORAGE_ERROR, refused(false), "the next would be in the reserve");
        AppendResult.Refused ofTransaction =
                assertInstanceOf(
                        AppendResult.Refused.class,
                        partition.append(
                                Batches.plain().of(env.clock().wallMs(), "v"),
                                false,
                                Origin.TRANSACTIONAL_CLIENT));
        assertEquals(Errors.KAFKA_STORAGE_ERROR, ofTransaction.error());
        assertEquals(2, visible(), "readers are served");
        assertInstanceOf(
                AppendResult.Appended.class,
                partition.append(
                        Batches.plain().of(env.clock().wallMs(), "facts"),
                        false,
                        Origin.COORDINATOR),
                "coordinators have the reserve");

        disk.usableBytes((1 << 20) + (1 << 19));
        assertEquals(Errors.KAFKA_STORAGE_ERROR, refused(false), "it is not asked all the time");
        env.advance(1_000);
        refusedOrNot(); // asks
        assertInstanceOf(AppendResult.Appended.class, append(false, "b"));
    }

    @Test
    void copiesKeepOutOfTheReserve() throws IOException {
        partition.assume(new ReplicaRole.Follower(4, 2), 1, LogSettings.DEFAULTS);
        disk.usableBytes((1 << 20) + 100);
        env.advance(1_000);
        copy(partition, "fits");
        assertThrows(
                IOException.class, () -> copy(partition, "v"), "the next would be in the reserve");
        assertEquals(1, partition.logEnd());
        assertInstanceOf(ReplicaRole.Follower.class, partition.role(), "its log is sound");

        disk.usableBytes((1 << 20) + (1 << 19));
        env.advance(1_000);
        copy(partition, "b");
        assertEquals(2, partition.logEnd());
    }

    @Test
    void copiesOfWhatCoordinatorsWriteLeaveTheLastQuarterToMetadata() throws IOException {
        Partition offsets = partition(new TopicPartition(Topic.GROUP_METADATA_TOPIC_NAME, 0));
        offsets.assume(new ReplicaRole.Follower(4, 2), 1, LogSettings.DEFAULTS);
        disk.usableBytes((1 << 18) + 100);
        env.advance(1_000);
        copy(offsets, "fits");
        assertThrows(IOException.class, () -> copy(offsets, "v"));
        assertEquals(1, offsets.logEnd());
    }

    private void copy(Partition follower, String value) throws IOException {
        FollowerAppends.append(follower, env.clock().wallMs(), value, 0);
    }

    @Test
    void coordinatorsLeaveTheLastQuarterOfTheReserveToMetadata() {
        disk.usableBytes((1 << 18) + 100);
        env.advance(1_000);
        assertInstanceOf(AppendResult.Appended.class, unhurried("fits"));
        assertInstanceOf(AppendResult.Refused.class, unhurried("v"));
    }

    @Test
    void whatACoordinatorDoesNotWaitForCountsOnceItIsFlushed() {
        unhurried("facts");
        assertEquals(0, visible(), "R8: a power loss may take it");
        assertTrue(work.isEmpty(), "nothing is flushed for it");

        append(true, "a");
        assertEquals(0, visible());
        flush();

        assertEquals(2, visible());
    }

    @Test
    void whoAsksForWhatACoordinatorDidNotWaitForHasItFlushed() {
        unhurried("facts");
        var committed = partition.committed(1).toCompletableFuture();
        assertFalse(committed.isDone());

        flush();

        assertEquals(Errors.NONE, committed.join());
        assertEquals(1, visible());
    }

    private AppendResult unhurried(String value) {
        return partition.append(
                Batches.plain().of(env.clock().wallMs(), value), false, Origin.COORDINATOR);
    }

    private void refusedOrNot() {
        append(false, "x");
    }

    @Test
    void bytesThatWaitForAnotherFlushCountWhenTheyAreSeen() {
        FetchWait both = waiting(2_000);
        partition.await(both, read(0, -1));
        append(true, "x".repeat(1_200));
        Runnable first = work.remove();
        append(true, "x".repeat(1_200));
        partition.committed(2);
        first.run();

        flush();

        assertTrue(both.done(), "V2: no lost wake-up");
    }

    /// Nobody asks for it; a recovery has to read no more than what is not sealed yet.
    @Test
    void whatNobodyIsPromisedIsFlushedWhenItsSegmentIsSealed() {
        var small = LogSettings.from(Map.of("internal.segment.bytes", "200"));
        partition.assume(ReplicaRole.Leader.alone(3, 1), 1, small);
        append(false, "a");
        partition.house().flushSealed();
        assertEquals(0, recoveryPoint());

        for (int i = 0; i < 5; i++) {
            append(false, "x".repeat(50));
        }
        assertEquals(0, recoveryPoint());
        partition.house().flushSealed();

        assertEquals(6, recoveryPoint());
        assertTrue(work.isEmpty());
    }

    @Test
    void aCopyThatNobodyWaitsForIsFlushedWhenItsSegmentIsSealed() throws IOException {
        var small =
                LogSettings.from(Map.of("internal.segment.bytes", "200", "millrace.flush", "os"));
        partition.assume(new ReplicaRole.Follower(4, 2), 1, small);
        for (int i = 0; i < 5; i++) {
            copy(partition, "x".repeat(50));
        }
        partition.house().flushSealed();

        assertEquals(5, recoveryPoint());
    }

    private long recoveryPoint() {
        var points = new HashMap<TopicPartition, Long>();
        partition.house().reportTo(points, new HashMap<>(), new HashMap<>(), new HashMap<>());
        return points.getOrDefault(NAME, 0L);
    }

    private static FetchWait waiting(long bytes) {
        return new FetchWait(bytes, Isolation.READ_UNCOMMITTED);
    }

    private AppendResult append(boolean acksAll, String value) {
        return partition.append(
                Batches.plain().of(env.clock().wallMs(), value), acksAll, Origin.CLIENT);
    }

    private Errors refused(boolean acksAll) {
        return assertInstanceOf(AppendResult.Refused.class, append(acksAll, "x")).error();
    }

    private long visible() {
        return read(0, -1).highWatermark();
    }

    private PartitionRead read(long offset, int epoch) {
        return partition.read(offset, epoch, -1, ALL, true, Isolation.READ_UNCOMMITTED);
    }

    private void flush() {
        while (!work.isEmpty()) {
            work.remove().run();
        }
    }
}
