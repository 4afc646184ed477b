package dev.millrace.engine.replica;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.log.LogCheckpoints;
import dev.millrace.engine.log.LogRest;
import dev.millrace.engine.log.LogSettings;
import dev.millrace.engine.log.LostLog;
import dev.millrace.engine.metadata.ClusterDefaults;
import dev.millrace.engine.metadata.TestMetadata;
import dev.millrace.engine.metadata.TopicImage;
import dev.millrace.engine.testing.HeapStorage;
import dev.millrace.engine.testing.ManualEnv;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.kafka.common.DirectoryId;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.metadata.PartitionChangeRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// A partition's folder that is gone when the broker starts: whether its log is missed, and whether it is not. What all lost logs have in
/// common is in `LostLogTest`.
final class MissedFolderTest {
    private static final Uuid A = new Uuid(8, 1);
    private static final Uuid B = new Uuid(8, 11);
    private static final TopicPartition NAME = new TopicPartition("t", 0);

    private final ManualEnv env = new ManualEnv(1_000_000, 1);
    private final HeapStorage a = new HeapStorage();
    private final HeapStorage b = new HeapStorage();
    private final List<Uuid> told = new ArrayList<>();
    private TestMetadata metadata = TestMetadata.withBrokers(1);
    private LogDirectories directories;
    private Replicas replicas;

    enum End {
        STOP,
        CRASH
    }

    @BeforeEach
    void start() throws IOException {
        startIn(new LogDirectory(A, "/a", a));
    }

    /// With that one in the place of the first.
    private void startIn(LogDirectory first) throws IOException {
        directories = new LogDirectories(List.of(first, new LogDirectory(B, "/b", b)), 0, env);
        directories.stopsAs(5);
        var started =
                new Replicas(
                        1,
                        env,
                        directories,
                        (_, _) -> new TopicSettings(LogSettings.DEFAULTS, 1),
                        new ToldDirectories(told),
                        ReplicaThrottle.ofLogDirectories(
                                ClusterDefaults.of(1, Map.of()), metadata::image, env));
        replicas = started;
        metadata.metadata.listen(change -> {
            if (replicas == started) {
                started.onChange(change);
            }
        });
    }

    /// The process is gone; the metadata may change meanwhile.
    private void end(End how) {
        if (how == End.STOP) {
            replicas.close();
        } else {
            replicas.checkpoint();
        }
        replicas =
                new Replicas(
                        1, env, directories, (_, _) -> new TopicSettings(LogSettings.DEFAULTS, 1));
        told.clear();
    }

    private TopicImage threeRecords() {
        TopicImage topic = metadata.topic("t", 1, 1);
        append("a", "b", "c");
        return topic;
    }

    private void append(String... values) {
        for (String value : values) {
            LeaderAppends.append(partition(), env.clock().wallMs(), value);
        }
    }

    private Partition partition() {
        return Objects.requireNonNull(replicas.byName("t", 0).partition());
    }

    private HeapStorage disk() {
        return a.directories().contains("t-0") ? a : b;
    }

    private void assertLost(String why) {
        var role = assertInstanceOf(ReplicaRole.Offline.class, partition().role(), why);
        assertTrue(role.cause().contains("--quarantine"), role.cause());
        assertEquals(Set.of(NAME), replicas.offline(), why);
    }

    private void assertServes(long end, String why) {
        assertEquals(Set.of(), replicas.offline(), why);
        assertEquals(end, partition().logEnd(), why);
        append("more");
        assertEquals(end + 1, partition().logEnd(), why);
    }

    @ParameterizedTest
    @EnumSource
    void itIsOfflineFromTheStartOnAndSaysWhatIsLost(End how) throws IOException {
        threeRecords();
        partition().ask(-1, (log, _) -> log.raiseLogStart(1));
        HeapStorage disk = disk();
        end(how);
        disk.deleteDirectory("t-0");
        for (int run = 1; run <= 3; run++) {
            start();
            assertLost("run " + run);
            var role = (ReplicaRole.Offline) partition().role();
            assertTrue(role.cause().contains("the offsets 1 to 2"), role.cause());
            assertTrue(told.contains(DirectoryId.LOST), "the controller is told");
            assertEquals(List.of(), disk.directories(), "nothing is in the way of a backup");
            end(run == 2 ? End.CRASH : End.STOP);
        }
    }

