package dev.millrace.engine.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.millrace.engine.testing.Batches;
import dev.millrace.engine.testing.HeapStorage;
import dev.millrace.engine.testing.ManualEnv;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;

/// A segment that was rolled right behind the checkpointed recovery point: its batches were synced by then, its indexes were not.
class RolledAfterCheckpointTest {
    private static final TopicPartition NAME = new TopicPartition("t", 0);
    private static final int TIME_ENTRY = 12;
    private static final long NOW = 1_700_000_000_000L;

    private final HeapStorage disk = new HeapStorage();
    private final ManualEnv env = new ManualEnv(NOW, 1);

    private static LogSettings settings(String segmentBytes) {
        return LogSettings.from(
                Map.of("internal.segment.bytes", segmentBytes, "index.interval.bytes", "1"));
    }

    private static void append(Log log, long timestampMs) throws IOException {
        var record = new SimpleRecord(timestampMs, null, Batches.bytes("value"));
        assertInstanceOf(
                AppendResult.Appended.class,
                log.append(Batches.plain().of(record), 0, Origin.CLIENT));
    }

    /// Of the time index only its first entry was on the disk: it looks right, as the last batch is older than that entry.
    @Test
    void itsTimeIndexIsNotBelieved() throws IOException {
        Log log = Log.open(env, disk, NAME, settings("10000"), OpenMode.recover(0));
        append(log, NOW + 210);
        append(log, NOW + 205);
        append(log, NOW + 300);
        append(log, NOW + 200);
        FlushPlan flush = log.planFlush();
        flush.run();
        log.flushed(flush);
        long recoveryPoint = log.checkpoint();
        log.settings(settings("100"));
        append(log, NOW + 100);
        assertEquals(4, recoveryPoint);
        log.closeDirty();
        String rolled = "00000000000000000000.timeindex";
        assertEquals(2 * TIME_ENTRY, disk.bytes(rolled).length);
        disk.put(rolled, Arrays.copyOf(disk.bytes(rolled), TIME_ENTRY));

        log = Log.open(env, disk, NAME, settings("100"), OpenMode.recover(recoveryPoint));

        var greatest = new TimestampOffset(NOW + 300, 2, 0);
        assertEquals(greatest, log.maxTimestamp(log.logEnd()));
        assertEquals(greatest, log.offsetForTimestamp(NOW + 250, log.logEnd()));
    }
}
