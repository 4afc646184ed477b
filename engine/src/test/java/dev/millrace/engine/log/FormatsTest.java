package dev.millrace.engine.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.testing.Batches;
import dev.millrace.engine.testing.HeapStorage;
import dev.millrace.engine.testing.ManualEnv;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.record.internal.FileLogInputStream;
import org.apache.kafka.common.record.internal.FileRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.utils.internals.Crc32C;
import org.apache.kafka.server.log.remote.metadata.storage.generated.ProducerSnapshot;
import org.apache.kafka.storage.internals.checkpoint.LeaderEpochCheckpointFile;
import org.apache.kafka.storage.internals.checkpoint.OffsetCheckpointFile;
import org.apache.kafka.storage.internals.log.BatchMetadata;
import org.apache.kafka.storage.internals.log.EpochEntry;
import org.apache.kafka.storage.internals.log.OffsetIndex;
import org.apache.kafka.storage.internals.log.OffsetPosition;
import org.apache.kafka.storage.internals.log.ProducerStateEntry;
import org.apache.kafka.storage.internals.log.ProducerStateManager;
import org.apache.kafka.storage.internals.log.TimeIndex;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Our files, read by Kafka's own classes, and the other way round.
class FormatsTest {
    private static final TopicPartition NAME = new TopicPartition("t", 3);
    private static final long NOW = 1_700_000_000_000L;
    private static final LogSettings SETTINGS =
            LogSettings.from(Map.of("segment.bytes", "2000", "index.interval.bytes", "200"));

    @TempDir Path directory;

    private final HeapStorage disk = new HeapStorage();

    private Log open(OpenMode mode) throws IOException {
        return Log.open(new ManualEnv(NOW, 1), disk, NAME, SETTINGS, mode);
    }

    /// Sixty batches of two producers in two epochs, closed cleanly; copied to a real directory.
    private Log write() throws IOException {
        Log log = open(OpenMode.CLEAN);
        for (int i = 0; i < 60; i++) {
            int epoch = i < 30 ? 4 : 9;
            var records =
                    Batches.plain()
                            .producer(7 + i % 2, 1, i / 2 * 2)
                            .of(NOW + i, "value-" + i, "second-" + i);
            assertInstanceOf(
                    AppendResult.Appended.class, log.append(records, epoch, Origin.CLIENT));
        }
        log.close();
        for (String name : disk.files()) {
            Files.write(directory.resolve(name), disk.bytes(name));
        }
        return log;
    }

    private File file(long offset, String suffix) {
        return directory.resolve(LogFiles.of(offset, suffix)).toFile();
    }

    private List<Long> segments() {
        return disk.files().stream()
                .map(f -> LogFiles.offset(f, LogFiles.LOG))
                .filter(java.util.Objects::nonNull)
                .toList();
    }

    @Test
    void kafkaReadsTheSegments() throws IOException {
        write();
        List<String> values = new ArrayList<>();
        assertTrue(segments().size() > 2);
        for (long base : segments()) {
            try (FileRecords records = FileRecords.open(file(base, LogFiles.LOG))) {
                for (FileLogInputStream.FileChannelRecordBatch batch : records.batches()) {
                    batch.ensureValid();
                    assertEquals(batch.baseOffset() < 60 ? 4 : 9, batch.partitionLeaderEpoch());
                    for (Record record : batch) {
                        values.add(record.offset() + "@" + record.timestamp());
                    }
                }
            }
        }
        for (int i = 0; i < 120; i++) {
            assertEquals(i + "@" + (NOW + i / 2), values.get(i));
        }
    }

    @Test
    void kafkaReadsTheIndexes() throws IOException {
        write();
        for (long base : segments()) {
            Map<Long, Integer> positions = new TreeMap<>();
            Map<Long, Long> times = new TreeMap<>();
            try (FileRecords records = FileRecords.open(file(base, LogFiles.LOG))) {
                for (FileLogInputStream.FileChannelRecordBatch batch : records.batches()) {
                    positions.put(batch.lastOffset(), batch.position());
                    times.put(batch.lastOffset(), batch.maxTimestamp());
                }
            }
            try (var index = new OffsetIndex(file(base, LogFiles.INDEX), base, -1, false)) {
                index.sanityCheck();
                assertEquals(
                        disk.bytes(LogFiles.of(base, LogFiles.INDEX)).length / 8, index.entries());
                for (int i = 0; i < index.entries(); i++) {
                    OffsetPosition entry = index.entry(i);
                    assertEquals(positions.get(entry.offset()), entry.position());
                }
            }
            try (var index = new TimeIndex(file(base, LogFiles.TIME_INDEX), base, -1, false)) {
                index.sanityCheck();
                assertTrue(index.entries() > 0);
                for (int i = 0; i < index.entries(); i++) {
                    assertEquals(times.get(index.entry(i).offset()), index.entry(i).timestamp());
                }
            }
        }
    }

