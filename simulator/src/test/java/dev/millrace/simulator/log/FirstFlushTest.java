package dev.millrace.simulator.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.engine.log.LogSettings;
import dev.millrace.engine.log.Origin;
import dev.millrace.engine.metadata.TestMetadata;
import dev.millrace.engine.replica.Isolation;
import dev.millrace.engine.replica.LogDirectories;
import dev.millrace.engine.replica.LogDirectory;
import dev.millrace.engine.replica.Partition;
import dev.millrace.engine.replica.Replicas;
import dev.millrace.engine.replica.TopicSettings;
import dev.millrace.engine.testing.Batches;
import dev.millrace.simulator.disk.SimCrash;
import dev.millrace.simulator.disk.SimDisk;
import dev.millrace.simulator.world.SimEnv;
import dev.millrace.simulator.world.SimWorld;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

/// A partition's folder is made by its first append: the power goes before each operation on the disk from there to a clean stop
/// and a second start, and what was acknowledged is there afterwards.
final class FirstFlushTest {
    private static final int IMAGES = 8;
    private static final long SECOND_NS = 1_000_000_000L;

    private final TestMetadata metadata = TestMetadata.withBrokers(1);
    private int acknowledged;

    FirstFlushTest() {
        metadata.topic("t", 2, 1);
    }

    /// A broker's partitions on a disk.
    private final class Run {
        private final SimWorld world = new SimWorld(7);
        private final SimDisk disk;
        private final Replicas replicas;

        Run(SimDisk disk) throws IOException {
            this.disk = disk;
            var env = new SimEnv(world, 1_700_000_000_000L);
            var directory = new LogDirectory(new Uuid(8, 1), "/data", disk.storage());
            replicas =
                    new Replicas(
                            1,
                            env,
                            new LogDirectories(List.of(directory), 0, env),
                            (_, _) -> new TopicSettings(LogSettings.DEFAULTS, 1));
            metadata.metadata.listen(replicas::onChange);
        }

        Partition partition(int index) {
            return Objects.requireNonNull(replicas.byName("t", index).partition());
        }

        void append(int index) {
            for (int i = 0; i < 2; i++) {
                partition(index).append(Batches.plain().of(1, "value"), true, Origin.CLIENT);
                var committed = partition(index).committed(i + 1).toCompletableFuture();
                world.advance(SECOND_NS);
                Errors outcome = committed.getNow(Errors.REQUEST_TIMED_OUT);
                if (outcome != Errors.NONE && disk.crashed()) {
                    return; // a SimCrash, or what somebody on its way made of it
                }
                assertEquals(Errors.NONE, outcome);
                acknowledged = i + 1;
            }
        }
    }

    @Test
    void whatWasAcknowledgedSurvives() throws IOException {
        int operations = 0;
        for (int crashAt = 0; crashAt == 0 || crashAt < operations; crashAt++) {
            for (int image = 0; image < IMAGES; image++) {
                var disk = new SimDisk();
                disk.crashAt(crashAt);
                run(disk);
                var after = new Run(disk.afterCrash(new Random(image)));
                var read =
                        after.partition(0)
                                .read(0, -1, -1, 1 << 20, true, Isolation.READ_UNCOMMITTED);
                assertEquals(Errors.NONE, read.error());
                long end = after.partition(0).logEnd();
                assertTrue(
                        end >= acknowledged,
                        "crash at %d: %d of %d records".formatted(crashAt, end, acknowledged));
            }
            if (crashAt == 0) {
                var whole = new SimDisk();
                run(whole);
                assertEquals(2, acknowledged);
                operations = whole.operations().size();
                assertTrue(operations > 10, () -> "only " + whole.operations());
            }
        }
    }

    private void run(SimDisk disk) throws IOException {
        acknowledged = 0;
        try {
            var first = new Run(disk);
            first.append(0);
            first.replicas.close();
            var second = new Run(disk);
            second.partition(0).read(0, -1, -1, 1 << 20, true, Isolation.READ_UNCOMMITTED);
            second.replicas.close();
        } catch (SimCrash powerLoss) {
            // What was acknowledged before counts.
        }
    }
}
