package dev.millrace.engine.replica;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.millrace.engine.log.AppendResult;
import dev.millrace.engine.log.LogCheckpoints;
import dev.millrace.engine.log.LogSettings;
import dev.millrace.engine.log.Origin;
import dev.millrace.engine.metadata.TestMetadata;
import dev.millrace.engine.metadata.TopicImage;
import dev.millrace.engine.testing.Batches;
import dev.millrace.engine.testing.HeapStorage;
import dev.millrace.engine.testing.ManualEnv;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A log that is gone, or shorter, while the broker did not run: its partition stays offline, start after start, and what was known of
/// it is told on, until a person decides. Otherwise offsets that were acknowledged would be given again.
final class LostLogTest {
    private static final Isolation ANY = Isolation.READ_UNCOMMITTED;
    private static final String FIRST_FILE = "00000000000000000000.log";

    private final ManualEnv env = new ManualEnv(1_000_000, 1);
    private final HeapStorage disk = new HeapStorage();
    private TestMetadata metadata = TestMetadata.withBrokers(1);
    private LogSettings settings = LogSettings.DEFAULTS;
    private LogDirectories directories;
    private Replicas replicas;

    enum Loss {
        EVERY_SEGMENT,
        EVERY_FILE,
        THE_FOLDER,
        THE_LAST_BATCH
    }

    @BeforeEach
    void start() throws IOException {
        directories =
                new LogDirectories(
                        List.of(new LogDirectory(new Uuid(8, 1), "/data", disk)), 0, env);
        directories.stopsAs(5);
        var started = new Replicas(1, env, directories, (_, _) -> new TopicSettings(settings, 1));
        replicas = started;
        metadata.metadata.listen(change -> {
            if (replicas == started) { // the processes before do not run any more
                started.onChange(change);
            }
        });
    }

    /// Two partitions with three records each, of which the first of t-0 is deleted.
    private TopicImage twoLogs() {
        TopicImage topic = metadata.topic("t", 2, 1);
        for (int p = 0; p < 2; p++) {
            for (String value : List.of("a", "b", "c")) {
                append("t", p, value);
            }
        }
        partition("t", 0).ask(-1, (log, _) -> log.raiseLogStart(1));
        return topic;
    }

    private void lose(Loss loss) throws IOException {
        HeapStorage folder = disk.directory("t-0");
        byte[] whole = folder.bytes(FIRST_FILE);
        switch (loss) {
            case EVERY_SEGMENT -> folder.delete(FIRST_FILE);
            case EVERY_FILE -> {
                for (String file : folder.files()) {
                    folder.delete(file);
                }
            }
            case THE_FOLDER -> disk.deleteDirectory("t-0");
            case THE_LAST_BATCH -> {
                folder.put(FIRST_FILE, cut(whole));
                for (String file : folder.files()) {
                    if (file.endsWith(".snapshot")) {
                        folder.delete(file); // its name says where the log ended
                    }
                }
            }
        }
    }

    private static byte[] cut(byte[] threeBatches) {
        return Arrays.copyOf(threeBatches, threeBatches.length / 3 * 2);
    }

    private Errors touch() {
        Partition found = replicas.byName("t", 0).partition();
        return found == null
                ? replicas.byName("t", 0).error()
                : found.read(1, -1, -1, 100, true, ANY).error();
    }

    private void assertOffline(String when) {
        assertEquals(Errors.KAFKA_STORAGE_ERROR, touch(), when);
        Partition found = replicas.byName("t", 0).partition();
        if (found != null) {
            assertInstanceOf(ReplicaRole.Offline.class, found.role(), when);
            assertFalse(
                    found.append(Batches.plain().of(1, "x"), true, Origin.CLIENT)
                            instanceof AppendResult.Appended,
                    when);
        }
        assertEquals(Set.of(new TopicPartition("t", 0)), replicas.offline(), when);
        assertEquals(3, partition("t", 1).logEnd(), "the others are served: " + when);
    }