    @ParameterizedTest
    @EnumSource
    void itIsServedAgainOnceItsFolderIsBack(End how) throws IOException {
        threeRecords();
        HeapStorage disk = disk();
        HeapStorage saved = disk.directory("t-0");
        Map<String, byte[]> files = new java.util.TreeMap<>();
        end(how);
        for (String file : saved.files()) {
            files.put(file, saved.bytes(file));
        }
        disk.deleteDirectory("t-0");
        start();
        assertLost("without its folder");
        end(how);
        files.forEach((file, bytes) -> disk.directory("t-0").put(file, bytes));

        start();

        assertServes(3, "with it");
        assertTrue(!told.contains(DirectoryId.LOST));
    }

    @ParameterizedTest
    @EnumSource
    void givenUpItGoesOnBehindWhatIsLost(End how) throws IOException {
        threeRecords();
        HeapStorage disk = disk();
        end(how);
        disk.deleteDirectory("t-0");
        start();
        end(how);
        var rest = new LogRest(0, 3, 0, 0, Long.MAX_VALUE);
        Objects.requireNonNull(
                        LostLog.finding(
                                        () -> disk.directory("t-0"),
                                        "is not there",
                                        rest.logStart(),
                                        rest.logEnd())
                                .quarantine())
                .step()
                .run();

        start();

        assertServes(3, "no offset is given twice");
        assertEquals(3, partition().logStart());
        end(End.STOP);
        start();
        assertServes(4, "and so on");
    }

    @ParameterizedTest
    @EnumSource
    void aTopicThatWasMadeAnewMeanwhileBeginsEmpty(End how) throws IOException {
        TopicImage topic = threeRecords();
        end(how);
        metadata.removeTopic(topic.id());
        metadata.topic("t", 1, 1);

        start();
        assertEquals(Set.of(), replicas.offline());
        end(End.CRASH);
        start();

        assertServes(0, "its namesake's folder was put aside");
    }

    /// A start may take long, and be cut off.
    @ParameterizedTest
    @EnumSource
    void norIsItMissedWhenThatStartIsCutOff(End how) throws IOException {
        TopicImage topic = threeRecords();
        end(how);
        metadata.removeTopic(topic.id());
        metadata.topic("t", 1, 1);
        start();
        for (HeapStorage disk : List.of(a, b)) {
            disk.delete(LogCheckpoints.CLEAN_SHUTDOWN);
        }

        start(); // nothing was checkpointed in between

        assertServes(0, "the checkpoints had forgotten it before logs were opened");
    }

    @Test
    void aTopicThatWasMadeAnewAndNeverHadAFolderBeginsEmpty() throws IOException {
        TopicImage topic = threeRecords();
        HeapStorage disk = disk();
        end(End.STOP);
        metadata.removeTopic(topic.id());
        metadata.topic("t", 1, 1);
        disk.deleteDirectory("t-0");

        start();

        assertServes(0, "the stop has named another topic");
    }

    @Test
    void norIsAFolderThatWasBeingDeleted() throws IOException {
        TopicImage topic = threeRecords();
        HeapStorage disk = disk();
        end(End.CRASH);
        metadata.removeTopic(topic.id());
        metadata.topic("t", 1, 1);
        disk.renameDirectory("t-0", "t-0.0123_4567-delete"); // and then no checkpoint came

        start();

        assertServes(0, "the checkpoints are of the one before");
    }

    @Test
    void aTopicThatComesLaterIsNotJudgedByWhatTheLastRunKnew() throws IOException {
        TopicImage topic = threeRecords();
        HeapStorage disk = disk();
        end(End.CRASH);
        metadata.removeTopic(topic.id());
        disk.deleteDirectory("t-0");

        start();
        metadata.topic("t", 1, 1);

        assertServes(0, "it was made in this run");
    }

