package dev.millrace.engine.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.testing.Batches;
import dev.millrace.engine.testing.HeapStorage;
import dev.millrace.engine.testing.ManualEnv;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.internal.Record;
import org.junit.jupiter.api.Test;

/// Appends, rolls and reads, in memory.
class LogTest {
    private static final TopicPartition NAME = new TopicPartition("t", 0);
    private static final long NOW = 1_700_000_000_000L;

    private final ManualEnv env = new ManualEnv(NOW, 1);
    private final HeapStorage disk = new HeapStorage();

    private Log open(LogSettings settings, OpenMode mode) throws IOException {
        return Log.open(env, disk, NAME, settings, mode);
    }

    private static LogSettings small() {
        return LogSettings.from(Map.of("segment.bytes", "400", "index.interval.bytes", "100"));
    }

    private static long append(Log log, long timestampMs, String... values) throws IOException {
        AppendResult result = log.append(Batches.plain().of(timestampMs, values), 0, Origin.CLIENT);
        return assertInstanceOf(AppendResult.Appended.class, result, result::toString).baseOffset();
    }

    private static List<String> readAll(Log log) throws IOException {
        var values = new ArrayList<String>();
        long next = log.logStart();
        while (next < log.logEnd()) {
            ReadResult result = log.read(next, log.logEnd(), 150, true);
            var found = assertInstanceOf(ReadResult.Found.class, result);
            for (Record record : found.records().load().records()) {
                byte[] value = new byte[record.valueSize()];
                record.value().get(value);
                values.add(record.offset() + ":" + new String(value, StandardCharsets.UTF_8));
            }
            assertTrue(found.nextOffset() > next);
            next = found.nextOffset();
        }
        return values;
    }

    @Test
    void assignsOffsetsOneAfterAnother() throws IOException {
        Log log = open(LogSettings.DEFAULTS, OpenMode.CLEAN);
        assertEquals(0, append(log, NOW, "a", "b"));
        assertEquals(2, append(log, NOW, "c"));
        assertEquals(3, log.logEnd());
        assertEquals(List.of("0:a", "1:b", "2:c"), readAll(log));
    }

    @Test
    void theInternalSegmentSizeGoesBeforeTheOrdinaryOne() throws IOException {
        var settings = Map.of("segment.bytes", "1048576", "internal.segment.bytes", "100");
        assertEquals(100, LogSettings.from(settings).segmentBytes());
        Log log = open(LogSettings.from(settings), OpenMode.CLEAN);
        append(log, NOW, "a");
        append(log, NOW, "b");
        assertEquals(
                List.of("00000000000000000000.log", "00000000000000000001.log"),
                disk.files().stream().filter(name -> name.endsWith(".log")).toList());
    }

    @Test
    void readsOverManySegments() throws IOException {
        Log log = open(small(), OpenMode.CLEAN);
        var wanted = new ArrayList<String>();
        for (int i = 0; i < 100; i++) {
            append(log, NOW + i, "v" + i);
            wanted.add(i + ":v" + i);
        }
        assertEquals(wanted, readAll(log));
        for (int i = 0; i < 100; i++) {
            var found = assertInstanceOf(ReadResult.Found.class, log.read(i, 100, 1, true));
            assertEquals(i + 1, found.nextOffset());
        }
        assertInstanceOf(ReadResult.OutOfRange.class, log.read(101, 101, 1, true));
        assertInstanceOf(ReadResult.Empty.class, log.read(100, 101, 1, true));
        assertInstanceOf(ReadResult.Empty.class, log.read(50, 50, 1000, true));
        for (int i = 0; i < 100; i++) {
            assertEquals(new TimestampOffset(NOW + i, i, 0), log.offsetForTimestamp(NOW + i, 100));
        }
        assertNull(log.offsetForTimestamp(NOW + 100, 100));
        assertEquals(new TimestampOffset(NOW + 99, 99, 0), log.maxTimestamp(100));
        assertEquals(new TimestampOffset(NOW + 49, 49, 0), log.maxTimestamp(50));
    }

