package dev.millrace.engine.replica;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.log.AppendResult;
import dev.millrace.engine.log.LogCheckpoints;
import dev.millrace.engine.log.LogSettings;
import dev.millrace.engine.log.Origin;
import dev.millrace.engine.metadata.TestMetadata;
import dev.millrace.engine.testing.Batches;
import dev.millrace.engine.testing.HeapStorage;
import dev.millrace.engine.testing.ManualEnv;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// One of two disks breaks.
final class FailedDirectoryTest {
    private static final Uuid A = new Uuid(8, 1);
    private static final Uuid B = new Uuid(8, 2);
    private static final LogSettings SMALL_SEGMENTS =
            LogSettings.from(Map.of("internal.segment.bytes", "1000"));
    private static final String EPOCHS = "leader-epoch-checkpoint";

    private final ManualEnv env = new ManualEnv(1_000_000, 1);
    private final TestMetadata metadata = TestMetadata.withBrokers(1);
    private final StoppingStorage.Life life = new StoppingStorage.Life(Integer.MAX_VALUE);
    private final StoppingStorage diskA = new StoppingStorage(new HeapStorage(), life);
    private final StoppingStorage diskB = new StoppingStorage(new HeapStorage(), life);
    private LogDirectories directories;
    private Replicas replicas;

    @BeforeEach
    void start() throws IOException {
        directories =
                new LogDirectories(
                        List.of(new LogDirectory(A, "/a", diskA), new LogDirectory(B, "/b", diskB)),
                        0,
                        env);
        directories.stopsAs(5);
        replicas =
                new Replicas(1, env, directories, (_, _) -> new TopicSettings(SMALL_SEGMENTS, 1));
        metadata.metadata.listen(replicas::onChange);
        metadata.topic("on-a", 1, 1);
        replicas.move(new TopicPartition("on-b", 0), "/b");
        metadata.topic("on-b", 1, 1);
    }

    private AppendResult write(String topic) {
        return write(topic, "v");
    }

    private AppendResult write(String topic, String value) {
        return partition(topic)
                .append(Batches.plain().of(env.clock().wallMs(), value), true, Origin.CLIENT);
    }

    private Partition partition(String topic) {
        return Objects.requireNonNull(replicas.byName(topic, 0).partition());
    }

    private void flushFails(StoppingStorage disk, String topic) {
        write(topic);
        disk.breaks();
        write(topic);
        partition(topic).house().flushNow();
    }

    @Test
    void whatIsInItIsOfflineAndTheRestGoesOn() {
        flushFails(diskB, "on-b");

        assertEquals(List.of(B), replicas.failedDirectories());
        assertInstanceOf(ReplicaRole.Offline.class, partition("on-b").role());
        assertInstanceOf(AppendResult.Appended.class, write("on-a"));
        assertEquals(
                List.of(false, true),
                replicas.report().stream().map(LogDirectoryReport::failed).toList());
    }

    /// What the checkpoints say of its logs is what they said before it failed, and the next start checks them.
    @Test
    void aStopLeavesItAsItWasAndMarksTheOther() throws IOException {
        write("on-a");
        write("on-b");
        replicas.checkpoint();
        byte[] before = diskB.readAll(LogCheckpoints.RECOVERY_POINTS);
        flushFails(diskB, "on-b");

        replicas.close();

        assertArrayEquals(before, diskB.readAll(LogCheckpoints.RECOVERY_POINTS));
        assertFalse(diskB.exists(LogCheckpoints.CLEAN_SHUTDOWN));
        assertTrue(diskA.exists(LogCheckpoints.CLEAN_SHUTDOWN), "its logs were closed");
        assertEquals(-1, LogCheckpoints.cleanShutdownEpoch(diskA), "not all of the broker's were");
    }

    @Test
    void whatComesAfterwardsGoesElsewhere() {
        flushFails(diskB, "on-b");
        metadata.topic("new", 4, 1);

        assertEquals(5, replicas.report().getFirst().bytes().size());
        assertEquals(
                Errors.KAFKA_STORAGE_ERROR, replicas.move(new TopicPartition("on-a", 0), "/b"));
    }

    @Test
    void checkpointsThatCannotBeWrittenAreASign() {
        write("on-b");
        write("on-a");
        diskB.breaks();
        replicas.checkpoint();

        assertEquals(List.of(B), replicas.failedDirectories());
        assertInstanceOf(ReplicaRole.Offline.class, partition("on-b").role());
    }

    @Test
    void theOneWithTheMetadataLogIsNotGivenUp() {
        directories.withMetadata(A);
        flushFails(diskA, "on-a");

        assertEquals(List.of(), replicas.failedDirectories());
        assertInstanceOf(ReplicaRole.Offline.class, partition("on-a").role());
        assertInstanceOf(AppendResult.Appended.class, write("on-b"));
    }

    /// An append that can neither be made nor taken back.
    @Test
    void aLeaderWhoseLogTakesNothingAnyMoreLeadsNoLonger() {
        directories.withMetadata(A);
        write("on-a");
        diskA.breaks();

        assertInstanceOf(AppendResult.Refused.class, write("on-a"));

        assertInstanceOf(ReplicaRole.Offline.class, partition("on-a").role());
        assertEquals(List.of(), replicas.failedDirectories());
        assertInstanceOf(AppendResult.Appended.class, write("on-b"));
    }

    @Test
    void norDoesOneThatCannotSyncWhatACheckpointRestsOn() {
        directories.withMetadata(A);
        write("on-a", "v".repeat(900));
        write("on-a", "v".repeat(900));
        diskA.breaks();

        replicas.checkpoint();

        assertInstanceOf(ReplicaRole.Offline.class, partition("on-a").role());
        assertEquals(List.of(), replicas.failedDirectories());
    }

    /// What fills the disk may be somebody else's, who makes room again.
    @Test
    void aCheckpointOnAFullDiskIsMadeUpForLater() throws IOException {
        directories.withMetadata(A);
        write("on-a");
        diskA.full(true);
        replicas.checkpoint();

        assertInstanceOf(ReplicaRole.Leader.class, partition("on-a").role());
        assertFalse(diskA.directory("on-a-0").exists(EPOCHS));

        diskA.full(false);
        replicas.checkpoint();

        assertTrue(diskA.directory("on-a-0").exists(EPOCHS));
        assertInstanceOf(AppendResult.Appended.class, write("on-a"));
    }

    @Test
    void theLastOneIsNotGivenUp() {
        flushFails(diskB, "on-b");
        metadata.topic("also-on-a", 1, 1);
        flushFails(diskA, "on-a");

        assertEquals(List.of(B), replicas.failedDirectories());
        assertInstanceOf(ReplicaRole.Offline.class, partition("on-a").role());
        assertInstanceOf(ReplicaRole.Leader.class, partition("also-on-a").role());
    }
}
