package dev.millrace.engine.log;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.testing.Batches;
import dev.millrace.engine.testing.HeapStorage;
import dev.millrace.engine.testing.ManualEnv;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// One bit of a partition's directory flips while nobody looks. What is served afterwards is what was written, what is lost is said,
/// and every file that can be made anew is. `-Dmillrace.flips=N` flips more.
class BitFlipTest {
    private static final int FLIPS = Integer.getInteger("millrace.flips", 1_000);
    private static final TopicPartition NAME = new TopicPartition("t", 0);
    private static final long NOW = 1_700_000_000_000L;
    private static final LogSettings SETTINGS =
            LogSettings.from(
                    Map.of(
                            "segment.bytes",
                            "4000",
                            "index.interval.bytes",
                            "300",
                            "transaction.partition.verification.enable",
                            "false"));

    private final Map<String, byte[]> written = new TreeMap<>();
    private final List<Batch> batches = new ArrayList<>();
    private String known = "";
    private int refused;
    private int lost;
    private int whole;

    /// One batch that was written, where it lies.
    private record Batch(
            String file, long position, int size, long first, long last, long timestamp) {}

    private void write() throws IOException {
        var disk = new HeapStorage();
        var random = new Random(5);
        Log log = Log.open(new ManualEnv(NOW, 1), disk, NAME, SETTINGS, OpenMode.CLEAN);
        int epoch = 0;
        int[] sequences = new int[4];
        for (int i = 0; i < 160; i++) {
            if (random.nextInt(12) == 0) {
                epoch += 1 + random.nextInt(2);
                log.assignEpoch(epoch);
            }
            int producer = random.nextInt(4);
            var records = new SimpleRecord[1 + random.nextInt(4)];
            for (int r = 0; r < records.length; r++) {
                byte[] value = new byte[random.nextInt(100)];
                random.nextBytes(value);
                records[r] = new SimpleRecord(NOW + i, null, value);
            }
            Batches made = Batches.plain();
            if (producer > 0) {
                made = made.producer(producer, 0, sequences[producer]);
                sequences[producer] += records.length;
            }
            boolean transactional = producer == 3;
            assertInstanceOf(
                    AppendResult.Appended.class,
                    log.append(
                            transactional ? made.transactional().of(records) : made.of(records),
                            epoch,
                            Origin.TRANSACTIONAL_CLIENT));
            if (transactional && random.nextInt(3) == 0) {
                var marker = new TransactionMarker(3, (short) 0, 0, random.nextBoolean(), 1);
                assertInstanceOf(AppendResult.Appended.class, log.append(marker, epoch));
            }
        }
        known = derived(log);
        log.close();
        for (String file : disk.files()) {
            written.put(file, disk.bytes(file));
            if (file.endsWith(LogFiles.LOG)) {
                walk(file, ByteBuffer.wrap(disk.bytes(file)));
            }
        }
        assertTrue(written.keySet().stream().filter(f -> f.endsWith(".log")).count() > 4);
        assertTrue(written.keySet().stream().anyMatch(f -> f.endsWith(LogFiles.TXN_INDEX)));
    }

    private void walk(String file, ByteBuffer b) {
        for (int at = 0; at < b.limit(); ) {
            int size = (int) BatchHeader.size(b, at);
            batches.add(
                    new Batch(
                            file,
                            at,
                            size,
                            BatchHeader.baseOffset(b, at),
                            BatchHeader.lastOffset(b, at),
                            BatchHeader.maxTimestamp(b, at)));
            at += size;
        }
    }

    /// What other files than the segments tell.
    private static String derived(Log log) throws IOException {
        var text = new StringBuilder();
        for (long offset = 0; offset < log.logEnd(); offset += 2) {
            text.append(log.epochAt(offset)).append(' ');
        }
        text.append('\n');
        for (AbortedTransaction each : log.abortedTransactions(0, log.logEnd())) {
            // The last stable offset is there for others who read the file; ours do not ask for it.
            text.append(
                    each.producerId() + " from " + each.firstOffset() + " to " + each.lastOffset());
        }
        text.append('\n');
        log.producers().stream()
                .map(p ->
                        p.producerId() + "/" + p.lastSequence() + "/" + p.transactionFirstOffset())
                .sorted()
                .forEach(p -> text.append(p).append(' '));
        for (long timestamp = NOW - 1; timestamp < NOW + 162; timestamp += 5) {
            text.append(log.offsetForTimestamp(timestamp, log.logEnd())).append(' ');
        }
        return text.append(log.maxTimestamp(log.logEnd())).toString();
    }

