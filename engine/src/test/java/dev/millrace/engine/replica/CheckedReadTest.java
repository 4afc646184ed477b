package dev.millrace.engine.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.env.Turn;
import dev.millrace.engine.log.AppendResult;
import dev.millrace.engine.log.Log;
import dev.millrace.engine.log.LogSettings;
import dev.millrace.engine.log.OpenMode;
import dev.millrace.engine.log.Origin;
import dev.millrace.engine.testing.Batches;
import dev.millrace.engine.testing.HeapStorage;
import dev.millrace.engine.testing.ManualEnv;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What a partition answers about records that a clean stop has left and a disk has changed.
final class CheckedReadTest {
    private static final TopicPartition NAME = new TopicPartition("t", 0);
    private static final String SEGMENT = "00000000000000000000.log";

    private final ManualEnv env = new ManualEnv(1_000_000, 1);
    private final HeapStorage disk = new HeapStorage();
    private final CountedTurn turn = new CountedTurn(env.newTurn("t-0"));
    private int batchBytes;

    /// Counts how often the partition was taken.
    private static final class CountedTurn implements Turn {
        private final Turn turn;
        private int taken;

        CountedTurn(Turn turn) {
            this.turn = turn;
        }

        @Override
        public <T> T take(Supplier<T> action) {
            taken++;
            return turn.take(action);
        }

        @Override
        public boolean held() {
            return turn.held();
        }
    }

    @BeforeEach
    void write() throws IOException {
        Log log = Log.open(env, disk, NAME, LogSettings.DEFAULTS, OpenMode.CLEAN);
        for (int i = 0; i < 5; i++) {
            log.append(Batches.plain().of(1_000, "value"), 3, Origin.CLIENT);
        }
        batchBytes = (int) log.size() / 5;
        log.close();
    }

    private Partition opened() throws IOException {
        var directory = new LogDirectory(Uuid.ZERO_UUID, "/data", disk);
        var partition =
                new Partition(
                        NAME,
                        Uuid.randomUuid(),
                        turn,
                        env.workers(),
                        LazyLog.open(
                                Log.open(env, disk, NAME, LogSettings.DEFAULTS, OpenMode.CLEAN)),
                        new DiskReserve(directory, 0, env),
                        LeaderSurroundings.alone(env.clock()),
                        0);
        partition.assume(ReplicaRole.Leader.alone(3, 1), 1, LogSettings.DEFAULTS);
        return partition;
    }

    private void flip(int batch) {
        byte[] bytes = disk.bytes(SEGMENT);
        bytes[batch * batchBytes + 65] ^= 4;
        disk.put(SEGMENT, bytes);
    }

    private static PartitionRead read(Partition partition, long offset) {
        return partition.read(offset, -1, -1, 1 << 20, true, Isolation.READ_UNCOMMITTED);
    }

    @Test
    void whatWasCheckedOnceIsReadInOneTurn() throws IOException {
        Partition partition = opened();
        int before = turn.taken;
        assertEquals(5 * batchBytes, read(partition, 0).records().sizeInBytes());
        assertTrue(turn.taken > before + 1, "planned, noted, planned again");
        before = turn.taken;
        assertEquals(5 * batchBytes, read(partition, 0).records().sizeInBytes());
        assertEquals(before + 1, turn.taken);
        assertEquals(List.of(), partition.lost());
    }

    @Test
    void aDamagedBatchIsCorruptAndItsNeighboursAreServed() throws IOException {
        flip(2);
        Partition partition = opened();
        assertEquals(2 * batchBytes, read(partition, 0).records().sizeInBytes());
        PartitionRead damaged = read(partition, 2);
        assertEquals(Errors.CORRUPT_MESSAGE, damaged.error());
        assertEquals(0, damaged.records().sizeInBytes());
        assertEquals(2 * batchBytes, read(partition, 3).records().sizeInBytes());
        assertEquals(1, partition.lost().size());
        assertEquals(2, partition.lost().getFirst().firstOffset());
        assertFalse(partition.role() instanceof ReplicaRole.Offline);
        assertEquals(5, partition.logEnd());
    }

    @Test
    void aCoordinatorDoesNotLoadOverDamage() throws IOException {
        flip(2);
        Partition partition = opened();
        assertEquals(2 * batchBytes, partition.load(0, 1 << 20).sizeInBytes());
        IOException said = assertThrows(IOException.class, () -> partition.load(2, 1 << 20));
        assertTrue(String.valueOf(said.getMessage()).contains("offsets 2 to 2 are lost"));
    }

    @Test
    void aSearchByTimeDoesNotLookIntoDamage() throws IOException {
        flip(2);
        Partition partition = opened();
        var found =
                partition.ask(
                        -1, (log, bounds) -> Optional.ofNullable(log.offsetForTimestamp(1_001, 5)));
        assertEquals(Errors.NONE, found.error());
        var within = partition.ask(-1, (log, bounds) -> log.firstData(2, 5));
        assertEquals(Errors.CORRUPT_MESSAGE, within.error());
    }

    @Test
    void anErrorOfTheDiskIsToldAndNothingElseStops() throws IOException {
        Partition partition = opened();
        partition.append(Batches.plain().of(1_001, "value"), false, Origin.CLIENT);
        disk.failReads(SEGMENT::equals);
        assertEquals(Errors.KAFKA_STORAGE_ERROR, read(partition, 2).error());
        assertEquals(0, read(partition, 2).records().sizeInBytes());
        var found =
                partition.ask(-1, (log, _) -> Optional.ofNullable(log.offsetForTimestamp(1, 5)));
        assertEquals(Errors.KAFKA_STORAGE_ERROR, found.error());
        assertInstanceOf(
                AppendResult.Appended.class,
                partition.append(Batches.plain().of(1_002, "value"), false, Origin.CLIENT),
                "it is written to");

        disk.failReads(_ -> false);
        assertEquals(5 * batchBytes, read(partition, 2).records().sizeInBytes());
        assertEquals(List.of(), partition.lost(), "an error is not damage");
        assertFalse(partition.role() instanceof ReplicaRole.Offline);
    }
}
