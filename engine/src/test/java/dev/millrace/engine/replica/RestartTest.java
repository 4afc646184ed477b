package dev.millrace.engine.replica;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.log.LogCheckpoints;
import dev.millrace.engine.log.LogSettings;
import dev.millrace.engine.metadata.TestMetadata;
import dev.millrace.engine.metadata.TopicImage;
import dev.millrace.engine.testing.HeapStorage;
import dev.millrace.engine.testing.ManualEnv;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What a start believes of what the stop before it has left, and what it does not look at before somebody needs it.
final class RestartTest {
    private static final String FIRST_FILE = "00000000000000000000.log";

    private final ManualEnv env = new ManualEnv(1_000_000, 1);
    private final HeapStorage disk = new HeapStorage();
    private final TestMetadata metadata = TestMetadata.withBrokers(1);
    private LogSettings settings = LogSettings.DEFAULTS;
    private LogDirectories directories;
    private Replicas replicas;

    @BeforeEach
    void start() throws IOException {
        directories =
                new LogDirectories(
                        List.of(new LogDirectory(new Uuid(8, 1), "/data", disk)), 0, env);
        directories.stopsAs(5);
        replicas = new Replicas(1, env, directories, (_, _) -> new TopicSettings(settings, 1));
        metadata.metadata.listen(replicas::onChange);
    }

    @Test
    void whatNobodyWroteToHasNoFolder() throws IOException {
        metadata.topic("t", 3, 1);
        append("t", 1, "a");

        assertEquals(List.of("t-1"), disk.directories());
        replicas.close();
        start();
        assertEquals(List.of("t-1"), disk.directories());
        assertEquals(0, partition("t", 0).logEnd());
        assertEquals(1, partition("t", 1).logEnd());
    }

    @Test
    void afterACleanStopALogIsOpenedWhenItIsRead() throws IOException {
        metadata.topic("t", 1, 1);
        append("t", 0, "a");
        replicas.close();
        int before = disk.directory("t-0").opened();

        start();

        assertEquals(1, partition("t", 0).logEnd());
        assertEquals(1, partition("t", 0).read(1, -1, -1, 100, true, ANY).highWatermark());
        assertEquals(1, partition("t", 0).askBounds(-1, Partition.Bounds::highWatermark).value());
        assertEquals(before, disk.directory("t-0").opened(), "who waits for news opens nothing");
        assertTrue(read("t", 0).sizeInBytes() > 0);
        assertTrue(disk.directory("t-0").opened() > before);
    }

    @Test
    void whatWasOpenedAndWhatWasNotGoOnThroughManyRestarts() throws IOException {
        metadata.topic("t", 3, 1);
        append("t", 0, "a");
        append("t", 1, "b");
        for (int i = 1; i <= 3; i++) {
            replicas.close();
            start();
            append("t", 0, "more");
        }

        assertEquals(4, partition("t", 0).logEnd());
        assertEquals(1, partition("t", 1).logEnd());
        assertEquals(0, partition("t", 2).logEnd());
        assertEquals(4, disk.directory("t-0").bytes(FIRST_FILE).length / batchBytes("t", 0));
    }

    @Test
    void afterACrashEveryLogIsCheckedAtOnce() throws IOException {
        metadata.topic("t", 1, 1);
        append("t", 0, "a");
        append("t", 0, "b");
        HeapStorage folder = disk.directory("t-0");
        byte[] whole = folder.bytes(FIRST_FILE);

        folder.put(FIRST_FILE, Arrays.copyOf(whole, whole.length - 3));
        start();

        assertEquals(1, partition("t", 0).logEnd());
        assertEquals(whole.length / 2, folder.bytes(FIRST_FILE).length, "the torn tail is cut");
    }

    @Test
    void aStopBeforeMetadataHaveComeLeavesEverythingAsItWas() throws IOException {
        metadata.topic("t", 1, 1);
        append("t", 0, "a");
        append("t", 0, "b");
        HeapStorage folder = disk.directory("t-0");
        byte[] whole = folder.bytes(FIRST_FILE);

        folder.put(FIRST_FILE, Arrays.copyOf(whole, whole.length - 3));
        stopBeforeMetadataCome();
        start();
        assertEquals(1, partition("t", 0).logEnd(), "after a crash the log is checked");

        replicas.close();
        stopBeforeMetadataCome();
        start();
        assertTrue(directories.asLeft(), "what a clean stop has left is still so");
    }