    @ParameterizedTest
    @EnumSource
    void aFolderInAnotherDirectoryIsNotMissed(End how) throws IOException {
        threeRecords();
        HeapStorage disk = disk();
        HeapStorage other = disk == a ? b : a;
        end(how);
        HeapStorage folder = disk.directory("t-0");
        for (String file : folder.files()) {
            other.directory("t-0").put(file, folder.bytes(file));
        }
        disk.deleteDirectory("t-0");

        start();

        assertServes(3, "somebody has moved it");
    }

    /// A power loss takes a folder that was new together with what was not flushed; readers may have seen it.
    @Test
    void aHighWatermarkAloneIsNoProof() throws IOException {
        metadata.topic("t", 1, 1);
        end(End.CRASH);
        LogCheckpoints.write(a, LogCheckpoints.HIGH_WATERMARKS, Map.of(NAME, 3L));

        start();

        assertServes(0, "nothing was flushed");
    }

    @Test
    void aWrongBitInANameMissesNothing() throws IOException {
        metadata.topic("t", 1, 1);
        end(End.CRASH);
        LogCheckpoints.write(a, LogCheckpoints.RECOVERY_POINTS, Map.of(NAME, 3L));
        LogCheckpoints.write(
                a, LogCheckpoints.HIGH_WATERMARKS, Map.of(new TopicPartition("t", 1), 3L));

        start();

        assertServes(0, "the two do not agree");
    }

    @ParameterizedTest
    @EnumSource
    void whereEverythingWasDeletedItBeginsBehindThat(End how) throws IOException {
        threeRecords();
        partition().ask(-1, (log, _) -> log.raiseLogStart(3));
        HeapStorage disk = disk();
        end(how);
        disk.deleteDirectory("t-0");

        start();
        end(End.CRASH);
        start();

        assertServes(3, "nothing is lost, and no offset is given twice");
    }

    @Test
    void whatAnotherProgramsStopHasLeftIsJudgedByItsCheckpoints() throws IOException {
        threeRecords();
        HeapStorage disk = disk();
        end(End.STOP);
        for (HeapStorage each : List.of(a, b)) {
            each.delete(ClosedLogs.FILE);
        }
        disk.deleteDirectory("t-0");

        start();

        assertLost("as Kafka stops");
    }

    @Test
    void aDirectoryThatWasReplacedKnowsNothing() throws IOException {
        threeRecords();
        HeapStorage disk = disk();
        end(End.CRASH);
        disk.deleteDirectory("t-0");
        for (String file : disk.files()) {
            disk.delete(file);
        }

        start();

        assertServes(0, "as before");
    }

    /// As when its disk is not mounted, and the empty folder below is taken for a new directory.
    @ParameterizedTest
    @EnumSource
    void aDirectoryThatIsNotThereIsWaitedFor(End how) throws IOException {
        TopicImage topic = threeRecords();
        assertEquals(a, disk());
        end(how);
        var other = new LogDirectory(new Uuid(8, 12), "/a", new HeapStorage());
        for (int run = 1; run <= 3; run++) {
            startIn(other);
            assertEquals(Set.of(NAME), replicas.offline(), "run " + run);
            assertEquals(run == 1, told.contains(DirectoryId.LOST), "it is told once");
            assertEquals(List.of(), other.storage().directories());
            lies(topic, DirectoryId.LOST);
            end(how);
        }

        start();

        assertTrue(told.contains(A), "and that it is back");
        assertServes(3, "with it");
    }

    private void lies(TopicImage topic, Uuid... directories) {
        metadata.write(
                TestMetadata.versioned(
                        new PartitionChangeRecord()
                                .setTopicId(topic.id())
                                .setPartitionId(0)
                                .setDirectories(List.of(directories)),
                        2));
    }