    @Test
    void kafkaReadsTheSnapshot() throws IOException {
        write();
        List<ProducerStateEntry> producers =
                ProducerStateManager.readSnapshot(file(120, LogFiles.SNAPSHOT));
        assertEquals(2, producers.size());
        for (ProducerStateEntry producer : producers) {
            assertEquals(1, producer.producerEpoch());
            BatchMetadata last = producer.batchMetadata().iterator().next();
            assertEquals(producer.producerId() == 7 ? 117 : 119, last.lastOffset());
            assertEquals(59, last.lastSeq());
            assertEquals(58, last.firstSeq());
        }
    }

    @Test
    void weReadKafkasSnapshot() throws IOException {
        var entry =
                new ProducerSnapshot.ProducerEntry()
                        .setProducerId(42)
                        .setEpoch((short) 3)
                        .setLastSequence(17)
                        .setLastOffset(99)
                        .setOffsetDelta(4)
                        .setTimestamp(NOW - 5)
                        .setCoordinatorEpoch(8)
                        .setCurrentTxnFirstOffset(90);
        ByteBuffer theirs =
                MessageUtil.toVersionPrefixedByteBuffer(
                        (short) 1, new ProducerSnapshot().setProducerEntries(List.of(entry)));
        theirs.putInt(2, (int) Crc32C.compute(theirs, 6, theirs.limit() - 6));
        byte[] bytes = new byte[theirs.limit()];
        theirs.get(0, bytes);
        var states = new ProducerStates("t-3");
        assertTrue(ProducerSnapshots.decode(bytes, states));
        ProducerState state = states.all().iterator().next();
        assertEquals(42, state.producerId());
        assertEquals(3, state.epoch());
        assertEquals(17, state.lastSequence());
        assertEquals(99, state.lastOffset());
        assertEquals(8, state.coordinatorEpoch());
        assertEquals(90, state.transactionFirstOffset());
        assertEquals(90, states.firstUnstableOffset());
        // And what we write of it is the same, byte for byte.
        assertEquals(theirs.rewind(), ProducerSnapshots.encode(states));
        bytes[20] ^= 1;
        assertFalse(ProducerSnapshots.decode(bytes, new ProducerStates("t-3")));
    }

    /// Behind what Kafka reads stands what a producer sent before its last batch: it may send that again after the start.
    @Test
    void theSnapshotRemembersWhatMayBeSentAgain() {
        var states = new ProducerStates("t-3");
        var busy = new ProducerState(7);
        for (int i = 0; i < 7; i++) {
            busy.add((short) 1, 10 + 2 * i + 1, 100 + 2 * i + 1, 1, NOW + i);
        }
        states.restore(busy);
        var once = new ProducerState(8);
        once.add((short) 0, 0, 200, 0, NOW);
        states.restore(once);
        ByteBuffer encoded = ProducerSnapshots.encode(states);
        byte[] bytes = new byte[encoded.limit()];
        encoded.get(0, bytes);

        var read = new ProducerStates("t-3");
        assertTrue(ProducerSnapshots.decode(bytes, read));
        ProducerState state = Objects.requireNonNull(read.get(7));
        assertEquals(-1, state.find((short) 1, 12, 13));
        for (int i = 2; i < 7; i++) {
            assertEquals(i - 2, state.find((short) 1, 10 + 2 * i, 10 + 2 * i + 1));
            assertEquals(100 + 2 * i + 1, state.duplicate(i - 2).lastOffset());
        }
        assertEquals(23, state.lastSequence());
        assertEquals(0, Objects.requireNonNull(read.get(8)).find((short) 0, 0, 0));
        assertEquals(encoded, ProducerSnapshots.encode(read));
        for (int cut = 1; cut < bytes.length; cut++) {
            byte[] part = java.util.Arrays.copyOf(bytes, bytes.length - cut);
            assertFalse(ProducerSnapshots.decode(part, new ProducerStates("t-3")));
        }
    }

    /// Not out of order, as with Kafka: the producer would begin another epoch and write them once more.
    @Test
    void whatWasWrittenBeforeARestartIsADuplicateAfterIt() throws IOException {
        Log log = open(OpenMode.CLEAN);
        for (int i = 0; i < 5; i++) {
            log.append(Batches.plain().producer(7, 1, i).of(NOW, "v" + i), 4, Origin.CLIENT);
        }
        log.close();
        Log again = open(OpenMode.CLEAN);
        for (int i = 0; i < 5; i++) {
            assertEquals(
                    new AppendResult.Duplicate(i, i, NOW),
                    again.append(
                            Batches.plain().producer(7, 1, i).of(NOW, "v" + i), 4, Origin.CLIENT));
        }
        again.close();
    }