    @Test
    void nothingFlippedIsServedAndNothingIsLostInSilence() throws IOException {
        write();
        for (int seed = 1; seed <= FLIPS; seed++) {
            try {
                flip(new Random(seed));
            } catch (IOException | RuntimeException | AssertionError e) {
                throw new AssertionError("flip " + seed, e);
            }
        }
        System.out.printf(
                "%d flips: %d refused, %d lost a batch, %d lost nothing%n",
                FLIPS, refused, lost, whole);
        assertTrue(refused > 0 && lost > 0 && whole > 0);
    }

    private void flip(Random random) throws IOException {
        var disk = new HeapStorage();
        written.forEach(disk::put);
        List<String> files = List.copyOf(written.keySet());
        String file = files.get(random.nextInt(files.size()));
        byte[] bytes = disk.bytes(file);
        if (bytes.length == 0) {
            return;
        }
        int at = random.nextInt(bytes.length);
        int bit = random.nextInt(8);
        bytes[at] ^= (byte) (1 << bit);
        disk.put(file, bytes);
        boolean clean = random.nextBoolean();
        long end = batches.getLast().last + 1;
        OpenMode mode = clean ? OpenMode.CLEAN : OpenMode.recover(random.nextLong(end + 1));
        String what = "bit %d of byte %d of %s, %s".formatted(bit, at, file, mode);
        Batch hit = batch(file, at);
        Log log;
        try {
            log = Log.open(new ManualEnv(NOW, 1), disk, NAME, SETTINGS, mode);
        } catch (CorruptLogException said) {
            assertTrue(hit != null, () -> what + ": " + said.getMessage());
            assertEquals(file, said.file(), what);
            refused++;
            return;
        }
        // The last batch may be what a power loss has torn, unless it is known to have been
        // flushed.
        boolean cut =
                !clean && batches.getLast().equals(hit) && log.logEnd() == batches.getLast().first;
        assertTrue(cut || log.logEnd() == end, () -> what + ": ends at " + log.logEnd());
        for (Batch batch : batches) {
            if (!cut || !batch.equals(hit)) {
                read(log, disk, batch, hit, what);
            }
        }
        if (hit == null) {
            assertEquals(known, derived(log), what);
            whole++;
        } else {
            lost++;
            assertTrue(cut || log.lost().size() == 1, () -> what + ": " + log.lost());
        }
        log.closeDirty();
    }

    private void read(Log log, HeapStorage disk, Batch batch, @Nullable Batch hit, String what)
            throws IOException {
        for (long offset : new long[] {batch.first, batch.last}) {
            ReadResult result = log.read(offset, log.logEnd(), 2_000, true);
            if (batch.equals(hit)) {
                var damaged = assertInstanceOf(ReadResult.Damaged.class, result, what);
                assertEquals(batch.file, damaged.range().file(), what);
                assertEquals(batch.position, damaged.range().position(), what);
                assertEquals(batch.first, damaged.range().firstOffset(), what);
                assertEquals(batch.last + 1, damaged.range().endOffset(), what);
                continue;
            }
            long from = offset;
            var found =
                    assertInstanceOf(ReadResult.Found.class, result, () -> what + ", at " + from);
            StoredRecords records = found.records();
            assertEquals(batch.file, records.file().name(), what);
            assertEquals(batch.position, records.position(), what);
            byte[] was = written.get(batch.file);
            int end = (int) records.position() + records.sizeInBytes();
            byte[] right = Arrays.copyOfRange(was, (int) records.position(), end);
            byte[] served =
                    Arrays.copyOfRange(disk.bytes(batch.file), (int) records.position(), end);
            assertArrayEquals(right, served, () -> what + ", at " + from);
            assertTrue(
                    found.nextOffset() > offset && endsThere(batch.file, end, found.nextOffset()),
                    () -> what + ": next is " + found.nextOffset());
        }
    }

    private boolean endsThere(String file, int end, long next) {
        return batches.stream()
                .anyMatch(b ->
                        b.file.equals(file) && b.position + b.size == end && b.last + 1 == next);
    }

    private @Nullable Batch batch(String file, int at) {
        return batches.stream()
                .filter(b -> b.file.equals(file) && b.position <= at && at < b.position + b.size)
                .findFirst()
                .orElse(null);
    }
}