    @ParameterizedTest
    @EnumSource
    void whatComesBackAfterItWasGivenUpIsKeptAside(End how) throws IOException {
        TopicImage topic = threeRecords();
        end(how);
        HeapStorage begun = b.directory("t-0");
        begun.put("00000000000000000000.log", new byte[0]);
        begun.put(
                "partition.metadata",
                "version: 0\ntopic_id: %s\n".formatted(topic.id()).getBytes(UTF_8));
        lies(topic, B);
        start();

        assertServes(0, "what the controller was told of");
        List<String> kept = a.directories();
        assertTrue(kept.size() == 1 && kept.getFirst().matches("t-0\\..*-stray"), kept::toString);
    }

    @ParameterizedTest
    @EnumSource
    void whereOthersAreInSyncItBeginsAnewInADirectoryThatIsThere(End how) throws IOException {
        metadata = TestMetadata.withBrokers(1, 2);
        start();
        metadata.topic("t", 1, 2, 1);
        FollowerAppends.append(partition(), env.clock().wallMs(), "a", 0);
        partition().house().flushNow();
        end(how);

        startIn(new LogDirectory(new Uuid(8, 12), "/a", new HeapStorage()));

        assertEquals(Set.of(), replicas.offline());
        assertEquals(0, partition().logEnd(), "it gets all from the leader");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aReplicaWhoseRecordsAreElsewhereBeginsAnew(boolean stopped) throws IOException {
        metadata = TestMetadata.withBrokers(1, 2);
        start();
        metadata.topic("t", 1, 2, 1);
        FollowerAppends.append(partition(), env.clock().wallMs(), "a", 0);
        partition().house().flushNow();
        HeapStorage disk = disk();
        end(stopped ? End.STOP : End.CRASH);
        disk.deleteDirectory("t-0");

        start();

        assertEquals(Set.of(), replicas.offline());
        assertEquals(0, partition().logEnd(), "it gets all from the leader");
        assertEquals(
                -1, directories.cleanStopEpoch(), "until then it is not in sync, nor eligible");
        assertEquals("", text(disk, "partition.metadata"));
    }

    private static String text(HeapStorage disk, String file) throws IOException {
        byte[] bytes =
                disk.directories().contains("t-0") ? disk.directory("t-0").readAll(file) : null;
        return bytes == null ? "" : new String(bytes, UTF_8);
    }

    @Test
    void itGoesWithItsTopic() throws IOException {
        TopicImage topic = threeRecords();
        HeapStorage disk = disk();
        end(End.CRASH);
        disk.deleteDirectory("t-0");
        start();
        assertLost("before");

        metadata.removeTopic(topic.id());
        assertEquals(Set.of(), replicas.offline());
        metadata.topic("t", 1, 1);
        assertServes(0, "a new one");
        end(End.CRASH);
        start();

        assertServes(1, "after a crash");
    }

    /// What is lost stays told of while a topic of its name comes and goes elsewhere.
    @Test
    void aLostLogWhoseTopicIsMadeAnewWhileStoppedIsNotMissed() throws IOException {
        TopicImage topic = threeRecords();
        HeapStorage disk = disk();
        end(End.CRASH);
        disk.deleteDirectory("t-0");
        start();
        assertLost("after a crash");
        end(End.STOP);
        metadata.removeTopic(topic.id());
        metadata.topic("t", 1, 1);

        start();

        assertServes(0, "the stop has told of which topic it was");
    }

    /// Damage that is found while the broker runs is told of as well.
    @Test
    void theControllerIsToldOfALogThatTurnsOutToBeLost() throws IOException {
        threeRecords();
        HeapStorage folder = disk().directory("t-0");
        end(End.STOP);
        folder.delete("00000000000000000000.log");
        start();
        assertTrue(!told.contains(DirectoryId.LOST), "nobody has looked");

        partition().read(1, -1, -1, 100, true, Isolation.READ_UNCOMMITTED);

        assertInstanceOf(ReplicaRole.Offline.class, partition().role());
        assertTrue(told.contains(DirectoryId.LOST));
    }
}
