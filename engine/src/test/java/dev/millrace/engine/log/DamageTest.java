package dev.millrace.engine.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.testing.Batches;
import dev.millrace.engine.testing.HeapStorage;
import dev.millrace.engine.testing.ManualEnv;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What is wrong with a log's files, what the log says, what it serves. The log: 20 batches of two records in several segments, of the
/// epochs 0 and 3, one aborted transaction.
class DamageTest {
    private static final TopicPartition NAME = new TopicPartition("t", 0);
    private static final long NOW = 1_700_000_000_000L;
    private static final LogSettings SETTINGS =
            LogSettings.from(
                    Map.of(
                            "segment.bytes", "1000",
                            "index.interval.bytes", "200",
                            "transaction.partition.verification.enable", "false"));
    private static final long END = 41;

    private final HeapStorage disk = new HeapStorage();
    private String whole = "";

    @BeforeEach
    void write() throws IOException {
        Log log = open(OpenMode.CLEAN);
        for (int i = 0; i < 20; i++) {
            if (i == 12) {
                log.assignEpoch(3);
            }
            boolean transactional = i == 3;
            var batch = Batches.plain();
            assertInstanceOf(
                    AppendResult.Appended.class,
                    log.append(
                            (transactional ? batch.producer(9, 0, 0).transactional() : batch)
                                    .of(NOW + i, "v".repeat(50), "w".repeat(50)),
                            i < 12 ? 0 : 3,
                            Origin.TRANSACTIONAL_CLIENT));
            if (transactional) {
                log.append(new TransactionMarker(9, (short) 0, 0, false, 1), 0);
            }
        }
        assertEquals(END, log.logEnd());
        whole = seen(log);
        log.close();
    }

    private Log open(OpenMode mode) throws IOException {
        return Log.open(new ManualEnv(NOW, 1), disk, NAME, SETTINGS, mode);
    }

    /// Everything that the log answers.
    private static String seen(Log log) throws IOException {
        var text = new StringBuilder();
        for (long offset = 0; offset < log.logEnd(); offset++) {
            ReadResult result = log.read(offset, log.logEnd(), 1, true);
            text.append(
                            switch (result) {
                                case ReadResult.Found(StoredRecords records, _) ->
                                        records.load().batches().iterator().next().baseOffset();
                                case ReadResult.Damaged _ -> "lost";
                                default -> result;
                            })
                    .append('@')
                    .append(log.epochAt(offset))
                    .append(' ');
        }
        for (int i = 0; i < 20; i++) {
            text.append(log.offsetForTimestamp(NOW + i, log.logEnd()));
        }
        return text.append(log.abortedTransactions(0, log.logEnd())).toString();
    }

    private String file(String suffix, int which) {
        return disk.files().stream().filter(f -> f.endsWith(suffix)).toList().get(which);
    }

    private void change(String file, UnaryOperator<byte[]> how) {
        disk.put(file, how.apply(disk.bytes(file)));
    }

    private interface Wreck {
        void on(DamageTest test) throws IOException;
    }

    /// @param what is wrong
    record Case(String what, Wreck wreck) {
        @Override
        public String toString() {
            return what;
        }
    }

    private static byte[] garbage(byte[] bytes) {
        byte[] garbage = new byte[Math.max(40, bytes.length)];
        Arrays.fill(garbage, (byte) 0x5a);
        return garbage;
    }

    private static byte[] half(byte[] bytes) {
        return Arrays.copyOf(bytes, bytes.length / 2 + 1);
    }

    static Stream<Case> derived() {
        return Stream.of(".index", ".timeindex", ".txnindex", ".snapshot", LogFiles.LEADER_EPOCHS)
                .flatMap(suffix ->
                        Stream.of(
                                new Case(
                                        suffix + " half",
                                        t -> t.change(t.file(suffix, 0), DamageTest::half)),
                                new Case(
                                        suffix + " garbage",
                                        t -> t.change(t.file(suffix, 0), DamageTest::garbage)),
                                new Case(suffix + " missing", t -> t.lose(suffix))));
    }