    /// What it tells the controller when it registers again (KIP-966).
    @Test
    void aCleanStopSaysInWhichEpochItWas() throws IOException {
        assertEquals(-1, directories.cleanStopEpoch(), "a new directory");
        metadata.topic("t", 1, 1);
        append("t", 0, "a");
        directories.stopsAs(7);
        start();
        assertEquals(-1, directories.cleanStopEpoch(), "a crash");

        directories.stopsAs(7);
        replicas.close();
        assertEquals(7, LogCheckpoints.cleanShutdownEpoch(disk));
        stopBeforeMetadataCome();
        start();
        assertEquals(7, directories.cleanStopEpoch(), "nothing was opened in between");
        start();
        assertEquals(-1, directories.cleanStopEpoch(), "it was told once");
    }

    @Test
    void directoriesThatDoNotAgreeSayNothing() throws IOException {
        var other = new HeapStorage();
        LogCheckpoints.markCleanShutdown(disk, 7);
        assertEquals(-1, cleanStopOf(other), "one has no mark");
        LogCheckpoints.markCleanShutdown(disk, 7);
        LogCheckpoints.markCleanShutdown(other, 8);
        assertEquals(-1, cleanStopOf(other), "one is of another stop");
        LogCheckpoints.markCleanShutdown(disk, 7);
        LogCheckpoints.markCleanShutdown(other, 7);
        assertEquals(7, cleanStopOf(other));
    }

    @Test
    void aMarkThatCannotBeReadSaysNothing() throws IOException {
        for (String text : List.of("", "{", "{\"brokerEpoch\":}", "{\"brokerEpoch\":7", "x}7:")) {
            disk.put(LogCheckpoints.CLEAN_SHUTDOWN, text.getBytes(UTF_8));
            assertEquals(-1, LogCheckpoints.cleanShutdownEpoch(disk), text);
        }
        disk.put(
                LogCheckpoints.CLEAN_SHUTDOWN,
                "{\"version\":0,\"brokerEpoch\":12}".getBytes(UTF_8));
        assertEquals(12, LogCheckpoints.cleanShutdownEpoch(disk), "as Kafka writes it");
    }

    private long cleanStopOf(HeapStorage other) throws IOException {
        return new LogDirectories(
                        List.of(
                                new LogDirectory(new Uuid(8, 1), "/data", disk),
                                new LogDirectory(new Uuid(8, 2), "/other", other)),
                        0,
                        env)
                .cleanStopEpoch();
    }

    private void stopBeforeMetadataCome() throws IOException {
        var looked =
                new LogDirectories(
                        List.of(new LogDirectory(new Uuid(8, 1), "/data", disk)), 0, env);
        new Replicas(1, env, looked, (_, _) -> new TopicSettings(settings, 1)).close();
    }

    @Test
    void itIsAsLeftOnlyAfterACleanStop() throws IOException {
        metadata.topic("t", 1, 1);
        append("t", 0, "a");
        assertFalse(directories.asLeft(), "a new directory");
        replicas.close();

        start();
        assertTrue(directories.asLeft());
        start();
        assertFalse(directories.asLeft(), "the run before did not stop");
    }

    @Test
    void aFolderThatIsGoneIsNotAsLeft() throws IOException {
        metadata.topic("t", 2, 1);
        append("t", 0, "a");
        append("t", 1, "b");
        replicas.close();
        disk.deleteDirectory("t-0");

        start();

        assertFalse(directories.asLeft());
        assertEquals(
                -1, directories.cleanStopEpoch(), "nor is the controller told of a clean stop");
        assertInstanceOf(ReplicaRole.Offline.class, partition("t", 0).role());
        assertEquals(1, partition("t", 1).logEnd());
    }

    @Test
    void anotherProgramsCheckpointsEndTheBelief() throws IOException {
        metadata.topic("t", 1, 1);
        append("t", 0, "a");
        replicas.close();
        LogCheckpoints.write(
                disk, LogCheckpoints.RECOVERY_POINTS, Map.of(new TopicPartition("t", 0), 0L));
        int before = disk.directory("t-0").opened();

        start();

        assertFalse(directories.asLeft());
        assertTrue(disk.directory("t-0").opened() > before);
        assertEquals(1, partition("t", 0).logEnd());
    }

    @Test
    void aDamagedListOfClosedLogsIsNotBelieved() throws IOException {
        metadata.topic("t", 1, 1);
        append("t", 0, "a");
        replicas.close();
        byte[] bytes = disk.bytes(ClosedLogs.FILE);
        bytes[bytes.length - 1] ^= 1;
        disk.put(ClosedLogs.FILE, bytes);

        start();

        assertFalse(directories.asLeft());
        assertEquals(1, partition("t", 0).logEnd());
    }

