package dev.millrace.engine.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.testing.Batches;
import dev.millrace.engine.testing.HeapStorage;
import dev.millrace.engine.testing.ManualEnv;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.junit.jupiter.api.Test;

/// Rolling, retention, deletion, epochs, what followers append, how little a clean start touches.
class LogHousekeepingTest {
    private static final TopicPartition NAME = new TopicPartition("t", 0);
    private static final long NOW = 1_700_000_000_000L;

    private final ManualEnv env = new ManualEnv(NOW, 1);
    private final HeapStorage disk = new HeapStorage();

    private Log open(OpenMode mode, String... settings) throws IOException {
        Map<String, String> topic = new TreeMap<>();
        for (int i = 0; i < settings.length; i += 2) {
            topic.put(settings[i], settings[i + 1]);
        }
        return Log.open(env, disk, NAME, LogSettings.from(topic), mode);
    }

    private static void append(Log log, long timestampMs) throws IOException {
        assertInstanceOf(
                AppendResult.Appended.class,
                log.append(Batches.plain().of(timestampMs, "v".repeat(100)), 0, Origin.CLIENT));
    }

    private long files(String suffix) {
        return disk.files().stream().filter(f -> f.endsWith(suffix)).count();
    }

    @Test
    void rollsByTheRecordsOwnTime() throws IOException {
        Log log = open(OpenMode.CLEAN, "segment.ms", "1000");
        append(log, NOW - 5000);
        append(log, NOW - 4000);
        assertEquals(1, files(".log"), "1000 ms after the first is not older than 1000 ms");
        append(log, NOW - 3999);
        assertEquals(2, files(".log"));
        assertTrue(disk.exists(LogFiles.of(2, LogFiles.LOG)));
    }

    @Test
    void jitterSpreadsTheRolls() throws IOException {
        Log log = open(OpenMode.CLEAN, "segment.ms", "1000", "segment.jitter.ms", "1000");
        append(log, NOW);
        int at = 0;
        while (files(".log") == 1 && at <= 1001) {
            append(log, NOW + ++at);
        }
        assertTrue(at > 0 && at <= 1000, "rolled after " + at + " ms");
    }

    @Test
    void retentionByTime() throws IOException {
        Log log = open(OpenMode.CLEAN, "segment.bytes", "400", "retention.ms", "1000");
        for (int i = 0; i < 10; i++) {
            append(log, NOW - 2000 + i * 200L);
        }
        long before = files(".log");
        assertEquals(0, log.applyRetention(NOW, 0), "nothing beyond the high watermark goes");
        int removed = log.applyRetention(NOW, log.logEnd());
        assertTrue(removed > 0 && removed < before);
        assertEquals(before - removed, files(".log"));
        assertEquals(removed, files(".deleted"));
        assertInstanceOf(ReadResult.OutOfRange.class, log.read(0, 10, 1, true));
        assertInstanceOf(ReadResult.Found.class, log.read(log.logStart(), 10, 1, true));
        env.advance(60_000);
        assertEquals(0, files(".deleted"));
        assertEquals(removed, env.work().size());
    }

    @Test
    void anExpiredActiveSegmentIsSealedAndDeleted() throws IOException {
        Log log = open(OpenMode.CLEAN, "retention.ms", "1000");
        append(log, NOW - 5000);
        assertEquals(1, log.applyRetention(NOW, 1));
        assertEquals(1, log.logStart());
        assertEquals(1, log.logEnd());
        append(log, NOW);
        assertEquals(2, log.logEnd());
    }

    @Test
    void retentionBySize() throws IOException {
        Log log = open(OpenMode.CLEAN, "segment.bytes", "400", "retention.bytes", "1000");
        for (int i = 0; i < 20; i++) {
            append(log, NOW);
        }
        log.applyRetention(NOW, log.logEnd());
        assertTrue(log.size() >= 1000 && log.size() < 1400, () -> log.size() + " bytes are left");
        Log compacted = open(OpenMode.CLEAN, "cleanup.policy", "compact", "retention.bytes", "1");
        assertEquals(0, compacted.deletableSegments(NOW, 20));
    }

    @Test
    void aReadThatHasBegunOutlivesTheSegment() throws IOException {
        Log log = open(OpenMode.CLEAN, "segment.bytes", "400", "file.delete.delay.ms", "500");
        for (int i = 0; i < 10; i++) {
            append(log, NOW);
        }
        var found = assertInstanceOf(ReadResult.Found.class, log.read(0, 10, 1000, true));
        log.raiseLogStart(9);
        env.advance(499);
        assertEquals(0, found.records().load().batches().iterator().next().baseOffset());
        assertTrue(files(".deleted") > 0);
        env.advance(1);
        assertEquals(0, files(".deleted"));
    }

    @Test
    void whatWasLeftUndeletedGoesAtTheNextStart() throws IOException {
        Log log = open(OpenMode.CLEAN, "segment.bytes", "400");
        for (int i = 0; i < 10; i++) {
            append(log, NOW);
        }
        log.raiseLogStart(9);
        log.close();
        assertTrue(files(".deleted") > 0);
        open(OpenMode.CLEAN).close();
        assertEquals(0, files(".deleted"));
    }