    /// Where an index of aborted transactions is missing alone nothing was aborted, in Kafka's files: with the others it is made anew.
    private void lose(String suffix) {
        String file = file(suffix, 0);
        disk.delete(file);
        if (suffix.equals(".txnindex")) {
            disk.delete(file.replace(suffix, ".index"));
        }
    }

    @ParameterizedTest
    @MethodSource("derived")
    void whatTheBatchesTellIsMadeAnewAfterACleanStop(Case c) throws IOException {
        c.wreck.on(this);
        Log log = open(OpenMode.CLEAN);
        assertEquals(whole, seen(log));
        assertEquals(java.util.List.of(), log.lost());
    }

    @ParameterizedTest
    @MethodSource("derived")
    void whatTheBatchesTellIsMadeAnewAfterAPowerLoss(Case c) throws IOException {
        c.wreck.on(this);
        Log log = open(OpenMode.recover(30));
        assertEquals(whole, seen(log));
    }

    @Test
    void withoutARecoveryPointAllIsChecked() throws IOException {
        disk.delete(file(".snapshot", 0));
        assertEquals(whole, seen(open(OpenMode.recover(0))));
    }

    /// A batch begins just before the edge of a sector, and what the disk has of it begins behind: its offset and most of its length
    /// are zeros. That one bit of the length would make it whole does not mean that a bit was flipped, for the offset is wrong, too.
    @Test
    void aBatchWhoseBeginningWasNeverWrittenIsCutThoughOneBitWouldMendItsLength()
            throws IOException {
        var torn = new HeapStorage();
        Log log = Log.open(new ManualEnv(NOW, 1), torn, NAME, LogSettings.DEFAULTS, OpenMode.CLEAN);
        int edge = 2 * Damage.SECTOR;
        int begins = edge - 11;
        log.append(Batches.plain().of(NOW, "v".repeat(begins - 70)), 0, Origin.CLIENT);
        log.append(Batches.plain().of(NOW, "w".repeat(200)), 0, Origin.CLIENT);
        log.append(Batches.plain().of(NOW, "x"), 0, Origin.CLIENT);
        log.close();
        String file = LogFiles.of(0, LogFiles.LOG);
        byte[] bytes = torn.bytes(file);
        var written = ByteBuffer.wrap(bytes);
        assertEquals(begins, BatchHeader.size(written, 0));
        assertEquals(1, written.getInt(begins + Long.BYTES) >> 8, "one bit of it is lost");
        Arrays.fill(bytes, begins, edge, (byte) 0);
        torn.put(file, bytes);

        Log found =
                Log.open(
                        new ManualEnv(NOW, 1),
                        torn,
                        NAME,
                        LogSettings.DEFAULTS,
                        OpenMode.recover(0));

        assertEquals(1, found.logEnd());
        found.closeDirty();
    }

    @Test
    void damagedCheckpointsCountAsEmpty() throws IOException {
        for (String checkpoint :
                new String[] {LogCheckpoints.RECOVERY_POINTS, LogCheckpoints.LOG_STARTS}) {
            disk.put(checkpoint, "0\n1\nt 0 5".getBytes(StandardCharsets.UTF_8));
            assertEquals(Map.of(NAME, 5L), LogCheckpoints.read(disk, checkpoint));
            disk.put(checkpoint, "0\n2\nt 0 5".getBytes(StandardCharsets.UTF_8));
            assertEquals(Map.of(), LogCheckpoints.read(disk, checkpoint));
            disk.delete(checkpoint);
            assertEquals(Map.of(), LogCheckpoints.read(disk, checkpoint));
        }
    }

