package dev.millrace.engine.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.log.AbortedTransaction;
import dev.millrace.engine.log.AppendResult;
import dev.millrace.engine.log.Log;
import dev.millrace.engine.log.LogSettings;
import dev.millrace.engine.log.OpenMode;
import dev.millrace.engine.log.Origin;
import dev.millrace.engine.log.TransactionMarker;
import dev.millrace.engine.log.Verification;
import dev.millrace.engine.testing.Batches;
import dev.millrace.engine.testing.HeapStorage;
import dev.millrace.engine.testing.ManualEnv;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What readers of committed records see of a partition, and when they are woken. Flushes happen when the test lets the workers run.
final class PartitionTransactionsTest {
    private static final TopicPartition NAME = new TopicPartition("t", 0);

    private final ManualEnv env = new ManualEnv(1_000_000, 1);
    private final ArrayDeque<Runnable> work = new ArrayDeque<>();
    private Partition partition;

    @BeforeEach
    void leads() throws IOException {
        Log log = Log.open(env, new HeapStorage(), NAME, LogSettings.DEFAULTS, OpenMode.CLEAN);
        partition =
                new Partition(
                        NAME,
                        Uuid.randomUuid(),
                        env.newTurn("t-0"),
                        (_, task) -> work.add(task),
                        LazyLog.open(log),
                        new DiskReserve(
                                new LogDirectory(Uuid.ZERO_UUID, "/data", new HeapStorage()),
                                0,
                                env),
                        LeaderSurroundings.alone(env.clock()),
                        0);
        partition.assume(ReplicaRole.Leader.alone(3, 1), 1, LogSettings.DEFAULTS);
    }

    /// A batch of a transaction, seen at once; the first one is verified.
    private void write(long producer, int sequence, String value) {
        var asked = partition.verification(producer, (short) 0, sequence, false);
        var guard = asked instanceof Verification.Needed(var needed) ? needed : null;
        var batch = Batches.plain().producer(producer, 0, sequence).transactional();
        var result =
                partition.append(
                        -1, batch.of(1_000_000, value), false, Origin.TRANSACTIONAL_CLIENT, guard);
        assertInstanceOf(AppendResult.Appended.class, result, result::toString);
    }

    private void end(long producer, boolean commit) {
        var result = partition.append(-1, new TransactionMarker(producer, (short) 0, 0, commit, 1));
        assertInstanceOf(AppendResult.Appended.class, result, result::toString);
    }

    private PartitionRead committed(long offset) {
        return partition.read(offset, -1, -1, Integer.MAX_VALUE, true, Isolation.READ_COMMITTED);
    }

    private void flush() {
        while (!work.isEmpty()) {
            work.remove().run();
        }
    }

    @Test
    void anOpenTransactionHidesWhatIsBehindIt() {
        write(7, 0, "a");
        write(8, 0, "b");

        PartitionRead read = committed(0);

        assertEquals(0, read.lastStable());
        assertEquals(2, read.highWatermark());
        assertEquals(0, read.records().sizeInBytes());
    }

    @Test
    void aMarkerCountsWhenItIsCommitted() {
        write(7, 0, "a");
        end(7, false);
        assertEquals(0, committed(0).lastStable(), "T5: the marker may still be lost");

        flush();

        PartitionRead read = committed(0);
        assertEquals(2, read.lastStable());
        assertEquals(List.of(new AbortedTransaction(7, 0, 1, 2)), read.aborted());
        assertEquals(
                List.of(),
                partition
                        .read(0, -1, -1, Integer.MAX_VALUE, true, Isolation.READ_UNCOMMITTED)
                        .aborted());
    }

    @Test
    void theOldestOpenTransactionDecides() {
        write(7, 0, "a");
        write(8, 0, "b");
        end(7, true);
        flush();
        assertEquals(1, committed(0).lastStable());

        end(8, true);
        flush();

        assertEquals(4, committed(0).lastStable());
    }

    @Test
    void aMarkerWakesThoseWhoWaitForWhatItDecides() {
        var committed = new FetchWait(2_000, Isolation.READ_COMMITTED);
        var all = new FetchWait(4_000, Isolation.READ_UNCOMMITTED);
        PartitionRead seen = committed(0);
        assertTrue(partition.await(committed, seen) && partition.await(all, seen));
        write(7, 0, "x".repeat(3_000));
        assertFalse(committed.done(), "it can see nothing of it");

        end(7, true);
        flush();

        assertTrue(committed.done(), "V2: no lost wake-up");
        assertFalse(all.done());
    }

    @Test
    void aMarkerWakesEvenWhenItIsVisibleBeforeItIsFlushed() {
        write(7, 0, "x".repeat(3_000));
        var committed = new FetchWait(2_000, Isolation.READ_COMMITTED);
        end(7, true);
        assertTrue(partition.await(committed, committed(0)));
        partition.append(
                Batches.plain().of(1_000_000, "takes the marker along"),
                false,
                Origin.TRANSACTIONAL_CLIENT);

        assertTrue(committed.done(), "V2: no lost wake-up");
    }

    @Test
    void aReadBeforeTheMarkerDoesNotWait() {
        write(7, 0, "a");
        PartitionRead seen = committed(0);
        end(7, true);
        flush();

        assertFalse(partition.await(new FetchWait(1, Isolation.READ_COMMITTED), seen));
    }

    @Test
    void markersAreFencedByTheLeaderEpochAndTheInSyncSet() {
        var marker = new TransactionMarker(7, (short) 0, 0, true, 1);
        assertEquals(Errors.FENCED_LEADER_EPOCH, refusal(partition.append(2, marker)));
        partition.assume(
                new ReplicaRole.Leader(3, 1, List.of(1), List.of(2)), 2, LogSettings.DEFAULTS);
        assertEquals(Errors.NOT_ENOUGH_REPLICAS, refusal(partition.append(-1, marker)));
        partition.assume(new ReplicaRole.Follower(4, 2), 1, LogSettings.DEFAULTS);
        assertEquals(Errors.NOT_LEADER_OR_FOLLOWER, refusal(partition.append(-1, marker)));
        assertEquals(
                new Verification.Refused(Errors.NOT_LEADER_OR_FOLLOWER),
                partition.verification(7, (short) 0, 0, false));
    }

    private static Errors refusal(AppendResult result) {
        return assertInstanceOf(AppendResult.Refused.class, result).error();
    }
}