    /// What the checkpoints say.
    private String known() throws IOException {
        var text = new StringBuilder();
        for (String file :
                List.of(
                        LogCheckpoints.RECOVERY_POINTS,
                        LogCheckpoints.LOG_STARTS,
                        LogCheckpoints.HIGH_WATERMARKS)) {
            text.append(LogCheckpoints.read(disk, file)).append('\n');
        }
        return text.toString();
    }

    @ParameterizedTest
    @EnumSource
    void itStaysOfflineThroughCleanStops(Loss loss) throws IOException {
        twoLogs();
        replicas.close();
        String before = known();
        byte[] closed = disk.bytes(ClosedLogs.FILE);
        lose(loss);

        for (int run = 1; run <= 3; run++) {
            start();
            assertOffline("run " + run);
            replicas.checkpoint();
            replicas.close();
            assertEquals(before, known());
            assertArrayEquals(closed, disk.bytes(ClosedLogs.FILE), "what was known of it is told");
            assertEquals(-1, LogCheckpoints.cleanShutdownEpoch(disk), "not all logs were closed");
        }
    }

    @ParameterizedTest
    @EnumSource
    void itStaysOfflineThroughKilledProcesses(Loss loss) throws IOException {
        twoLogs();
        replicas.close();
        String before = known();
        lose(loss);

        for (int run = 1; run <= 3; run++) {
            start();
            assertOffline("run " + run);
            replicas.checkpoint();
            assertEquals(before, known());
        }
        replicas.close();
        start();
        assertOffline("after a clean stop of a run that was not preceded by one");
        assertEquals(before, known());
    }

    @ParameterizedTest
    @EnumSource
    void itStaysOfflineWhenARunNeverTouchedIt(Loss loss) throws IOException {
        twoLogs();
        replicas.close();
        String before = known();
        lose(loss);

        start();
        replicas.close();
        assertEquals(before, known());
        start();
        replicas.checkpoint();
        start(); // a crash
        assertOffline("after a crash");
    }

    @Test
    void nothingIsChangedOfWhatIsLeft() throws IOException {
        twoLogs();
        replicas.close();
        lose(Loss.EVERY_SEGMENT);
        List<String> left = List.copyOf(disk.directory("t-0").files());

        for (int run = 1; run <= 2; run++) {
            start();
            assertOffline("run " + run);
            replicas.close();
            assertEquals(left, disk.directory("t-0").files());
        }
    }

    @Test
    void itIsServedAgainOnceItsFilesAreBack() throws IOException {
        twoLogs();
        replicas.close();
        byte[] whole = disk.directory("t-0").bytes(FIRST_FILE);
        lose(Loss.EVERY_SEGMENT);
        for (int run = 1; run <= 2; run++) {
            start();
            assertOffline("run " + run);
            replicas.close();
        }

        disk.directory("t-0").put(FIRST_FILE, whole);
        start();

        assertEquals(Errors.NONE, touch());
        assertEquals(1, partition("t", 0).logStart());
        append("t", 0, "d");
        assertEquals(4, partition("t", 0).logEnd());
    }

    @Test
    void theOthersRestAsTheStopHasLeftThem() throws IOException {
        twoLogs();
        replicas.close();
        lose(Loss.EVERY_SEGMENT);
        start();
        touch();
        replicas.close();
        int opened = disk.directory("t-1").opened();

        start();

        assertOffline("in the second run");
        assertEquals(opened, disk.directory("t-1").opened(), "nothing of it has to be looked at");
        assertFalse(directories.asLeft(), "the controller is not told that all is as it was");
    }

    /// A change of its topic is no reason to look again, nor to begin anew.
    @ParameterizedTest
    @EnumSource
    void itStaysOfflineWhenItsTopicChanges(Loss loss) throws IOException {
        twoLogs();
        replicas.close();
        lose(loss);
        start();
        metadata.grow("t");
        assertOffline("a topic that has grown");
        start(); // a crash

        metadata.grow("t");

        assertOffline("a log that could not be opened");
        replicas.close();
        start();
        assertOffline("the next run");
    }

