package dev.millrace.engine.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.testing.Batches;
import dev.millrace.engine.testing.HeapStorage;
import dev.millrace.engine.testing.ManualEnv;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.internal.Record;
import org.junit.jupiter.api.Test;

/// A disk that gives an error for one read, or for all from one on: whoever asks gets the error or what was written, never anything
/// else, and nothing of the error stays when the disk reads again.
class ReadErrorTest {
    private static final TopicPartition NAME = new TopicPartition("t", 0);
    private static final long NOW = 1_700_000_000_000L;
    private static final int BATCHES = 20;
    private static final LogSettings SETTINGS =
            LogSettings.from(Map.of("segment.bytes", "600", "index.interval.bytes", "100"));

    private final ManualEnv env = new ManualEnv(NOW, 1);

    /// Value by offset.
    private final TreeMap<Long, String> written = new TreeMap<>();

    /// Of the reads that were made.
    private int reads;

    private HeapStorage disk = new HeapStorage();

    @Test
    void anErrorAfterACleanStopIsToldAndForgotten() throws IOException {
        everyRead(OpenMode.CLEAN, true);
    }

    @Test
    void anErrorInARecoveryIsToldAndForgotten() throws IOException {
        everyRead(OpenMode.recover(13), false);
    }

    @Test
    void anErrorWhileCachesAreMadeAnewIsToldAndForgotten() throws IOException {
        write(true);
        for (String file : disk.files()) {
            if (file.endsWith("index")) {
                disk.put(file, new byte[] {1, 2, 3});
            }
        }
        disk.put(LogFiles.LEADER_EPOCHS, new byte[] {1, 2, 3});
        everyRead(OpenMode.CLEAN);
    }

    private void everyRead(OpenMode mode, boolean closed) throws IOException {
        write(closed);
        everyRead(mode);
    }

    private void everyRead(OpenMode mode) throws IOException {
        HeapStorage original = disk;
        disk = copy(original);
        assertEquals(0, session(mode, Integer.MAX_VALUE, false), "without an error there is none");
        int all = reads;
        assertTrue(all > 100, all + " reads");
        int errors = 0;
        for (int at = 0; at < all; at++) {
            for (boolean forGood : new boolean[] {false, true}) {
                disk = copy(original);
                errors += session(mode, at, forGood);
                disk.failReads(_ -> false);
                assertEquals(logs(original), logs(disk), "read " + at + ": nothing was cut");
                assertEquals(0, session(mode, Integer.MAX_VALUE, false), "it reads again");
            }
        }
        assertTrue(errors > all, errors + " errors were told");
    }

    /// Opens the log, asks it for everything, twice.
    ///
    /// @param failing the read that fails
    /// @param forGood so do all behind it
    /// @return how often an error was told
    private int session(OpenMode mode, int failing, boolean forGood) throws IOException {
        reads = 0;
        disk.failReads(_ -> forGood ? reads++ >= failing : reads++ == failing);
        int errors = 0;
        Log log;
        try {
            log = Log.open(env, disk, NAME, SETTINGS, mode);
        } catch (IOException failed) {
            notCorrupt(failed);
            return 1;
        }
        assertEquals(BATCHES * 2L, log.logEnd());
        for (int round = 0; round < 2; round++) {
            for (long offset : written.keySet()) {
                errors += read(log, offset);
            }
            for (int i = 0; i < BATCHES; i += 7) {
                errors += search(log, i);
            }
        }
        assertEquals(List.of(), log.lost(), "nothing is lost");
        log.closeDirty();
        return errors;
    }

    private int read(Log log, long offset) {
        try {
            ReadResult result = log.read(offset, log.logEnd(), 200, true);
            var found = assertInstanceOf(ReadResult.Found.class, result, "at " + offset);
            assertFalse(values(found, offset).isEmpty());
            values(found, offset).forEach((at, value) -> assertEquals(written.get(at), value));
            return 0;
        } catch (IOException failed) {
            return notCorrupt(failed);
        }
    }

    private int search(Log log, int batch) {
        try {
            TimestampOffset found = log.offsetForTimestamp(NOW + batch, log.logEnd());
            assertEquals(new TimestampOffset(NOW + batch, 2L * batch, batch / 5), found);
            return 0;
        } catch (IOException failed) {
            return notCorrupt(failed);
        }
    }

    /// Damage would be told for good; an error is not damage.
    private static int notCorrupt(IOException failed) {
        assertFalse(failed instanceof CorruptLogException, failed::toString);
        assertTrue(String.valueOf(failed.getMessage()).contains("error"), failed::toString);
        return 1;
    }

    private static Map<Long, String> values(ReadResult.Found found, long from) throws IOException {
        Map<Long, String> values = new TreeMap<>();
        for (Record record : found.records().load().records()) {
            if (record.offset() >= from) {
                values.put(
                        record.offset(), StandardCharsets.UTF_8.decode(record.value()).toString());
            }
        }
        return values;
    }

    private void write(boolean closed) throws IOException {
        Log log = Log.open(env, disk, NAME, SETTINGS, OpenMode.CLEAN);
        for (int i = 0; i < BATCHES; i++) {
            String first = "first of " + i;
            String second = "second of " + i;
            var result =
                    log.append(Batches.plain().of(NOW + i, first, second), i / 5, Origin.CLIENT);
            long base = assertInstanceOf(AppendResult.Appended.class, result).baseOffset();
            written.put(base, first);
            written.put(base + 1, second);
        }
        if (closed) {
            log.close();
        } else {
            FlushPlan plan = log.planFlush();
            plan.run();
            log.flushed(plan);
            log.checkpoint();
            log.closeDirty();
        }
    }

    private static HeapStorage copy(HeapStorage from) {
        var to = new HeapStorage();
        from.files().forEach(name -> to.put(name, from.bytes(name)));
        return to;
    }

    /// Their bytes, as a text that can be compared.
    private static List<String> logs(HeapStorage of) {
        List<String> all = new ArrayList<>();
        for (String name : of.files()) {
            if (name.endsWith(".log")) {
                all.add(name + " " + Arrays.hashCode(of.bytes(name)));
            }
        }
        return all;
    }
}