    @Test
    void aLogThatCannotBeOpenedIsLookedAtAgain() throws IOException {
        metadata.topic("t", 2, 1);
        append("t", 0, "a");
        append("t", 0, "b");
        append("t", 1, "c");
        byte[] bytes = disk.directory("t-0").bytes(FIRST_FILE);
        bytes[bytes.length / 2 - 1] ^= 1; // in the first of two batches: no torn tail
        disk.directory("t-0").put(FIRST_FILE, bytes);

        for (int run = 0; run < 3; run++) {
            start();
            assertEquals(
                    Errors.KAFKA_STORAGE_ERROR, replicas.byName("t", 0).error(), "L3 corruption");
            replicas.close();
            assertEquals(-1, LogCheckpoints.cleanShutdownEpoch(disk), "not every log was closed");
        }

        int before = disk.directory("t-1").opened();
        start();
        assertEquals(1, partition("t", 1).logEnd());
        assertEquals(before, disk.directory("t-1").opened(), "the others were closed");
        assertFalse(directories.asLeft());
    }

    /// Without its recovery point a later start would take for a lost write what was flushed, and cut it (L1).
    @Test
    void theCheckpointsGoOnToTellOfALogThatCannotBeOpened() throws IOException {
        TopicImage topic = twoLogsWithADeletedRecord();
        byte[] points = disk.readAll(LogCheckpoints.RECOVERY_POINTS);
        byte[] starts = disk.readAll(LogCheckpoints.LOG_STARTS);
        HeapStorage folder = disk.directory("t-0");
        byte[] whole = folder.bytes(FIRST_FILE);
        byte[] cut =
                Arrays.copyOf(whole, whole.length - 3); // as if the last batch was never flushed
        folder.put(FIRST_FILE, cut.clone());

        for (int run = 0; run < 3; run++) {
            start();
            assertEquals(Errors.KAFKA_STORAGE_ERROR, replicas.byName("t", 0).error());
            assertEquals(2, partition("t", 1).logEnd(), "the others are served");
            replicas.checkpoint();
            if (run == 1) {
                replicas.close();
            }
        }

        assertArrayEquals(cut, folder.bytes(FIRST_FILE), "nothing was cut");
        assertArrayEquals(points, disk.readAll(LogCheckpoints.RECOVERY_POINTS));
        assertArrayEquals(starts, disk.readAll(LogCheckpoints.LOG_STARTS));
        folder.put(FIRST_FILE, whole);
        start();
        assertEquals(2, partition("t", 0).logEnd());
        assertEquals(1, partition("t", 0).logStart(), "what was deleted stays deleted");

        folder.put(FIRST_FILE, cut);
        start();
        metadata.removeTopic(topic.id());
        metadata.topic("t", 1, 1);
        append("t", 0, "c");
        replicas.checkpoint();
        start();
        assertEquals(1, partition("t", 0).logEnd(), "of another topic they say nothing");
        assertEquals(0, partition("t", 0).logStart());
    }

    private TopicImage twoLogsWithADeletedRecord() {
        TopicImage topic = metadata.topic("t", 2, 1);
        for (int p = 0; p < 2; p++) {
            append("t", p, "a");
            append("t", p, "b");
        }
        env.advance(1);
        partition("t", 0).ask(-1, (log, _) -> log.raiseLogStart(1));
        replicas.checkpoint();
        return topic;
    }

    @Test
    void theFolderOfAnotherTopicIsPutAsideAndKept() throws IOException {
        metadata.topic("t", 1, 1);
        HeapStorage earlier = disk.directory("t-0");
        earlier.put(
                "partition.metadata",
                "version: 0\ntopic_id: AAAAAAAAAAAAAAAAAAAAAQ\n".getBytes(UTF_8));
        earlier.put("marker", new byte[1]);
        start();

        assertEquals(0, partition("t", 0).logEnd());
        append("t", 0, "b");
        assertEquals(1, partition("t", 0).logEnd());
        assertFalse(disk.directory("t-0").exists("marker"));
        List<String> kept = strays();
        assertEquals(1, kept.size(), kept.toString());
        assertTrue(disk.directory(kept.getFirst()).exists("marker"));
        start();
        assertEquals(kept, strays());
    }

    @Test
    void theFolderOfAPartitionThatWasMovedAwayMeanwhileIsPutAsideAndKept() throws IOException {
        metadata.topic("t", 1, 1);
        append("t", 0, "a");
        for (String other : List.of("gone-0", "__cluster_metadata-0")) {
            disk.directory(other)
                    .put(
                            "partition.metadata",
                            "version: 0\ntopic_id: AAAAAAAAAAAAAAAAAAAAAQ\n".getBytes(UTF_8));
            disk.directory(other).put("marker", new byte[1]);
        }
        disk.directory("backup-2").put("marker", new byte[1]);
        replicas.close();
        start();

        List<String> kept = strays();
        assertEquals(1, kept.size(), kept.toString());
        assertTrue(kept.getFirst().startsWith("gone-0."), kept.toString());
        assertTrue(disk.directory(kept.getFirst()).exists("marker"));
        assertTrue(disk.directory("__cluster_metadata-0").exists("marker"));
        assertTrue(disk.directory("backup-2").exists("marker"), "that is not a partition's");
        assertEquals(1, partition("t", 0).logEnd());
        start();
        assertEquals(kept, strays());
    }

