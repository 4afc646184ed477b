package dev.millrace.engine.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.env.Env;
import dev.millrace.engine.env.Workers;
import dev.millrace.engine.log.AppendResult;
import dev.millrace.engine.log.LogSettings;
import dev.millrace.engine.log.Origin;
import dev.millrace.engine.log.StoredRecords;
import dev.millrace.engine.metadata.ClusterDefaults;
import dev.millrace.engine.metadata.TestMetadata;
import dev.millrace.engine.testing.Batches;
import dev.millrace.engine.testing.HeapStorage;
import dev.millrace.engine.testing.ManualEnv;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.metadata.ConfigRecord;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A replica goes from one log directory to another, while it is written to, and whatever stops in between.
final class ReplicaMoveTest {
    private static final TopicPartition NAME = new TopicPartition("t", 0);
    private static final Uuid A = new Uuid(8, 1);
    private static final Uuid B = new Uuid(8, 2);
    private static final int ALL = Integer.MAX_VALUE;

    private final ManualEnv time = new ManualEnv(1_000_000, 1);
    private final HeapStorage a = new HeapStorage();
    private final HeapStorage b = new HeapStorage();
    private final TestMetadata metadata = TestMetadata.withBrokers(1);
    private final List<Uuid> told = new ArrayList<>();

    /// What is acknowledged, in order.
    private final List<String> acknowledged = new ArrayList<>();

    private StoppingStorage.Life life = new StoppingStorage.Life(ALL);
    private StoppingStorage diskA;
    private StoppingStorage diskB;
    private Replicas replicas;

    /// Work is done in the order given, when time goes on: nothing runs within a turn.
    private final class Later implements Env {
        @Override
        public dev.millrace.engine.env.Clock clock() {
            return time.clock();
        }

        @Override
        public dev.millrace.engine.env.Timers timers() {
            return time.timers();
        }

        @Override
        public Workers workers() {
            return (_, task) -> time.timers().schedule(0, task);
        }

        @Override
        public dev.millrace.engine.env.Entropy entropy() {
            return time.entropy();
        }

        @Override
        public dev.millrace.engine.env.Turn newTurn(String owner) {
            return time.newTurn(owner);
        }
    }

    private final Env env = new Later();

    @BeforeEach
    void start() throws IOException {
        diskA = new StoppingStorage(a, life);
        diskB = new StoppingStorage(b, life);
        replicas =
                new Replicas(
                        1,
                        env,
                        new LogDirectories(
                                List.of(
                                        new LogDirectory(A, "/a", diskA),
                                        new LogDirectory(B, "/b", diskB)),
                                0,
                                env),
                        (_, _) -> new TopicSettings(LogSettings.DEFAULTS, 1),
                        new ToldDirectories(told),
                        ReplicaThrottle.ofLogDirectories(
                                ClusterDefaults.of(1, Map.of()), metadata::image, env));
        metadata.metadata.listen(replicas::onChange);
    }

    private Partition partition() {
        Partition found = replicas.byName(NAME.topic(), NAME.partition()).partition();
        return Objects.requireNonNull(found);
    }

    private void write(String... values) {
        for (String value : values) {
            AppendResult result =
                    partition()
                            .append(
                                    Batches.plain().of(time.clock().wallMs(), value),
                                    true,
                                    Origin.CLIENT);
            var appended = (AppendResult.Appended) result;
            partition()
                    .committed(appended.lastOffset() + 1)
                    .thenAccept(error -> {
                        if (error == Errors.NONE) {
                            acknowledged.add(value);
                        }
                    });
        }
    }

    private List<String> read() throws IOException {
        var values = new ArrayList<String>();
        long offset = partition().logStart();
        while (offset < partition().logEnd()) {
            PartitionRead read =
                    partition().read(offset, -1, -1, ALL, true, Isolation.READ_UNCOMMITTED);
            if (!(read.records() instanceof StoredRecords stored)) {
                return values;
            }
            for (Record record : stored.load().records()) {
                values.add(Utils.utf8(record.value()));
                offset = record.offset() + 1;
            }
        }
        return values;
    }

    private static List<String> folders(HeapStorage disk) {
        return disk.directories().stream().filter(each -> !each.endsWith("-delete")).toList();
    }

    private void topic() {
        metadata.topic(NAME.topic(), 1, 1);
        write("a", "b", "c");
        time.advance(100);
    }

