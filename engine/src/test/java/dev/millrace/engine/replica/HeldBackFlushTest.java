package dev.millrace.engine.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.engine.env.Clock;
import dev.millrace.engine.env.Entropy;
import dev.millrace.engine.env.Env;
import dev.millrace.engine.env.Timers;
import dev.millrace.engine.env.Turn;
import dev.millrace.engine.env.Workers;
import dev.millrace.engine.log.LogSettings;
import dev.millrace.engine.log.Origin;
import dev.millrace.engine.metadata.TestMetadata;
import dev.millrace.engine.metadata.TopicImage;
import dev.millrace.engine.testing.Batches;
import dev.millrace.engine.testing.HeapStorage;
import dev.millrace.engine.testing.ManualEnv;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Partitions with one replica, whose flushes are done when a test says so: what comes between an append and its flush.
final class HeldBackFlushTest {
    private final ManualEnv time = new ManualEnv(1_000_000, 1);
    private final HeapStorage disk = new HeapStorage();
    private final TestMetadata metadata = TestMetadata.withBrokers(1);
    private final ArrayDeque<Runnable> work = new ArrayDeque<>();
    private LogSettings settings = LogSettings.DEFAULTS;
    private Replicas replicas;

    private final class HeldBack implements Env {
        @Override
        public Clock clock() {
            return time.clock();
        }

        @Override
        public Timers timers() {
            return time.timers();
        }

        @Override
        public Workers workers() {
            return (_, task) -> work.add(task);
        }

        @Override
        public Entropy entropy() {
            return time.entropy();
        }

        @Override
        public Turn newTurn(String owner) {
            return time.newTurn(owner);
        }
    }

    @BeforeEach
    void start() throws IOException {
        var env = new HeldBack();
        var started =
                new Replicas(
                        1,
                        env,
                        new LogDirectories(
                                List.of(new LogDirectory(new Uuid(8, 1), "/data", disk)), 0, env),
                        (_, _) -> new TopicSettings(settings, 1));
        replicas = started;
        metadata.metadata.listen(change -> {
            if (replicas == started) {
                started.onChange(change);
            }
        });
    }

    /// The process is gone, the machine is not.
    private void killAndStart() throws IOException {
        work.clear();
        start();
    }

    private Partition partition() {
        return Objects.requireNonNull(replicas.byName("t", 0).partition());
    }

    private void append() {
        partition().append(Batches.plain().of(time.clock().wallMs(), "a"), true, Origin.CLIENT);
    }

    private long visible() {
        return partition()
                .read(0, -1, -1, Integer.MAX_VALUE, true, Isolation.READ_UNCOMMITTED)
                .highWatermark();
    }

    private void doWork() {
        while (!work.isEmpty()) {
            work.remove().run();
        }
    }

    @Test
    void whatAKillHasLeftUnflushedIsSeenOnceItIsFlushed() throws IOException {
        metadata.topic("t", 1, 1);
        append();
        append();
        assertEquals(0, visible());

        killAndStart();

        assertEquals(2, partition().logEnd());
        assertEquals(0, visible(), "a power loss may still take them");
        doWork();
        assertEquals(2, visible(), "and nobody had to write for that");
    }

    @Test
    void whereTheSystemWritesBackItIsSeenAtOnce() throws IOException {
        settings = LogSettings.from(Map.of("millrace.flush", "os"));
        metadata.topic("t", 1, 1);
        append();

        killAndStart();

        assertEquals(1, visible());
    }

    @Test
    void aFlushThatComesAfterItsTopicWasDeletedLeavesNoFolder() {
        TopicImage topic = metadata.topic("t", 1, 1);
        append();
        metadata.removeTopic(topic.id());

        doWork();

        assertEquals(
                List.of(),
                disk.directories().stream().filter(each -> !each.endsWith("-delete")).toList());
    }
}
