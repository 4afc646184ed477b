package dev.millrace.engine.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.millrace.engine.testing.Batches;
import dev.millrace.engine.testing.HeapStorage;
import dev.millrace.engine.testing.ManualEnv;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;

/// Somebody has deleted the caches of a log.
class MissingIndexesTest {
    private static final TopicPartition NAME = new TopicPartition("t", 0);
    private static final long NOW = 1_700_000_000_000L;
    private static final long PRODUCER = 7;

    private final HeapStorage disk = new HeapStorage();
    private final ManualEnv env = new ManualEnv(NOW, 1);

    private static LogSettings settings(String segmentBytes) {
        return LogSettings.from(
                Map.of(
                        "internal.segment.bytes",
                        segmentBytes,
                        "transaction.partition.verification.enable",
                        "false"));
    }

    /// As long as there is no offset index, the next start knows that the index of aborted transactions may be gone, too: when power is lost
    /// while this one makes them anew, the second has to be there first.
    @Test
    void thatOfAbortedTransactionsIsMadeFirst() throws IOException {
        isMadeFirst(5);
    }

    /// The index of a large one is searched, where that of a small one is read whole.
    @Test
    void thatOfAbortedTransactionsIsMadeFirstForALargeSegment() throws IOException {
        isMadeFirst(600_000);
    }

    private void isMadeFirst(int valueBytes) throws IOException {
        Log log = Log.open(env, disk, NAME, settings("10000000"), OpenMode.recover(0));
        append(log, 0, valueBytes);
        append(log, 1, valueBytes);
        assertInstanceOf(
                AppendResult.Appended.class,
                log.append(new TransactionMarker(PRODUCER, (short) 0, 1, false, 1), 0));
        log.settings(settings("200"));
        append(log, 2, 5);
        FlushPlan flush = log.planFlush();
        flush.run();
        log.flushed(flush);
        long recoveryPoint = log.checkpoint();
        log.closeDirty();
        for (String file : List.copyOf(disk.files())) {
            if (file.endsWith("index") || file.endsWith(".snapshot")) {
                disk.delete(file);
            }
        }

        OpenMode mode = OpenMode.recover(recoveryPoint).withLogStart(1);
        log = Log.open(env, disk, NAME, settings("200"), mode);

        assertFalse(disk.exists("00000000000000000000.index"));
        assertEquals(TransactionIndex.ENTRY, disk.bytes("00000000000000000000.txnindex").length);
        assertEquals(1, log.abortedTransactions(1, log.logEnd()).size());
    }

    private static void append(Log log, int sequence, int valueBytes) throws IOException {
        var record = new SimpleRecord(NOW, null, new byte[valueBytes]);
        var batch = Batches.plain().producer(PRODUCER, (short) 0, sequence).transactional();
        assertInstanceOf(
                AppendResult.Appended.class,
                log.append(batch.of(record), 0, Origin.TRANSACTIONAL_CLIENT));
    }
}