    @Test
    void theLogIsThereAndTheFormerFolderGoes() throws IOException {
        topic();
        assertEquals(Errors.NONE, replicas.move(NAME, "/b"));
        time.advance(1_000);
        write("d");
        time.advance(100);

        assertEquals(List.of(), folders(a));
        assertEquals(List.of("t-0"), folders(b));
        assertEquals(List.of("a", "b", "c", "d"), read());
        assertEquals(read(), acknowledged);
        assertEquals(B, told.getLast());
        time.advance(LogSettings.DEFAULTS.fileDeleteDelayMs());
        assertEquals(List.of(), a.directories());
    }

    @Test
    void aStopAndAStartFindItThere() throws IOException {
        topic();
        replicas.move(NAME, "/b");
        time.advance(1_000);
        replicas.close();
        start();

        assertEquals(List.of("a", "b", "c"), read());
        assertEquals(List.of("t-0"), folders(b));
    }

    @Test
    void whatIsWrittenMeanwhileComesAlong() throws IOException {
        topic();
        limit(1_000);
        write("x".repeat(3_000), "y".repeat(3_000));
        replicas.move(NAME, "/b");
        time.advance(500);
        write("late");
        LogDirectoryReport target = replicas.report().get(1);
        LogDirectoryReport.Copy copy = target.copies().get(NAME);
        assertNotNull(copy);
        assertTrue(copy.lag() > 0);
        assertEquals(List.of("t-0"), folders(a));
        time.advance(20_000);

        assertEquals(List.of(), folders(a));
        assertEquals(6, read().size());
        assertEquals("late", read().getLast());
        assertTrue(replicas.report().get(1).copies().isEmpty());
    }

    private void limit(long rate) {
        metadata.write(
                TestMetadata.versioned(
                        new ConfigRecord()
                                .setResourceType(ConfigResource.Type.BROKER.id())
                                .setResourceName("1")
                                .setName("replica.alter.log.dirs.io.max.bytes.per.second")
                                .setValue(Long.toString(rate)),
                        0));
    }

    @Test
    void aMoveThatOwesForHoursGoesOnSoonAfterTheThrottleIsGone() throws IOException {
        topic();
        limit(1);
        write("x".repeat(3_000), "y".repeat(3_000));
        replicas.move(NAME, "/b");
        time.advance(5_000);
        assertEquals(List.of("t-0"), folders(a));
        limit(Long.MAX_VALUE);
        time.advance(2_000);

        assertEquals(List.of(), folders(a));
        assertEquals(List.of("t-0"), folders(b));
    }

    @Test
    void aMoveIsGivenUpWhenItIsToStay() throws IOException {
        topic();
        limit(1);
        replicas.move(NAME, "/b");
        time.advance(500);
        assertEquals(1, folders(b).size());
        assertEquals(Errors.NONE, replicas.move(NAME, "/a"));
        time.advance(2_000_000);

        assertEquals(List.of(), folders(b));
        assertEquals(List.of("t-0"), folders(a));
        assertEquals(List.of("a", "b", "c"), read());
    }

    @Test
    void anAskedForDirectoryIsKeptForWhatIsNotHereYet() {
        assertEquals(Errors.REPLICA_NOT_AVAILABLE, replicas.move(NAME, "/b"));
        topic();

        assertEquals(List.of(), folders(a));
        assertEquals(List.of("t-0"), folders(b));
        assertEquals(Errors.LOG_DIR_NOT_FOUND, replicas.move(NAME, "/c"));
    }

    @Test
    void aDeletedTopicLeavesNoCopy() throws IOException {
        topic();
        limit(1);
        replicas.move(NAME, "/b");
        time.advance(500);
        metadata.removeTopic(partition().topicId());
        time.advance(2_000_000);

        assertEquals(List.of(), a.directories());
        assertEquals(List.of(), b.directories());
    }

    @Test
    void aBrokenTargetChangesNothing() throws IOException {
        topic();
        limit(10);
        replicas.move(NAME, "/b");
        time.advance(500);
        diskB.breaks();
        time.advance(100_000);
        write("d");
        time.advance(100);

        assertEquals(List.of("t-0"), folders(a));
        assertEquals(List.of("a", "b", "c", "d"), read());
        assertEquals(read(), acknowledged);
    }

