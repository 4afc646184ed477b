package dev.millrace.engine.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.testing.Batches;
import dev.millrace.engine.testing.HeapStorage;
import dev.millrace.engine.testing.ManualEnv;
import java.io.IOException;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/// Others append while a flush syncs: of what they have written it has synced nothing, though it has synced that file.
class RolledWhileFlushingTest {
    private static final TopicPartition NAME = new TopicPartition("t", 0);
    private static final long NOW = 1_700_000_000_000L;

    private final HeapStorage disk = new HeapStorage();
    private final ManualEnv env = new ManualEnv(NOW, 1);

    private static LogSettings settings(String segmentBytes) {
        return LogSettings.from(Map.of("internal.segment.bytes", segmentBytes));
    }

    private static void append(Log log) throws IOException {
        assertInstanceOf(
                AppendResult.Appended.class,
                log.append(Batches.plain().of(NOW, "value"), 0, Origin.CLIENT));
    }

    @Test
    void whatWasAppendedBeforeTheRollIsFlushedNext() throws IOException {
        Log log = Log.open(env, disk, NAME, settings("10000"), OpenMode.CLEAN);
        append(log);
        FlushPlan first = log.planFlush();
        first.run();
        append(log);
        log.settings(settings("100"));
        append(log);
        log.flushed(first);
        assertEquals(1, log.flushedEnd());
        assertTrue(log.sealedUnsynced());

        FlushPlan second = log.planFlush();
        assertEquals(1, second.sealed().size());
        second.run();
        log.flushed(second);

        assertEquals(3, log.flushedEnd());
        assertFalse(log.sealedUnsynced());
        log.close();
    }
}