    @Test
    void epochsAnswerAsKip320Says() throws IOException {
        Log log = open(OpenMode.CLEAN);
        assertEquals(EpochEnd.UNKNOWN, log.endOffsetForEpoch(0));
        log.append(Batches.plain().of(NOW, "a", "b"), 2, Origin.CLIENT);
        log.append(Batches.plain().of(NOW, "c"), 5, Origin.CLIENT);
        log.assignEpoch(7);
        log.append(Batches.plain().of(NOW, "d"), 7, Origin.CLIENT);
        assertEquals(new EpochEnd(1, 0), log.endOffsetForEpoch(1));
        assertEquals(new EpochEnd(2, 2), log.endOffsetForEpoch(2));
        assertEquals(new EpochEnd(2, 2), log.endOffsetForEpoch(4));
        assertEquals(new EpochEnd(5, 3), log.endOffsetForEpoch(6));
        assertEquals(new EpochEnd(7, 4), log.endOffsetForEpoch(7));
        assertEquals(EpochEnd.UNKNOWN, log.endOffsetForEpoch(8));
        log.truncateTo(3);
        assertEquals(5, log.latestEpoch());
        assertEquals(new EpochEnd(5, 3), log.endOffsetForEpoch(5));
    }

    @Test
    void followersTakeOffsetsAndEpochsAsTheyAre() throws IOException {
        Log log = open(OpenMode.CLEAN);
        MemoryRecords first = Batches.plain().at(10, 3).of(NOW, "a", "b");
        assertEquals(new AppendResult.Appended(10, 11, -1), log.appendAsFollower(first));
        MemoryRecords gap = Batches.plain().at(20, 4).of(NOW, "c");
        assertEquals(new AppendResult.Appended(20, 20, -1), log.appendAsFollower(gap));
        assertEquals(21, log.logEnd());
        assertEquals(new EpochEnd(3, 20), log.endOffsetForEpoch(3));
        for (MemoryRecords wrong :
                new MemoryRecords[] {
                    Batches.plain().at(20, 4).of(NOW, "again"),
                    Batches.plain().at(21, 3).of(NOW, "old epoch")
                }) {
            var refused = assertInstanceOf(AppendResult.Refused.class, log.appendAsFollower(wrong));
            assertEquals(Errors.CORRUPT_MESSAGE, refused.error());
        }
        // Reading an offset in the gap finds the batch behind it.
        var found = assertInstanceOf(ReadResult.Found.class, log.read(15, 21, 1, true));
        assertEquals(20, found.records().load().batches().iterator().next().baseOffset());
    }

    @Test
    void offsetsTooFarForOneSegmentGetAnother() throws IOException {
        Log log = open(OpenMode.CLEAN);
        log.appendAsFollower(Batches.plain().at(5_000_000_000L, 0).of(NOW, "a"));
        log.appendAsFollower(Batches.plain().at(9_000_000_000L, 0).of(NOW, "b"));
        assertTrue(disk.exists(LogFiles.of(5_000_000_000L, LogFiles.LOG)));
        assertTrue(disk.exists(LogFiles.of(9_000_000_000L, LogFiles.LOG)));
        assertInstanceOf(ReadResult.Found.class, log.read(5_000_000_001L, 9_000_000_001L, 1, true));
    }

    @Test
    void startsAnewAtAnyOffset() throws IOException {
        Log log = open(OpenMode.CLEAN);
        append(log, NOW);
        log.truncateFullyAndStartAt(700);
        assertEquals(700, log.logStart());
        assertEquals(700, log.logEnd());
        assertEquals(-1, log.latestEpoch());
        append(log, NOW);
        log.closeDirty();
        Log again = open(OpenMode.recover(0));
        assertEquals(700, again.logStart());
        assertEquals(701, again.logEnd());
    }

    @Test
    void aCleanStartOpensNoSegment() throws IOException {
        Log log = open(OpenMode.CLEAN, "segment.bytes", "400");
        for (int i = 0; i < 100; i++) {
            append(log, NOW);
        }
        log.close();
        int before = disk.opened();
        Log again = open(OpenMode.CLEAN, "segment.bytes", "400");
        assertEquals(100, again.logEnd());
        int opened = disk.opened() - before;
        assertTrue(opened <= 2, () -> opened + " files opened: epochs and snapshot are enough");
    }

    @Test
    void aClosedLogIsNotUsed() throws IOException {
        Log log = open(OpenMode.CLEAN);
        log.close();
        log.close();
        assertThrows(IllegalStateException.class, () -> append(log, NOW));
    }

    /// Nothing is cut before the mark is there: with room on the disk the follower goes on.
    @Test
    void aTruncationThatCannotBeNotedIsTriedAgain() throws IOException {
        Log log = open(OpenMode.CLEAN);
        for (int i = 0; i < 3; i++) {
            append(log, NOW);
        }
        FlushPlan flush = log.planFlush();
        flush.run();
        log.flushed(flush);
        disk.failWrites(file -> file.startsWith(LogFiles.TRUNCATION_POINT));

        assertThrows(IOException.class, () -> log.truncateTo(1));
        assertThrows(IOException.class, () -> log.truncateFullyAndStartAt(1));

        assertEquals(3, log.logEnd());
        append(log, NOW);
        disk.failWrites(_ -> false);
        log.truncateTo(1);
        assertEquals(1, log.logEnd());
        log.close();
    }
}