    /// Nor does it keep others from moving.
    @Test
    void aMoveThatFailsUnforeseenIsGivenUp() throws IOException {
        topic();
        int failed = 0;
        while (folders(a).contains("t-0")) {
            assertEquals(Errors.NONE, replicas.move(NAME, "/b"));
            diskB.changeThrows(failed++, new IllegalStateException("out of luck"));
            time.advance(100);
            assertEquals(List.of("a", "b", "c"), read());
        }
        assertTrue(failed > 5, "after " + failed);
        assertTrue(folders(b).contains("t-0"));
    }

    @Test
    void aCopyWhoseNewNameIsNotDurableGivesItBack() throws IOException {
        topic();
        diskB.nextRenameDoesNotLast(false);
        replicas.move(NAME, "/b");
        time.advance(1_000);

        assertEquals(List.of(), folders(b), "the copy has not kept the log's name");
        staysInA();
        assertEquals(List.of(), folders(b));
    }

    @Test
    void aLogThatCannotBePutAsideForGoodIsPutBack() throws IOException {
        topic();
        diskA.nextRenameDoesNotLast(false);
        replicas.move(NAME, "/b");
        time.advance(1_000);

        staysInA();
        // The copy has kept the log's name, and is behind it by now.
        assertEquals(1, folders(b).size());
        assertTrue(folders(b).getFirst().endsWith("-stray"));
    }

    /// What is written after the exchange has failed is there now, and after a start.
    private void staysInA() throws IOException {
        write("d");
        time.advance(100);
        assertEquals(List.of("t-0"), folders(a));
        assertEquals(List.of("a", "b", "c", "d"), acknowledged);
        replicas.checkpoint();
        start();
        time.advance(1_000);

        assertEquals(acknowledged, read());
        assertEquals(List.of("t-0"), folders(a));
    }

    @Test
    void aLogThatCannotBePutBackEitherHasGoneAndItsDiskHasFailed() throws IOException {
        topic();
        diskA.nextRenameDoesNotLast(true);
        replicas.move(NAME, "/b");
        time.advance(1_000);
        write("d");
        time.advance(100);

        assertEquals(List.of("a", "b", "c", "d"), read());
        assertEquals(read(), acknowledged);
        assertEquals(List.of("t-0"), folders(b));
        assertTrue(replicas.report().getFirst().failed(), "A is offline");
    }

    /// Killed before each change that the move makes to the disks; then started on what is there, twice.
    @Test
    void aKillAtAnyStepLosesNothing() throws IOException {
        int steps = 0;
        for (int n = 0; !killedAfter(n); n++) {
            steps = n;
        }
        assertTrue(steps > 20, "the move has so many steps: " + steps);
    }

    /// @return false when the move was done before
    private boolean killedAfter(int changes) throws IOException {
        var fresh = new ReplicaMoveTest();
        fresh.life = new StoppingStorage.Life(ALL);
        fresh.start();
        fresh.topic();
        fresh.replicas.checkpoint();
        fresh.life.left(changes);
        boolean over = fresh.moves();
        for (int again = 0; again < 2; again++) {
            fresh.life = new StoppingStorage.Life(ALL);
            fresh.start();
            fresh.time.advance(1_000_000);
            List<String> read = fresh.read();
            assertEquals(fresh.acknowledged, read, "killed before change " + changes);
            assertEquals(
                    List.of("t-0"),
                    Stream.of(fresh.a, fresh.b).flatMap(disk -> folders(disk).stream()).toList(),
                    "killed before change " + changes);
            fresh.write("again " + again);
            fresh.time.advance(100);
        }
        return !over;
    }

    private boolean moves() {
        try {
            replicas.move(NAME, "/b");
            IntStream.range(0, 20)
                    .forEach(_ -> {
                        time.advance(5);
                    });
            time.advance(1_000);
        } catch (StoppingStorage.Killed _) {
            assertTrue(life.over());
        }
        time.forget();
        return life.over();
    }

    @Test
    void aSecondStartAfterAnInterruptedMoveGoesOnWithIt() throws IOException {
        topic();
        limit(1);
        replicas.move(NAME, "/b");
        time.advance(500);
        time.forget();
        limit(1_000_000);
        start();
        assertFalse(replicas.byName("t", 0).partition() == null);
        time.advance(1_000);

        assertEquals(List.of("t-0"), folders(b));
        assertEquals(List.of(), folders(a));
        assertEquals(List.of("a", "b", "c"), read());
    }
}