    @Test
    void aTopicOfTheMetadataLogsNameLeavesItAlone() throws IOException {
        HeapStorage log = disk.directory("__cluster_metadata-0");
        log.put("marker", new byte[1]);
        start();

        metadata.topic("__cluster_metadata", 1, 1);
        metadata.topic("__cluster_metadata_too", 1, 1);
        append("__cluster_metadata_too", 0, "a");

        assertEquals(Errors.KAFKA_STORAGE_ERROR, replicas.byName("__cluster_metadata", 0).error());
        start();
        assertTrue(log.exists("marker"));
        assertFalse(log.exists("partition.metadata"));
        assertEquals(1, partition("__cluster_metadata_too", 0).logEnd());
        assertEquals(
                List.of("__cluster_metadata-0", "__cluster_metadata_too-0"),
                disk.directories().stream().sorted().toList());
    }

    private List<String> strays() {
        return disk.directories().stream().filter(name -> name.endsWith("-stray")).toList();
    }

    @Test
    void aFolderThatDoesNotSayWhoseItIsWasNeverFlushed() throws IOException {
        metadata.topic("t", 2, 1);
        append("t", 0, "a");
        append("t", 1, "b");
        replicas.checkpoint();
        append("t", 1, "c");
        disk.directory("t-0").delete("partition.metadata");
        disk.directory("t-1").put("partition.metadata", new byte[40]); // zeros: a torn write
        start();

        assertEquals(1, partition("t", 0).logEnd(), "a checkpoint knows it");
        assertEquals(0, partition("t", 1).logEnd());
    }

    @Test
    void aTopicIsDeletedWhetherItHasAFolderOrNot() {
        TopicImage topic = metadata.topic("t", 2, 1);
        append("t", 1, "a");

        metadata.removeTopic(topic.id());
        env.advance(settings.fileDeleteDelayMs());

        assertEquals(List.of(), disk.directories());
    }

    @Test
    void aTopicThatIsMadeAgainIsNotJudgedByTheCheckpointsOfTheFormerOne() throws IOException {
        TopicImage topic = metadata.topic("t", 1, 1);
        append("t", 0, "a");
        append("t", 0, "b");
        replicas.checkpoint();
        metadata.removeTopic(topic.id());
        metadata.topic("t", 1, 1);
        append("t", 0, "c");
        start(); // a crash

        assertEquals(1, partition("t", 0).logEnd());
    }

    @Test
    void norWhenACrashCameBetween() throws IOException {
        TopicImage topic = metadata.topic("t", 1, 1);
        append("t", 0, "a");
        append("t", 0, "b");
        replicas.checkpoint();
        byte[] before = disk.readAll(LogCheckpoints.RECOVERY_POINTS);
        metadata.removeTopic(topic.id());
        disk.put(LogCheckpoints.RECOVERY_POINTS, Objects.requireNonNull(before));
        start(); // a crash after the folder's new name, before the checkpoints
        metadata.topic("t", 1, 1);
        append("t", 0, "c");
        start(); // and another one

        assertEquals(1, partition("t", 0).logEnd());
    }

    @Test
    void retentionWakesALogOnlyWhenItMayLetGoOfSomething() throws IOException {
        settings = LogSettings.from(Map.of("retention.ms", "1000"));
        metadata.topic("t", 1, 1);
        append("t", 0, "a");
        replicas.close();
        start();
        int before = disk.directory("t-0").opened();

        replicas.retain();
        assertEquals(before, disk.directory("t-0").opened());
        env.advance(1_001);
        replicas.retain();

        assertEquals(1, partition("t", 0).logStart());
    }

    private static final Isolation ANY = Isolation.READ_UNCOMMITTED;

    private Partition partition(String topic, int partition) {
        return Objects.requireNonNull(replicas.byName(topic, partition).partition());
    }

    private void append(String topic, int partition, String value) {
        LeaderAppends.append(partition(topic, partition), env.clock().wallMs(), value);
    }

    private BaseRecords read(String topic, int partition) {
        return partition(topic, partition).read(0, -1, -1, 1 << 20, true, ANY).records();
    }

    private int batchBytes(String topic, int partition) {
        return read(topic, partition).sizeInBytes()
                / Math.toIntExact(partition(topic, partition).logEnd());
    }
}