    @ParameterizedTest
    @EnumSource
    void itGoesWithItsTopic(Loss loss) throws IOException {
        itGoesWithItsTopic(loss, false);
    }

    @ParameterizedTest
    @EnumSource
    void itGoesWithItsTopicWhereItCouldNotBeOpened(Loss loss) throws IOException {
        itGoesWithItsTopic(loss, true);
    }

    private void itGoesWithItsTopic(Loss loss, boolean afterACrash) throws IOException {
        TopicImage topic = twoLogs();
        replicas.close();
        lose(loss);
        start();
        if (afterACrash) {
            start();
        }
        assertOffline("before");

        metadata.removeTopic(topic.id());
        env.advance(settings.fileDeleteDelayMs());
        assertEquals(List.of(), disk.directories());
        assertEquals(Set.of(), replicas.offline());
        metadata.topic("t", 1, 1);
        append("t", 0, "new");
        assertEquals(1, partition("t", 0).logEnd());
        replicas.close();
        start();
        assertEquals(1, partition("t", 0).logEnd());
        start(); // a crash

        assertEquals(1, partition("t", 0).logEnd());
        assertEquals(0, partition("t", 0).logStart());
    }

    @Test
    void retentionThatMeetsItTakesItOffline() throws IOException {
        settings = LogSettings.from(Map.of("retention.ms", "1000"));
        twoLogs();
        replicas.close();
        String before = known();
        lose(Loss.EVERY_SEGMENT);
        start();
        env.advance(1_001);

        replicas.retain();

        assertInstanceOf(ReplicaRole.Offline.class, partition("t", 0).role());
        replicas.checkpoint();
        assertEquals(
                before.lines().findFirst().orElseThrow(),
                known().lines().findFirst().orElseThrow(),
                "up to where it was flushed");
        start(); // a crash
        assertEquals(Errors.KAFKA_STORAGE_ERROR, touch());
    }

    /// A log of which not even a checkpoint knows anything has nothing to lose.
    @Test
    void whatWasNeverFlushedMayBegin() throws IOException {
        metadata.topic("t", 1, 1);
        append("t", 0, "a");
        lose(Loss.EVERY_SEGMENT);

        start();

        assertEquals(0, partition("t", 0).logEnd());
    }

    @Test
    void aReplicaWhoseRecordsAreElsewhereBeginsAnew() throws IOException {
        metadata = TestMetadata.withBrokers(1, 2);
        start();
        metadata.topic("t", 1, 2, 1);
        FollowerAppends.append(partition("t", 0), env.clock().wallMs(), "a", 0);
        assertEquals(1, partition("t", 0).logEnd());
        replicas.close();
        lose(Loss.EVERY_SEGMENT);

        start();
        assertThrows(
                IOException.class,
                () -> FollowerAppends.append(partition("t", 0), env.clock().wallMs(), "b", 0));
        replicas.close();
        start();

        assertEquals(Errors.NONE, replicas.byName("t", 0).error());
        assertEquals(0, partition("t", 0).logEnd());
    }

    @Test
    void whatAnotherProgramsCleanStopHasLeftIsLookedAtAsWell() throws IOException {
        twoLogs();
        replicas.close();
        disk.delete(ClosedLogs.FILE); // as Kafka stops
        lose(Loss.EVERY_SEGMENT);

        start();

        assertEquals(Errors.KAFKA_STORAGE_ERROR, touch());
        assertEquals(3, partition("t", 1).logEnd());
        assertEquals(
                3L,
                LogCheckpoints.read(disk, LogCheckpoints.RECOVERY_POINTS)
                        .get(new TopicPartition("t", 0)));
    }

    private Partition partition(String topic, int partition) {
        return Objects.requireNonNull(replicas.byName(topic, partition).partition());
    }

    private void append(String topic, int partition, String value) {
        LeaderAppends.append(partition(topic, partition), env.clock().wallMs(), value);
    }
}
