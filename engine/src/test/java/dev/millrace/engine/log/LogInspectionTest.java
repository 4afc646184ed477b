package dev.millrace.engine.log;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.testing.Batches;
import dev.millrace.engine.testing.HeapStorage;
import dev.millrace.engine.testing.ManualEnv;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.CRC32C;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/// Logs that the broker tests do not make: with holes, with several damages, large ones.
final class LogInspectionTest {
    private static final TopicPartition NAME = new TopicPartition("t", 0);
    private static final LogSettings SETTINGS =
            LogSettings.from(Map.of("segment.bytes", "1500", "index.interval.bytes", "200"));
    private static final String FIRST = "00000000000000000000.log";

    private final HeapStorage disk = new HeapStorage();

    /// Batches of ten offsets; every third leaves a hole of as many, or of one, where asked for.
    private void write(int batches, int hole) throws IOException {
        Log log = Log.open(new ManualEnv(1_000, 1), disk, NAME, SETTINGS, OpenMode.CLEAN);
        long offset = 0;
        for (int i = 0; i < batches; i++) {
            offset += i % 3 == 2 ? hole : 0;
            var batch = Batches.plain().at(offset, 3).of(1_000 + i, "a", "b", "c" + i);
            log.appendAsFollower(batch);
            offset += 3;
        }
        log.close();
    }

    private List<Finding> inspect(long holesBelow) throws IOException {
        var facts = new LogFacts(NAME, SETTINGS, true, -1, 0, 0, 3, holesBelow, 0);
        return LogInspection.of(disk, facts, _ -> {}, null).findings();
    }

    @Test
    void holesOfACompactionAreNoDamage() throws IOException {
        for (int hole : new int[] {1, 2, 10, 64}) {
            disk.files().forEach(disk::delete);
            write(40, hole);
            assertEquals(List.of(), inspect(Long.MAX_VALUE), "hole of " + hole);
            // Of one that was never compacted they are worth a word, and nothing is "put right".
            assertTrue(
                    inspect(0).stream().allMatch(f -> f.weight() != Finding.Weight.WRONG),
                    () -> "hole of " + hole);
        }
    }

    @Test
    void everyBitOfABatchIsMended() throws IOException {
        write(4, 0);
        byte[] right = disk.bytes(FIRST);
        int batch = right.length / 4;
        for (int bit = batch * 8; bit < 2 * batch * 8; bit++) {
            byte[] wrong = right.clone();
            wrong[bit / 8] ^= (byte) (1 << bit % 8);
            disk.put(FIRST, wrong);
            disk.delete(FIRST + "." + batch + ".damaged");
            int at = bit;
            List<Finding> found = inspect(0);
            assertEquals(1, found.size(), () -> "bit " + at + ": " + found);
            run(found);
            assertArrayEquals(right, disk.bytes(FIRST), () -> "bit " + at + ": " + found);
        }
    }

    private static void run(List<Finding> found) throws IOException {
        for (Finding finding : found) {
            Mend mend = finding.mend();
            assertTrue(mend != null, finding::toString);
            mend.step().run();
        }
    }

    @Test
    void twoWrongBitsOfOneBatchAreLostAndTold() throws IOException {
        write(4, 0);
        byte[] wrong = disk.bytes(FIRST);
        int batch = wrong.length / 4;
        wrong[batch + 70] ^= 1;
        wrong[batch + 75] ^= 1;
        disk.put(FIRST, wrong);
        Finding.Lost lost = inspect(0).getFirst().lost();
        assertTrue(lost != null);
        assertEquals(new Finding.Lost(3, 5, batch, batch, 1_000, 1_002), lost);
    }

    @Test
    void severalBatchesOfOneSegmentAreMendedTogether() throws IOException {
        write(4, 0);
        byte[] right = disk.bytes(FIRST);
        byte[] wrong = right.clone();
        for (int i = 0; i < 4; i++) {
            wrong[i * right.length / 4 + 20 * i] ^= 2;
        }
        disk.put(FIRST, wrong);
        List<Finding> found = inspect(0);
        assertEquals(4, found.size(), found::toString);
        run(found.subList(0, 1));
        assertArrayEquals(right, disk.bytes(FIRST));
    }

    @Test
    void theChecksumTellsWhichBit() {
        var random = new Random(1);
        for (int size : new int[] {1, 7, 100, 70_000}) {
            byte[] bytes = new byte[size];
            random.nextBytes(bytes);
            int before = crc(bytes);
            int bit = random.nextInt(size * 8);
            bytes[bit / 8] ^= (byte) (1 << bit % 8);
            assertEquals(bit, SingleBit.find(before ^ crc(bytes), size));
        }
    }

    private static int crc(byte[] bytes) {
        var crc = new CRC32C();
        crc.update(bytes);
        return (int) crc.getValue();
    }
}