    /// Two transactions that overlap, both aborted.
    @Test
    void kafkaReadsTheIndexOfAbortedTransactions() throws IOException {
        Log log = open(OpenMode.CLEAN);
        for (long producer : List.of(7L, 8L)) {
            var needed = (Verification.Needed) log.verification(producer, (short) 1, 0, false);
            var batch = Batches.plain().producer(producer, 1, 0).transactional().of(NOW, "a", "b");
            log.append(batch, 4, Origin.TRANSACTIONAL_CLIENT, needed.guard());
        }
        log.append(new TransactionMarker(7, (short) 1, 5, false, 1), 4);
        log.append(new TransactionMarker(8, (short) 1, 5, false, 1), 4);
        byte[] ours = disk.bytes(LogFiles.of(0, LogFiles.TXN_INDEX));
        assertEquals(
                "00000000000000000007000000000000000000000000000000040000000000000002"
                        + "00000000000000000008000000000000000200000000000000050000000000000006",
                java.util.HexFormat.of().formatHex(ours));
        Path file = directory.resolve(LogFiles.of(0, LogFiles.TXN_INDEX));
        Files.write(file, ours);
        try (var index =
                new org.apache.kafka.storage.internals.log.TransactionIndex(0, file.toFile())) {
            index.sanityCheck();
            List<AbortedTransaction> theirs = new ArrayList<>();
            for (var entry : index.allAbortedTxns()) {
                theirs.add(
                        new AbortedTransaction(
                                entry.producerId(),
                                entry.firstOffset(),
                                entry.lastOffset(),
                                entry.lastStableOffset()));
            }
            assertEquals(log.abortedTransactions(0, 6), theirs);
        }
    }

    /// A commit by the coordinator of epoch 9.
    @Test
    void markersAreKafkasControlBatches() throws IOException {
        Log log = open(OpenMode.CLEAN);
        log.append(new TransactionMarker(7, (short) 3, 9, true, 2), 4);
        byte[] bytes = disk.bytes(LogFiles.of(0, LogFiles.LOG));
        assertEquals(
                "0000000000000000000000420000000402159354790030000000000000018bcfe56800"
                        + "0000018bcfe5680000000000000000070003ffffffff00000001"
                        + "2000000008000000010c00000000000900",
                java.util.HexFormat.of().formatHex(bytes));
    }

    @Test
    void kafkaReadsTheEpochs() throws IOException {
        write();
        var checkpoint =
                new LeaderEpochCheckpointFile(
                        directory.resolve(LogFiles.LEADER_EPOCHS).toFile(), null);
        assertEquals(List.of(new EpochEntry(4, 0), new EpochEntry(9, 60)), checkpoint.read());
        assertEquals(
                "0\n2\n4 0\n9 60\n", Files.readString(directory.resolve(LogFiles.LEADER_EPOCHS)));
    }

    @Test
    void checkpointsGoBothWays() throws IOException {
        LogCheckpoints.write(disk, LogCheckpoints.RECOVERY_POINTS, Map.of(NAME, 17L));
        Path path = directory.resolve(LogCheckpoints.RECOVERY_POINTS);
        Files.write(path, disk.bytes(LogCheckpoints.RECOVERY_POINTS));
        var kafkas = new OffsetCheckpointFile(path.toFile(), null);
        assertEquals(Map.of(NAME, 17L), kafkas.read());
        kafkas.write(Map.of(NAME, 18L, new TopicPartition("a.b_c-d", 0), 5L));
        disk.put(LogCheckpoints.RECOVERY_POINTS, Files.readAllBytes(path));
        assertEquals(
                Map.of(NAME, 18L, new TopicPartition("a.b_c-d", 0), 5L),
                LogCheckpoints.read(disk, LogCheckpoints.RECOVERY_POINTS));
        disk.put(
                LogCheckpoints.RECOVERY_POINTS,
                "0\n2\nt 3 1\n".getBytes(java.nio.charset.StandardCharsets.UTF_8));
        assertEquals(Map.of(), LogCheckpoints.read(disk, LogCheckpoints.RECOVERY_POINTS));
    }

    @Test
    void aDirectoryWithoutCachesOpensAllTheSame() throws IOException {
        write();
        for (String name : disk.files()) {
            if (!name.endsWith(LogFiles.LOG)) {
                disk.delete(name);
            }
        }
        Log log = open(OpenMode.CLEAN);
        assertEquals(120, log.logEnd());
        assertEquals(2, log.producers().size());
        assertEquals(new TimestampOffset(NOW + 59, 118, 9), log.maxTimestamp(120));
    }
}
