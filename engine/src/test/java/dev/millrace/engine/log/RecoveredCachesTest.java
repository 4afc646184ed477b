package dev.millrace.engine.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.testing.Batches;
import dev.millrace.engine.testing.HeapStorage;
import dev.millrace.engine.testing.ManualEnv;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What an opening after a crash does with the indexes and snapshots that it finds. The log: ten batches of one record in one
/// segment, closed cleanly; the one at offset 4 has the greatest timestamp.
class RecoveredCachesTest {
    private static final TopicPartition NAME = new TopicPartition("t", 0);
    private static final long NOW = 1_700_000_000_000L;
    private static final long GREATEST = 4;
    private static final LogSettings SETTINGS =
            LogSettings.from(Map.of("index.interval.bytes", "100"));
    private static final String TIMES = LogFiles.of(0, LogFiles.TIME_INDEX);

    private final HeapStorage disk = new HeapStorage();

    @BeforeEach
    void write() throws IOException {
        Log log = open(OpenMode.CLEAN);
        for (int i = 0; i < 10; i++) {
            append(log, Batches.plain().producer(7, 0, i), i == GREATEST ? NOW + 1_000 : NOW + i);
        }
        log.close();
    }

    private Log open(OpenMode mode) throws IOException {
        return Log.open(new ManualEnv(NOW, 1), disk, NAME, SETTINGS, mode);
    }

    private static void append(Log log, Batches batch, long timestampMs) throws IOException {
        assertInstanceOf(
                AppendResult.Appended.class,
                log.append(batch.of(timestampMs, "v".repeat(50)), 0, Origin.CLIENT));
    }

    /// One true entry, from which it looks as if nothing were newer: a power loss can leave it so.
    private void loseEntries() {
        disk.put(
                TIMES,
                ByteBuffer.allocate(SegmentIndex.TIME_ENTRY).putLong(NOW + 9).putInt(9).array());
    }

    private static long greatest(Log log) throws IOException {
        return Objects.requireNonNull(log.maxTimestamp(log.logEnd())).offset();
    }

    @Test
    void anIndexThatARecoveryFindsIsNotBelieved() throws IOException {
        loseEntries();
        assertEquals(GREATEST, greatest(open(OpenMode.recover(8))));
    }

    @Test
    void norIsItAfterTheNextCleanStop() throws IOException {
        loseEntries();
        open(OpenMode.recover(8)).close();
        assertEquals(GREATEST, greatest(open(OpenMode.CLEAN)));
    }

    @Test
    void norWhenTheLogHasGrownMeanwhile() throws IOException {
        loseEntries();
        Log log = open(OpenMode.recover(8));
        append(log, Batches.plain(), NOW + 10);
        log.close();
        assertEquals(GREATEST, greatest(open(OpenMode.CLEAN)));
    }

    @Test
    void norAfterASecondCrash() throws IOException {
        loseEntries();
        Log log = open(OpenMode.recover(8));
        append(log, Batches.plain(), NOW + 10);
        log.closeDirty();
        assertEquals(GREATEST, greatest(open(OpenMode.recover(10))));
    }

    @Test
    void nothingIsDeletedThatIsRightOrWrittenAgainAnyway() throws IOException {
        List<String> found = disk.files();
        Log log = open(OpenMode.recover(10));
        assertEquals(10, log.logEnd());
        assertEquals(found, disk.files());
    }

    @Test
    void aSnapshotUpToTheRecoveryPointTellsOfTheProducers() throws IOException {
        Log log = open(OpenMode.CLEAN);
        append(log, Batches.plain().producer(7, 0, 10), NOW + 10);
        log.closeDirty();
        Log recovered = open(OpenMode.recover(10));
        assertEquals(
                List.of(10),
                recovered.producers().stream().map(ProducerState::lastSequence).toList());
        assertTrue(disk.exists(LogFiles.of(10, LogFiles.SNAPSHOT)));
    }

    @Test
    void aSnapshotAboveTheRecoveryPointIsNotBelieved() throws IOException {
        open(OpenMode.recover(5));
        assertFalse(disk.exists(LogFiles.of(10, LogFiles.SNAPSHOT)));
    }
}