    @Test
    void aBadBatchInTheMiddleIsSaidAndItsNeighboursAreServed() throws IOException {
        String segment = file(".log", 1);
        long base = Objects.requireNonNull(LogFiles.offset(segment, ".log"));
        int size = (int) BatchHeader.size(java.nio.ByteBuffer.wrap(disk.bytes(segment)), 0);
        change(
                segment,
                b -> {
                    b[size + 90] ^= 1;
                    return b;
                });
        Log log = open(OpenMode.CLEAN);
        var bad = assertInstanceOf(ReadResult.Damaged.class, log.read(base + 2, END, 1, true));
        assertEquals(
                "offsets %d to %d are lost: %s, bytes %d to %d: the checksum is wrong"
                        .formatted(base + 2, base + 3, segment, size, 2 * size),
                bad.range().toString());
        assertEquals(java.util.List.of(bad.range()), log.lost());
        var before = assertInstanceOf(ReadResult.Found.class, log.read(base, END, 9_999, true));
        assertEquals(base + 2, before.nextOffset());
        assertInstanceOf(ReadResult.Found.class, log.read(base + 4, END, 1, true));
        assertEquals(END, log.logEnd());

        // After a power loss the same damage, known to have been flushed, keeps the log closed.
        var refused = assertThrows(CorruptLogException.class, () -> open(OpenMode.recover(base)));
        assertEquals(segment, refused.file());
        assertEquals(size, refused.position());
    }

    @Test
    void aSegmentThatIsMissingInTheMiddleIsSaidAndTheNextIsServed() throws IOException {
        String missing = file(".log", 2);
        long base = Objects.requireNonNull(LogFiles.offset(missing, ".log"));
        disk.delete(missing);
        Log log = open(OpenMode.CLEAN);
        assertEquals(END, log.logEnd());
        long next = Objects.requireNonNull(LogFiles.offset(file(".log", 2), ".log"));
        var found = assertInstanceOf(ReadResult.Found.class, log.read(base, END, 1, true));
        assertEquals(next, found.records().load().batches().iterator().next().baseOffset());
        assertEquals(1, log.lost().size());
        assertEquals(base, log.lost().getFirst().firstOffset());
        assertEquals(next, log.lost().getFirst().endOffset());
        assertThrows(CorruptLogException.class, () -> open(OpenMode.recover(base + 2)));
    }

    @Test
    void aTruncatedLastSegmentIsSaidAndNeverShortensTheLog() throws IOException {
        int last = (int) disk.files().stream().filter(f -> f.endsWith(".log")).count() - 1;
        change(file(".log", last), DamageTest::half);
        Log log = open(OpenMode.CLEAN);
        assertEquals(END, log.logEnd());
        assertInstanceOf(ReadResult.Damaged.class, log.read(END - 1, END, 1, true));
        assertEquals(END, log.lost().getFirst().endOffset());
        // What is written afterwards is served.
        var appended = log.append(Batches.plain().of(NOW + 50, "after"), 3, Origin.CLIENT);
        assertEquals(new AppendResult.Appended(END, END, -1), appended);
        assertInstanceOf(ReadResult.Found.class, log.read(END, END + 1, 1, true));
        log.closeDirty();
        var refused = assertThrows(CorruptLogException.class, () -> open(OpenMode.recover(END)));
        assertTrue(String.valueOf(refused.getMessage()).contains(".log is corrupt at byte"));
    }

    @Test
    void aSegmentUnderAWrongNameIsNotServed() throws IOException {
        String name = file(".log", 2);
        long base = Objects.requireNonNull(LogFiles.offset(name, ".log"));
        disk.publish(name, LogFiles.of(base + 1, ".log"));
        Log log = open(OpenMode.CLEAN);
        assertInstanceOf(ReadResult.Damaged.class, log.read(base + 1, END, 1, true));
        assertEquals("the offset %d is wrong".formatted(base), log.lost().getLast().reason());
        assertThrows(CorruptLogException.class, () -> open(OpenMode.recover(base + 2)));
    }

    @Test
    void filesOfOtherNamesAreLeftAlone() throws IOException {
        disk.put("12.log", new byte[10]);
        disk.put("notes.txt", new byte[10]);
        assertEquals(whole, seen(open(OpenMode.CLEAN)));
        assertTrue(disk.exists("12.log") && disk.exists("notes.txt"));
    }
}