    /// Ten thousand partitions that nobody writes to are closed without ten thousand times seven syncs.
    @Test
    void closingALogThatWasNotTouchedWritesNothing() throws IOException {
        Log log = open(small(), OpenMode.CLEAN);
        append(log, NOW, "a", "b");
        log.close();
        Log untouched = open(small(), OpenMode.CLEAN);
        untouched.assignEpoch(4); // its leader was restarted
        int opened = disk.opened();
        untouched.checkpoint();
        untouched.close();
        assertEquals(opened, disk.opened());
    }

    @Test
    void anEpochIsWrittenOnceItHasARecord() throws IOException {
        Log log = open(small(), OpenMode.CLEAN);
        append(log, NOW, "a");
        log.checkpoint();
        log.assignEpoch(4);
        log.checkpoint();
        assertEquals("0\n1\n0 0\n", epochsOnDisk());
        log.close();
        log = open(small(), OpenMode.CLEAN);
        log.assignEpoch(4);
        log.append(Batches.plain().of(NOW, "b"), 4, Origin.CLIENT);
        log.checkpoint();
        assertEquals("0\n2\n0 0\n4 1\n", epochsOnDisk());
    }

    /// Each clean close leaves one; the next start needs the newest, and those with which a segment begins.
    @Test
    void snapshotsOfEarlierStopsGo() throws IOException {
        for (int i = 0; i < 5; i++) {
            Log log = open(LogSettings.DEFAULTS, OpenMode.CLEAN);
            append(log, NOW, "v" + i);
            log.close();
        }
        open(LogSettings.DEFAULTS, OpenMode.CLEAN).close();
        assertEquals(List.of("00000000000000000005"), bases(LogFiles.SNAPSHOT));
        Log log = open(small(), OpenMode.CLEAN);
        for (int i = 5; i < 30; i++) {
            append(log, NOW, "v" + i);
        }
        log.close();
        List<String> segments = bases(LogFiles.LOG);
        List<String> wanted = new ArrayList<>(bases(LogFiles.SNAPSHOT));
        String newest = wanted.removeLast();
        wanted.retainAll(segments);
        wanted.add(newest);
        assertTrue(wanted.size() > 3, wanted::toString);

        open(small(), OpenMode.CLEAN).close();

        assertEquals(wanted, bases(LogFiles.SNAPSHOT));
    }

    /// Names without the end, of the files with that end.
    private List<String> bases(String end) {
        return disk.files().stream()
                .filter(file -> file.endsWith(end))
                .map(file -> file.substring(0, file.length() - end.length()))
                .sorted()
                .toList();
    }

    private String epochsOnDisk() {
        return new String(disk.bytes(LogFiles.LEADER_EPOCHS), StandardCharsets.UTF_8);
    }

    @Test
    void whatWasTouchedIsWrittenWhenItIsClosedAgain() throws IOException {
        Log log = open(small(), OpenMode.CLEAN);
        append(log, NOW, "a", "b");
        log.close();
        Log cut = open(small(), OpenMode.CLEAN);
        cut.truncateTo(0);
        append(cut, NOW, "c");
        append(cut, NOW, "d");
        cut.close();
        Log again = open(small(), OpenMode.CLEAN);
        assertEquals(List.of("0:c", "1:d"), readAll(again));
    }

    @Test
    void opensAgainAfterCleanCloseAndAfterACrash() throws IOException {
        Log log = open(small(), OpenMode.CLEAN);
        for (int i = 0; i < 50; i++) {
            append(log, NOW + i, "v" + i);
        }
        List<String> all = readAll(log);
        log.close();
        Log clean = open(small(), OpenMode.CLEAN);
        assertEquals(50, clean.logEnd());
        assertEquals(all, readAll(clean));
        append(clean, NOW, "more");
        clean.closeDirty();
        Log recovered = open(small(), OpenMode.recover(0));
        assertEquals(51, recovered.logEnd());
        recovered.closeDirty();
        Log fromPoint = open(small(), OpenMode.recover(50));
        assertEquals(51, fromPoint.logEnd());
        all.add("50:more");
        assertEquals(all, readAll(fromPoint));
    }
}
